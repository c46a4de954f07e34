using System.CommandLine;
using System.Globalization;
using Tandem.Harness.Configuration;
using Tandem.Harness.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Cli;

/// <summary>The options that choose cases of a scenario experiment.</summary>
internal static class ScenarioOptions
{
    public static readonly Option<string[]> Variant = RunOptions.List("--variant", "Of an experiment of scenarios: variants", "name");

    public static readonly Option<string[]> Scenario = RunOptions.List("--scenario", "Of an experiment of scenarios: scenarios, by id",
        "id");

    public static readonly Option<string[]> Tag = RunOptions.List("--tag", "Of an experiment of scenarios: those with one of these tags",
        "name");

    public static readonly Option<string[]> Rep = RunOptions.List("--rep", "Of an experiment of scenarios: repetitions, from 1", "n");

    public static readonly Option<int?> Count = CommonOptions.Number("--count",
        "Of an experiment of scenarios: how often each is asked under each variant, instead of 'repetitions' of its file", least: 1,
        most: 1000);

    public static readonly IReadOnlyList<Option> Selecting = [Variant, Scenario, Tag, Rep];

    private static readonly IReadOnlyList<Option> s_ofPairs = [RunOptions.Tasks, RunOptions.Setting, RunOptions.Repo, RunOptions.Task,
        RunOptions.Pair, RunOptions.Subset, RunOptions.Seed, RunOptions.Smoke, RunOptions.Agent, RunOptions.Sandbox];

    /// <summary>Adds what the command line selects to the variables of the test host.</summary>
    public static void AddTo(Dictionary<string, string> variables, ParseResult parsed)
    {
        variables[ScenarioSelection.Variable] = SelectionOf(parsed).ToJson();
        if (parsed.GetValue(Count) is int count)
            variables[ConfigurationReader.OverridePrefix + "Repetitions"] = count.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>What the command line selects; options that the verb does not have select nothing.</summary>
    public static ScenarioSelection SelectionOf(ParseResult parsed) => new()
    {
        Variants = RunOptions.Values(parsed, Variant),
        Scenarios = RunOptions.Values(parsed, Scenario),
        Tags = RunOptions.Values(parsed, Tag),
        Repetitions = [.. RunOptions.Values(parsed, Rep).Select(text =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number
                : throw new UsageException($"--rep {text}: a whole number from 1 is expected."))],
        Statuses = [.. RunOptions.Values(parsed, RunOptions.Status).Select(name => RunOptions.Named<RunStatus>("--status", name))],
    };

    /// <summary>An option of the other kind of experiment would be taken as if it had selected something.</summary>
    /// <exception cref="UsageException">One is given.</exception>
    public static void RequireOwn(ParseResult parsed, bool isScenarios, string experiment)
    {
        Option? foreign = (isScenarios ? s_ofPairs : [.. Selecting, Count])
            .FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false });
        if (foreign is not null)
            throw new UsageException(isScenarios
                ? $"{foreign.Name} selects pair runs, and '{experiment}' is an experiment of scenarios. It has "
                    + $"{string.Join(", ", Selecting.Append(Count).Select(option => option.Name))}."
                : $"{foreign.Name} is of experiments of scenarios, and '{experiment}' is one of pair runs.");
    }
}
