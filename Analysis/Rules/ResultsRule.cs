using Tandem.Analysis.Data;

namespace Tandem.Analysis.Rules;

/// <summary>The collected file is not older than the run files.</summary>
internal sealed class ResultsRule : IRule, IResultsRule
{
    public string Id => "STORE-02";

    public string Title => "results.json is what collect would write now";

    public string Remedy => "Run ./run.sh collect with this experiment's name.";

    public RuleOutcome Check(Dataset dataset)
    {
        ResultsState results = dataset.Results;
        return results switch
        {
            { Exists: false } => new RuleOutcome([], "not applicable, nothing was collected yet"),
            { FirstDifference: int line } =>
                new RuleOutcome([new Finding($"results.json({line})", "stale: from this line on collect would write something else now")],
                "stale"),
            _ => new RuleOutcome([], "up to date"),
        };
    }
}
