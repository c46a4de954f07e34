using System.CommandLine;
using System.Text;
using System.Text.Json;
using Tandem.Harness.Admission;
using Tandem.Harness.Experiments;
using Tandem.Harness.Judging;
using Tandem.Records.Judgements;
using Tandem.Records.Store;

namespace Tandem.Cli.Status;

/// <summary><c>status</c>: the status of the cases, from the store's files alone.</summary>
internal static class StatusVerb
{
    private static readonly Argument<string[]> s_experiments = new("experiment")
    {
        Description = "Names of experiments in the store [default: --experiment, else $TANDEM_EXPERIMENT, else all]",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<bool> s_list = new("--list")
    { Description = "A line for each case: id, status, latest attempt, class of the latest error, and cost" };

    private static readonly Option<bool> s_json = new("--json")
    { Description = "One line of JSON instead of the table; with --list also the cases, with -v their attempts" };

    private static readonly Option<bool> s_judges = new("--judges")
    { Description = "Show how the judgements of the runs stand instead; --status then names the status of judgements" };

    private static readonly Option<bool> s_watch = new("--watch")
    { Description = "Look again every second, until nothing runs or you press Ctrl-C" };

    public static Command Create()
    {
        Command verb = new Command("status",
            "Show the status and the cost of the cases, and which are running. Reads the store's files alone")
            .With(s_list, s_watch, s_judges, s_json, JudgeOptions.Rubric, JudgeOptions.Judge, JudgeOptions.Repetitions,
            RunOptions.Status, RunOptions.Setting, RunOptions.Repo, RunOptions.Task, RunOptions.Pair,
            RunOptions.Subset, RunOptions.Seed, RunOptions.Smoke, RunOptions.Shard, ShardStatusOptions.Shards,
            ShardStatusOptions.MostArraySize, WorkersStatus.Workers, WorkersStatus.Stores, RunOptions.Tasks, CommonOptions.Experiment,
            CommonOptions.Store, CommonOptions.Verbose)
            .With(ScenarioOptions.Selecting);
        verb.Arguments.Add(s_experiments);
        verb.SetAction(RunAsync);
        return verb;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        var project = Project.Find();
        IReadOnlyList<string> stores = WorkersStatus.StoresOf(parsed, project);
        string store = stores[0];
        IReadOnlyList<string> names = StoredExperiment.NamesOf(parsed, project, parsed.GetValue(s_experiments) ?? []) is [_, ..] given
            ? given
            : Project.Variable(ExperimentView.ExperimentVariable) is string variable ? [variable]
            : [.. stores.SelectMany(StoreLayout.Experiments).Distinct()];
        bool areJudges = parsed.GetValue(s_judges);
        bool areShards = parsed.GetValue(ShardStatusOptions.Shards);
        if (areShards && (areJudges || parsed.GetValue(s_watch)))
            throw new UsageException("--shards goes neither with --judges nor with --watch.");
        names = [.. names.Select(name => ScenarioStatus.NameOf(project, name))];
        string[] ofScenarios = [.. names.Distinct().Where(name => stores.Any(one => ScenarioStatus.Is(project, one, name)))];
        names = [.. names.Except(ofScenarios)];
        bool areWorkers = parsed.GetValue(WorkersStatus.Workers);
        bool isOfPairs = areJudges || areShards || areWorkers || parsed.GetValue(RunOptions.Shard) is not null;
        if (ofScenarios.Length > 0 && names.Count == 0 && isOfPairs)
            throw new UsageException($"'{ofScenarios[0]}' is an experiment of scenarios: --judges, --workers, --shard and --shards are "
                + "for runs of pairs.");
        ScenarioTable[] scenarios = isOfPairs ? [] : ScenarioStatus.Read(parsed, store, ofScenarios);
        bool isVerbose = parsed.GetValue(CommonOptions.Verbose);
        bool isListed = parsed.GetValue(s_list) || isVerbose;
        if (names.Count == 0 && scenarios.Length > 0 && !parsed.GetValue(s_watch))
        {
            await output.WriteAsync(TextOf([], scenarios, parsed.GetValue(s_json), isListed, isVerbose));
            return ExitCodes.Ok;
        }
        if (areWorkers && areJudges)
            throw new UsageException("--workers and --judges exclude each other.");
        if (areWorkers && names.Count > 0)
            return await WorkersStatus.RunAsync(parsed, project, stores, [.. names.Distinct()], parsed.GetValue(s_json), isListed,
                parsed.GetValue(s_watch), cancellationToken);
        CaseSelection selection = RunOptions.SelectionOf(parsed, withStatus: !areJudges);
        Watched[] watched = [.. names.Distinct()
            .Select(name => Watched.Of(project, store, name, selection, parsed.GetValue(RunOptions.Shard)))];
        if (watched.Length == 0 && scenarios.Length == 0)
        {
            await output.WriteLineAsync($"The store {store} holds no experiment yet. './run.sh plan' shows what a run would do.");
            return ExitCodes.Ok;
        }
        if (areShards)
        {
            await output.WriteAsync(ShardStatusOptions.TextOf(parsed, [.. watched.Select(one => one.Layout)], parsed.GetValue(s_json)));
            return ExitCodes.Ok;
        }
        if (areJudges)
        {
            await output.WriteAsync(JudgesOf(parsed, store, [.. names.Distinct()]));
            return ExitCodes.Ok;
        }
        if (parsed.GetValue(s_watch))
        {
            var kept = new Dictionary<string, ScenarioIndex>();
            return await StatusWatch.RunAsync(output, parsed.GetValue(s_json), _ =>
            {
                StatusView[] looked = [.. watched.Select(one => one.Look())];
                ScenarioTable[] tables = ScenarioStatus.Read(parsed, store, isOfPairs ? [] : ofScenarios, kept);
                return Task.FromResult((TextOf(looked, tables, parsed.GetValue(s_json), isListed, isVerbose),
                    looked.Any(view => view.Running.Count > 0) || tables.Any(table => table.Runs)));
            }, cancellationToken);
        }
        StatusView[] views = [.. watched.Select(one => one.Look())];
        foreach (Watched one in watched)
            one.RequireSome();
        await output.WriteAsync(TextOf(views, scenarios, parsed.GetValue(s_json), isListed, isVerbose));
        if (!parsed.GetValue(s_json))
        {
            foreach (string note in watched.Select(one => one.Note).OfType<string>())
                await output.WriteLineAsync(note);
        }
        return ExitCodes.Ok;
    }

    private static string JudgesOf(ParseResult parsed, string store, string[] names)
    {
        if (parsed.GetValue(s_watch))
            throw new UsageException("--judges and --watch exclude each other.");
        JudgementSelection selection = JudgeOptions.SelectionOf(parsed, RunOptions.Status);
        // Those that have judged are meant as well as the default: asking for every status says so.
        if (selection.Statuses.Count == 0)
            selection = selection with { Statuses = Enum.GetValues<JudgeStatus>() };
        bool isListed = parsed.GetValue(s_list) || parsed.GetValue(CommonOptions.Verbose);
        ExperimentView[] views = [.. names.Select(name =>
            StoredExperiment.ViewOf(parsed, Project.Find(), RunOptions.SelectionOf(parsed, withStatus: false), name))];
        if (views.FirstOrDefault(view => !File.Exists(view.Layout.PlanFile)) is ExperimentView unknown)
            throw new UsageException($"The store {store} holds no experiment '{unknown.Configuration.Name}'.");
        JudgeTable[] tables = [.. views.Select(view => new JudgeTable(JudgementView.Load(view, selection with
        {
            // Without a number, as many as the store has.
            Repetitions = parsed.GetValue(JudgeOptions.Repetitions) ?? new JudgementReader(view.Layout).Read()
                .Select(stored => stored.Record.Repetition).DefaultIfEmpty(1).Max(),
        })))];
        if (parsed.GetValue(s_json))
            return JsonSerializer.Serialize(
                new { Experiments = tables.Select(table => table.ToJson(isListed)) }, StatusJson.Options) + "\n";
        return string.Concat(tables.Select(table => (isListed ? table.List() : "") + table.ToText() + table.Remedies()));
    }

    private static string TextOf(StatusView[] views, ScenarioTable[] scenarios, bool isJson, bool isListed,
        bool isVerbose)
    {
        if (isJson)
            return StatusJson.Line(views, isListed, isVerbose, scenarios) + "\n";
        var text = new StringBuilder();
        foreach (StatusView view in views)
        {
            if (isListed)
                text.Append(StatusText.List(view, isVerbose));
            text.Append(StatusText.Table(view, TimeProvider.System.GetUtcNow()));
        }
        if (views.Length > 0)
            text.AppendLine(StatusText.Legend);
        return text.Append(ScenarioStatus.TextOf(scenarios, isListed)).ToString();
    }
}
