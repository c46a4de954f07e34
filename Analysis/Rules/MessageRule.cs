using Tandem.Analysis.Data;
using Tandem.Records.Cases;

namespace Tandem.Analysis.Rules;

/// <summary>What the settings compare is whether agents could talk; so nobody else may have.</summary>
internal sealed class MessageRule : IRule
{
    public string Id => "STORE-06";

    public string Title => "Only coop-comm has messages, and they are counted right";

    public string Remedy =>
        "A record like this belongs to no setting. Find out which version of the harness wrote it (provenance.harness), correct that, and "
        + "run the case again with --force.";

    public RuleOutcome Check(Dataset dataset)
    {
        AttemptResult[] comm = [.. dataset.Counting.Where(record => record.CaseId.Setting == Setting.CoopComm)];
        return new RuleOutcome(
            dataset.Records.SelectMany(record =>
                record.Breaches.Where(breach => breach.Law == Law.Messages).Select(breach => Finding.At(record, breach.What))),
            $"{comm.Sum(record => record.MessagesCount)} messages in {comm.Count(record => record.MessagesCount > 0)} of {comm.Length} "
                + $"coop-comm records that count");
    }
}
