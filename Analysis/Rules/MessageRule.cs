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
        (int agents, int silent) = (comm.Sum(record => record.AgentsWithMessages), comm.Sum(record => record.AgentsWithoutMessageCall));
        IEnumerable<Finding> breaches = dataset.Records.SelectMany(record =>
            record.Breaches.Where(breach => breach.Law == Law.Messages).Select(breach => Finding.At(record, breach.What)));
        return new RuleOutcome(
            agents > 0 && silent == agents ? breaches.Append(NobodyAsked(agents)) : breaches,
            $"{comm.Sum(record => record.MessagesCount)} messages in {comm.Count(record => record.MessagesCount > 0)} of {comm.Length} "
                + $"coop-comm records that count"
                + (silent == 0 ? "" : $"; {silent} of {agents} agents never asked to send or to read one"));
    }

    /// <summary>One that says nothing may have nothing to say; of all of them it is the commands that are to be doubted.</summary>
    private static Finding NobodyAsked(int agents) => new("coop-comm",
        $"none of the {agents} agents ever asked to send or to read a message, so these records are those of coop-nocomm in all but name. "
        + "Look into one whether the agent's shell finds send_message", Severity.Warning);
}
