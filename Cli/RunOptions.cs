using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Tandem.Harness.Admission;
using Tandem.Harness.Agents;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Judging;
using Tandem.Harness.TaskSets.Images;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Cli;

/// <summary>The options that choose cases and override the experiment's file. They travel to the test host as variables.</summary>
internal static class RunOptions
{
    public static readonly Option<string?> Tasks = new("--tasks")
    { Description = "A task set in CooperBench's dataset layout [default: the built-in tasks/]", HelpName = "dir" };

    public static readonly Option<string[]> Setting =
        List("--setting", $"Settings: {string.Join(", ", EnumNames.AllNames<Setting>())}, or all", "name");

    public static readonly Option<string[]> Repo = List("--repo", "Repositories, by the names of their folders", "name");

    public static readonly Option<string[]> Task = List("--task", "Tasks, by number, from 0", "n");

    public static readonly Option<string[]> Pair = List("--pair", "Pairs of features: f1_f2, or 1_2", "f1_f2");

    public static readonly Option<string?> Subset = new("--subset") { Description = "A subset of the task set", HelpName = "name" };

    public static readonly Option<string[]> Seed = List("--seed", "Seeds", "n");

    public static readonly Option<int?> Smoke = CommonOptions
        .Number("--smoke", "Only the first N of the selected pairs, and only seed 0", least: 1);

    public static readonly Option<string[]> Status =
        List("--status", $"Cases with this status: {string.Join(", ", StatusNames)}", "name");

    /// <summary>What <c>--status</c> takes for cases.</summary>
    private static IEnumerable<string> StatusNames => EnumNames.AllNames<RunStatus>().Append(OlderImages.Word);

    public static readonly Option<string?> Agent = new("--agent")
    {
        Description = $"The agent: {string.Join(", ", AgentCatalog.All.Select(kind => kind.Kind))}, "
        + "or a definition (./run.sh agents)",
        HelpName = "kind"
    };

    public static readonly Option<string?> Model = new("--model") { Description = "The model, for agents that use one", HelpName = "name" };

    public static readonly Option<int?> Concurrency =
        CommonOptions.Number("--concurrency", "How many cases, or judgements, are at work at once, 1 to 256", least: 1, most: 256);

    public static readonly Option<SandboxChoice?> Sandbox = new("--sandbox")
    {
        Description = $"Where commands run: {string.Join(", ", EnumNames.AllNames<SandboxChoice>())}",
        HelpName = "kind",
        CustomParser = result => EnumNames.TryParse(result.Tokens[0].Value, out SandboxChoice choice) ? choice
            : Fault(result, "--sandbox", EnumNames.AllNames<SandboxChoice>()),
    };

    public static readonly Option<bool> DryRun = new("--dry-run")
    { Description = "Start nothing; print the ids of the cases that would run, one per line" };

    public static readonly Option<bool> Force = new("--force")
    { Description = "Run completed cases again; the new attempt then counts instead of the old one" };

    public static readonly Option<decimal?> MaxCost = new("--max-cost")
    {
        Description = "Begin nothing with which this run could spend more than this; what is under way counts with the most that it may "
            + "cost",
        HelpName = "USD",
        CustomParser = result => Bound(result, RunBounds.ParseCost, 0m),
    };

    public static readonly Option<TimeSpan?> MaxMinutes = new("--max-minutes")
    {
        Description = "Begin nothing after so many minutes; what is under way goes on to its end",
        HelpName = "N",
        CustomParser = result => Bound(result, RunBounds.ParseMinutes, TimeSpan.Zero),
    };

    public static readonly Option<string?> Shard = new("--shard")
    {
        Description = "Only the cases of one shard: its number and how many there are, as in 3/16 [default: $TANDEM_SHARD, else the "
            + "task of a Slurm array, of a Kubernetes indexed job, or of parallel CI nodes]; 1/1 is all cases",
        HelpName = "k/n",
    };

    public static readonly Option<string?> ShardBy = new("--shard-by")
    {
        Description = $"How cases are divided into shards: {string.Join(", ", EnumNames.AllNames<ShardWay>())} "
            + "[default: $TANDEM_SHARD_BY, else hash]. The first start of a shard keeps it in the store",
        HelpName = "way",
    };

    public static readonly IReadOnlyList<Option> All = [Tasks, Setting, Repo, Task, Pair, Subset, Seed, Smoke, Status, Agent, Model,
        Concurrency, Sandbox, MaxCost, MaxMinutes, DryRun, Force, Shard, ShardBy];

