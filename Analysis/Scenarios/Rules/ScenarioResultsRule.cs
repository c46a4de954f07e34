using Tandem.Analysis.Data;
using Tandem.Analysis.Rules;
using Tandem.Records.Store;

namespace Tandem.Analysis.Scenarios.Rules;

/// <summary>The collected file is not older than the files of results.</summary>
internal sealed class ScenarioResultsRule : IScenarioRule, IResultsRule
{
    public string Id => "SCEN-09";

    public string Title => "results.json is what collect would write now";

    public string Remedy => "Run ./run.sh collect with this experiment's name.";

    public RuleOutcome Check(ScenarioDataset dataset)
    {
        if (!File.Exists(dataset.Layout.ResultsFile))
            return new RuleOutcome([], "not applicable, nothing was collected yet");
        using FileStream file = RegularFile.OpenOwn(dataset.Layout.ResultsFile);
        using var comparing = new ComparingStream(file);
        ScenarioCollector.Write(comparing, [dataset]);
        comparing.Finish();
        return comparing.FirstDifference is int line
            ? new RuleOutcome([new Finding($"results.json({line})", "stale: from this line on collect would write something else now")],
                "stale")
            : new RuleOutcome([], "up to date");
    }
}
