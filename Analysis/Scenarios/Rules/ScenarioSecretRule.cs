using Tandem.Analysis.Rules;
using Tandem.Analysis.Rules.Secrets;

namespace Tandem.Analysis.Scenarios.Rules;

/// <summary>A store can be handed on. These files are small, so that they are searched each time.</summary>
internal sealed class ScenarioSecretRule : IScenarioRule
{
    public string Id => "SCEN-08";

    public string Title => "No file looks as if it held a key";

    public string Remedy => SecretSearch.Remedy;

    public RuleOutcome Check(ScenarioDataset dataset)
    {
        string root = dataset.Layout.ExperimentFolder;
        string[] files = [dataset.Layout.PlanFile, .. dataset.Layout.RunFiles(), .. dataset.Layout.ScenarioCallFiles()];
        return new RuleOutcome(
            SecretSearch.In(root, files).Select(one => new Finding(SecretSearch.PlaceOf(root, one.File, one.Secret),
                SecretSearch.WordsOf(one.Secret))),
            $"{files.Length} files searched; --deep has nothing more to read");
    }
}