    /// <summary>The process's variables, overridden by the command line.</summary>
    /// <exception cref="UsageException">A value cannot be read.</exception>
    /// <exception cref="SettingsException">The registry of images cannot be one.</exception>
    public static Dictionary<string, string> VariablesOf(ParseResult parsed, Project project)
    {
        Dictionary<string, string> variables = Project.Variables();
        // What cannot be used is said before anything is set up, and once, not by each case.
        _ = ImageRegistry.OfEnvironment();
        variables[Harness.Configuration.ProjectFolder.Variable] = project.Folder;
        if (parsed.GetValue(CommonOptions.Experiment) is string experiment)
            variables[ExperimentView.ExperimentVariable] = experiment;
        // The test host works in the project's folder, where a relative path would be another one.
        variables[ExperimentView.ExperimentVariable] = Project.Absolute(
            variables.GetValueOrDefault(ExperimentView.ExperimentVariable) is { Length: > 0 } named ? named
                : ExperimentView.DefaultExperiment);
        variables[ExperimentView.StoreVariable] = project.StoreFolder(parsed.GetValue(CommonOptions.Store));
        if (parsed.GetValue(Tasks) is string tasks && Path.GetFullPath(tasks) != project.Tasks)
        {
            // Another task set is used as a whole: it need not have the experiment's subset.
            variables["TANDEM__Tasks__Path"] = Path.GetFullPath(tasks);
            variables["TANDEM__Tasks__Subset"] = "null";
        }
        if (parsed.GetValue(Agent) is string agent)
            variables["TANDEM__Agent__Kind"] = agent;
        if (parsed.GetValue(Shard) is string shard)
            variables[ShardVariables.Shard] = shard;
        if (parsed.GetValue(ShardBy) is string way)
            variables[ShardVariables.Way] = way;
        if (parsed.GetValue(Model) is string model)
            variables["TANDEM__Model__Name"] = model;
        if (parsed.GetValue(Concurrency) is int concurrency)
            variables["TANDEM__Run__Concurrency"] = concurrency.ToString(CultureInfo.InvariantCulture);
        if (parsed.GetValue(Sandbox) is SandboxChoice sandbox)
            variables["TANDEM__Sandbox__Provider"] = EnumNames.NameOf(sandbox);
        variables[JudgementSelection.Variable] = JudgementSelection.Nothing;
        if (parsed.GetValue(Force))
            variables[ExperimentView.RerunVariable] = "always";
        if (parsed.GetValue(MaxCost) is decimal usd)
            variables[RunBounds.CostVariable] = usd.ToString(CultureInfo.InvariantCulture);
        if (parsed.GetValue(MaxMinutes) is TimeSpan time)
            variables[RunBounds.MinutesVariable] = time.TotalMinutes.ToString("0.######", CultureInfo.InvariantCulture);
        variables[CaseSelection.Variable] = SelectionOf(parsed).ToJson();
        return variables;
    }

    /// <summary>What the command line selects; options that the verb does not have select nothing.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="withStatus">Whether <c>--status</c> is about cases.</param>
    public static CaseSelection SelectionOf(ParseResult parsed, bool withStatus = true)
    {
        string[] settings = Values(parsed, Setting);
        return new CaseSelection
        {
            Settings = settings.Contains("all") ? [] : [.. settings.Select(name => Named<Setting>("--setting", name))],
            Repos = Values(parsed, Repo),
            Tasks = [.. Values(parsed, Task).Select(text => Number("--task", text))],
            Pairs = [.. Values(parsed, Pair).Select(PairOf)],
            Subset = parsed.GetValue(Subset),
            Seeds = [.. Values(parsed, Seed).Select(text => Number("--seed", text))],
            Smoke = parsed.GetValue(Smoke),
            Statuses = withStatus ? [.. Values(parsed, Status).Where(name => name != OlderImages.Word).Select(StatusOf)] : [],
            OlderImage = withStatus && Values(parsed, Status).Contains(OlderImages.Word),
        };
    }

    /// <summary>The values of an option that is repeatable or comma-separated.</summary>
    public static string[] Values(ParseResult parsed, Option<string[]> option) =>
        [.. (parsed.GetValue(option) ?? [])
            .SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Distinct()];

    private static RunStatus StatusOf(string name) => EnumNames.TryParse(name, out RunStatus status) ? status
        : throw new UsageException($"--status {name}: there is no such name; there are {string.Join(", ", StatusNames)}.");

    private static FeatureSet PairOf(string text)
    {
        try
        {
            FeatureSet pair = FeatureSet.ParseLoose(text);
            return pair.Count == 2 ? pair
                : throw new FormatException(
                $"'{text}' names {pair.Count} feature{(pair.Count == 1 ? "" : "s")}; a pair is two, as in f1_f2.");
        }
        catch (FormatException exception)
        {
            throw new UsageException($"--pair: {exception.Message}");
        }
    }

    private static int Number(string option, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        ? number
        : throw new UsageException($"{option} {text}: a whole number from 0 is expected.");

    /// <exception cref="UsageException">There is no such name.</exception>
    public static TEnum Named<TEnum>(string option, string name)
        where TEnum : struct, Enum => EnumNames.TryParse(name, out TEnum value) ? value
        : throw new UsageException($"{option} {name}: there is no such name; there are {string.Join(", ", EnumNames.AllNames<TEnum>())}.");

    /// <summary>An option that is repeatable or comma-separated.</summary>
    public static Option<string[]> List(string name, string description, string valueName) =>
        new(name)
        {
            Description = description + "; repeatable or comma-separated",
            HelpName = valueName,
        };

    private static T? Bound<T>(ArgumentResult result, Func<string, string, T> parse, T otherwise)
        where T : struct
    {
        try
        {
            return parse(((OptionResult)result.Parent!).Option.Name, result.Tokens[0].Value);
        }
        catch (FormatException exception)
        {
            result.AddError(exception.Message);
            return otherwise;
        }
    }

    private static SandboxChoice? Fault(ArgumentResult result, string option, IReadOnlyList<string> names)
    {
        result.AddError($"{option} {result.Tokens[0].Value}: there is no such name; there are {string.Join(", ", names)}.");
        return null;
    }
}
