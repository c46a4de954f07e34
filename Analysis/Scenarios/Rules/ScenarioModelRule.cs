using System.Globalization;
using Tandem.Analysis.Rules;
using Tandem.Records.Scenarios;

namespace Tandem.Analysis.Scenarios.Rules;

/// <summary>One experiment is of one model, asked in one way; a built-in program and a model are never mixed.</summary>
internal sealed class ScenarioModelRule : IScenarioRule
{
    public string Id => "SCEN-07";

    public string Title => "All files are of the plan's model and temperature, and simulated only if the plan is";

    public string Remedy => "Take the file out of the store, or give each model an experiment of its own and run that.";

    public RuleOutcome Check(ScenarioDataset dataset)
    {
        double? planned = dataset.PlannedTemperature(out bool isKnown);
        ScenarioFile[] files = [.. dataset.Files.Where(file => file.Metadata is not null)];
        // Where the settings do not say it, the files must agree with each other.
        double? temperature = isKnown || files.Length == 0 ? planned : files[0].Metadata!.Temperature;
        IEnumerable<Finding> heads = files.SelectMany(file => Faults(dataset.Plan, temperature, file.Metadata!)
            .Select(what => new Finding($"{file.Name}(1)", what)));
        IEnumerable<Finding> records = dataset.Records.Where(stored => stored.Record.Simulated != dataset.Plan.Simulated
                || stored.Record.Temperature != stored.Metadata.Temperature)
            .Select(stored => ScenarioFinding.At(stored, stored.Record.Simulated != dataset.Plan.Simulated
                ? Mixed(dataset.Plan, stored.Record.Simulated)
                : $"temperature {Say(stored.Record.Temperature)}, but its file says {Say(stored.Metadata.Temperature)}"));
        return new RuleOutcome([.. heads, .. records],
            $"{dataset.Plan.Model}{(dataset.Plan.Simulated ? " (simulated)" : "")}, temperature {Say(temperature)}");
    }

    private static IEnumerable<string> Faults(ScenarioPlan plan, double? temperature, ScenarioMetadata metadata)
    {
        if (metadata.Model != plan.Model)
            yield return $"its model is {metadata.Model}, and the plan's is {plan.Model}";
        if (metadata.Temperature != temperature)
            yield return $"its temperature is {Say(metadata.Temperature)}, and that of the experiment is {Say(temperature)}";
        if (metadata.Simulated != plan.Simulated)
            yield return Mixed(plan, metadata.Simulated);
    }

    private static string Mixed(ScenarioPlan plan, bool isSimulated) => isSimulated
        ? $"a built-in program answered, and the plan's model is {plan.Model}" : "a model answered, and the plan is of a built-in program";

    private static string Say(double? temperature) => temperature?.ToString(CultureInfo.InvariantCulture) ?? "not sent";
}
