using Tandem.Analysis.Data;
using Tandem.Analysis.Rules;

namespace Tandem.Analysis.Tests.Docs;

internal sealed class ModelRule : IRule
{
    public string Id => "DATA-04";

    public string Title => "All records are of one model";

    public string Remedy => "Keep each model in an experiment of its own.";

    public RuleOutcome Check(Dataset dataset)
    {
        string[] models = [.. dataset.Records.Select(record => record.Model ?? "none").Distinct()];
        IEnumerable<Finding> others = models.Skip(1).Select(model => new Finding("the experiment", $"it has records of {model}, too"));
        return new RuleOutcome(others, $"{models.Length} models");
    }
}
