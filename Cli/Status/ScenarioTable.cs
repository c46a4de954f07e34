using System.Globalization;
using System.Text;
using Tandem.Harness.Admission;
using Tandem.Harness.Scenarios;
using Tandem.Harness.Scenarios.Definitions;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;
using Tandem.Records.Text;

namespace Tandem.Cli.Status;

/// <summary>A case of a scenario experiment with all its records.</summary>
/// <param name="Id">The case.</param>
/// <param name="Standing">Where it stands.</param>
/// <param name="Records">In the order of attempts and revisions.</param>
internal sealed record ScenarioRow(ScenarioCaseId Id, ScenarioStanding Standing, IReadOnlyList<ScenarioRecord> Records);

/// <summary>How the cases of a scenario experiment stand, read from the store's files alone.</summary>
internal sealed class ScenarioTable
{
    private readonly ScenarioPlan _plan;
    private readonly StoreLayout _layout;
    private readonly string? _named;
    private readonly Dictionary<ScenarioCaseId, ProcessIdentity> _running;

    private ScenarioTable(StoreLayout layout, ScenarioPlan plan, IReadOnlyList<ScenarioRow> rows, IReadOnlyList<StoreFault> faults,
        string? named)
    {
        (_layout, _plan, Rows, Faults, _named) = (layout, plan, rows, faults, named);
        _running = ClaimFiles.HeldScenarios(layout).Where(claim => rows.Any(row => row.Id == claim.Id))
            .ToDictionary(claim => claim.Id, claim => claim.Holder);
    }

    /// <summary>How many cases the plan has.</summary>
    public int PlannedCases => _plan.Cases.Count();

    /// <summary>The cases, in the order of the plan.</summary>
    public IReadOnlyList<ScenarioRow> Rows { get; }

    /// <summary>What the table is about.</summary>
    public string Heading => $"Experiment {_layout.Experiment}, scenarios, model {_plan.Model}";

    /// <summary>What could not be read.</summary>
    public IReadOnlyList<StoreFault> Faults { get; }

    /// <summary>Whether any of the cases is at work.</summary>
    public bool Runs => _running.Count > 0;

    /// <summary>Cases that have no result of the present definition.</summary>
    public int Incomplete => Rows.Count(row => row.Standing.Status != RunStatus.Completed);

    /// <summary>Reads the store.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="isSelected">Which cases; null is all.</param>
    /// <param name="named">How the experiment was named, for commands; null is by its name in the store.</param>
    /// <param name="kept">What was read before, for one who looks again and again: only what has come since is read. Null reads all, and
    /// says what of it cannot be read.</param>
    /// <exception cref="UsageException">The plan cannot be read.</exception>
    public static ScenarioTable Read(StoreLayout layout, Func<ScenarioCaseId, ScenarioStanding, bool>? isSelected = null,
        string? named = null, ScenarioIndex? kept = null)
    {
        var reader = new ScenarioReader(layout);
        ScenarioPlan plan = reader.ReadPlan() ?? throw new UsageException(
            $"The experiment in {layout.ExperimentFolder} cannot be read: {string.Join("; ", reader.Faults)}. Copy {layout.PlanFile} "
            + "back.");
        kept?.Refresh();
        Dictionary<ScenarioCaseId, IReadOnlyList<ScenarioRecord>> records = kept is null ? reader.ReadById() : [];
        ILookup<ScenarioCaseId, int> begun = (kept?.Open() ?? ScenarioReader.OfCalls(layout).Read().Select(stored => stored.Record))
            .ToLookup(record => record.CaseId, record => record.Attempt);
        Dictionary<(string, string), PlannedConversation> planned = plan.Conversations.ToDictionary(one => (one.Variant, one.Scenario));
        ScenarioRow[] rows = [.. plan.Cases.Select(id =>
        {
            IReadOnlyList<ScenarioRecord> own = kept?.Find(id) ?? records.GetValueOrDefault(id, []);
            bool isOpen = begun[id].Any(attempt => own.All(record => record.Attempt != attempt));
            return new ScenarioRow(id, ScenarioStanding.Of(own, planned[(id.Variant, id.Scenario)], isOpen), own);
        }).Where(row => isSelected?.Invoke(row.Id, row.Standing) ?? true)];
        return new ScenarioTable(layout, plan, rows, reader.Faults, named);
    }

    /// <summary>A row for each variant, then the sum in one line.</summary>
    public string ToText()
    {
        var text = new StringBuilder().AppendLine(CultureInfo.InvariantCulture,
            $"{"variant",-20}{"cases",7}{"pass",7}{"fail",7}{"infra",7}{"other",7}{"reruns",8}{"cost USD",12}{"pass rate",11}");
        foreach (PlannedVariant variant in _plan.Variants.Where(variant => Rows.Any(row => row.Id.Variant == variant.Name)))
            text.AppendLine(Line(variant.Name, [.. Rows.Where(row => row.Id.Variant == variant.Name)]));
        text.AppendLine(Line("TOTAL", Rows));
        text.AppendLine("(infra: faults of the infrastructure, which are missing data, not failures; other: interrupted, not run, or to be "
            + "checked again)");
        if (_plan.Simulated)
            text.AppendLine($"(simulated: {_plan.Model} is a program that answers in place of a model; nothing here is about a model)");
        int stale = Rows.Count(row => row.Standing.IsStale);
        if (stale > 0)
            text.AppendLine(CultureInfo.InvariantCulture,
                $"({stale} case{(stale == 1 ? " has" : "s have")} results of an earlier definition, which do not count any more; the next "
                + $"run makes them anew)");
        foreach (StoreFault fault in Faults.Where(fault => !fault.IsTornEnd))
            text.AppendLine($"fault: {fault}");
        return text.ToString();
    }

    /// <summary>The bound of <c>run.assert</c> and the scenarios that miss it; empty without a bound.</summary>
    public string Bounds()
    {
        if (_plan.ScenarioPassRate is not double rate)
            return "";
        int needed = new ScenarioAssertion(false, rate).Needed(_plan.Repetitions);
        string[] below = [.. Rows.GroupBy(row => (row.Id.Variant, row.Id.Scenario))
            .Select(group => (group.Key, Failed: group.Count(row => row.Standing is { Counts: true, Record.Passed: false })))
            .Where(one => _plan.Repetitions - one.Failed < needed)
            .Select(one => string.Create(CultureInfo.InvariantCulture,
                $"  {one.Key.Scenario} under {one.Key.Variant}: failed {one.Failed} of {_plan.Repetitions}"))];
        return below.Length == 0 ? $"Each scenario passes in {needed} of {_plan.Repetitions} repetitions, or can still (run.assert).\n"
            : $"{below.Length} scenario{(below.Length == 1 ? " does" : "s do")} not pass in {needed} of {_plan.Repetitions} repetitions "
                + $"(run.assert):\n{string.Join('\n', below)}\n";
    }

    /// <summary>Whether what an experiment asserts is not so, by what is stored.</summary>
    public bool IsRedBy(ScenarioAssertion assertion) => (assertion.Outcome && Count(Rows, false) > 0)
        || (assertion.ScenarioPassRate is not null && Rows.GroupBy(row => (row.Id.Variant, row.Id.Scenario)).Any(group =>
            _plan.Repetitions - Count([.. group], false) < assertion.Needed(_plan.Repetitions)));

    /// <summary>Why a case is red by what the experiment asserts; null if it is not.</summary>
    public string? WhyRed(ScenarioRecord record, ScenarioAssertion assertion) => ScenarioText.WhyRed(record, assertion, _plan.Repetitions,
        Count([.. Rows.Where(row => row.Id.Variant == record.Variant && row.Id.Scenario == record.ScenarioId)], false));

    /// <summary>One line: passed, failed, missing, reruns, total, cost.</summary>
    public string Summary()
    {
        int passed = Count(Rows, true);
        int failed = Count(Rows, false);
        return string.Create(CultureInfo.InvariantCulture,
            $"summary: {passed} passed, {failed} failed, {Rows.Count - passed - failed} missing, {Reruns(Rows)} reruns, "
            + $"{Rows.Count} total, {Cost(Rows)} USD{(_plan.Simulated ? " (simulated)" : "")}");
    }

    /// <summary>A line for each case.</summary>
    public string List() => string.Concat(Rows.Select(row => string.Create(CultureInfo.InvariantCulture,
        $"{row.Id,-60} {EnumNames.NameOf(row.Standing.Status),-10} {Verdict(row.Standing),-8} attempts {row.Records
            .Select(record => record.Attempt).DefaultIfEmpty().Max()}{Fault(row)}") + Environment.NewLine));

    /// <summary>What to type for the cases that are left; empty if none is.</summary>
    public string Remedies()
    {
        var text = new StringBuilder();
        foreach ((ProcessIdentity holder, int count) in _running.Values.CountBy(holder => holder))
            text.AppendLine(CultureInfo.InvariantCulture, $"{Cases(count)} running in process {holder.Pid} on {holder.Host}");
        foreach (IGrouping<RunStatus, ScenarioRow> group in Rows
            .Where(row => row.Standing.Status != RunStatus.Completed && !_running.ContainsKey(row.Id))
            .GroupBy(row => row.Standing.Status).OrderBy(group => group.Key))
        {
            bool isOne = group.Count() == 1;
            string what = group.Key switch
            {
                RunStatus.Results => $"{(isOne ? "has" : "have")} answers whose expectations have changed; no model is asked",
                RunStatus.Failed => "met faults of the infrastructure",
                RunStatus.Partial => isOne ? "was begun and has no result" : "were begun and have no result",
                RunStatus.Missing => isOne ? "has not run" : "have not run",
                RunStatus.Completed => throw new InvalidOperationException("Completed cases are not left."),
                _ => throw new ArgumentOutOfRangeException(nameof(group), group.Key, null),
            };
            string command = ScenarioStatus.CommandFor(_layout, _plan, _named, areChecksDue: group.Key == RunStatus.Results);
            text.AppendLine(CultureInfo.InvariantCulture, $"{group.Count()} case{(isOne ? "" : "s")} {what}: {command}");
        }
        return text.ToString();
    }

    /// <summary>For <c>--json</c>.</summary>
    public object ToJson(bool withCases) => new
    {
        _layout.Experiment,
        Kind = _plan.Kind,
        _plan.Model,
        _plan.Simulated,
        Variants = _plan.Variants.Select(variant => Json(variant.Name, [.. Rows.Where(row => row.Id.Variant == variant.Name)])),
        Total = Json("TOTAL", Rows),
        Running = _running.OrderBy(one => one.Key.ToString(), StringComparer.Ordinal)
            .Select(one => new { CaseId = one.Key.ToString(), one.Value.Host, one.Value.Pid }),
        Cases = withCases ? Rows.Select(row => new
        {
            CaseId = row.Id.ToString(),
            Status = EnumNames.NameOf(row.Standing.Status),
            Passed = row.Standing.Counts ? row.Standing.Record!.Passed : null,
            Attempts = row.Records.Select(record => record.Attempt).DefaultIfEmpty().Max(),
            Error = row.Standing.Record?.Error?.Message,
        }) : null,
        Faults = Faults.Select(fault => fault.ToString()),
    };

    private static object Json(string name, IReadOnlyList<ScenarioRow> rows) => new
    {
        Variant = name,
        Cases = rows.Count,
        Passed = Count(rows, true),
        Failed = Count(rows, false),
        InfraErrors = rows.Count(row => row.Standing.Status == RunStatus.Failed),
        Missing = rows.Count(row => !row.Standing.Counts),
        Reruns = Reruns(rows),
        CostUsd = Spent(rows).Usd,
        UnpricedAttempts = Spent(rows).Unknown,
    };

    private static string Line(string name, IReadOnlyList<ScenarioRow> rows)
    {
        (int passed, int failed) = (Count(rows, true), Count(rows, false));
        int infra = rows.Count(row => row.Standing.Status == RunStatus.Failed);
        string rate = passed + failed == 0 ? "-"
            : string.Create(CultureInfo.InvariantCulture, $"{100.0 * passed / (passed + failed):0.0} %");
        return string.Create(CultureInfo.InvariantCulture,
            $"{name,-20}{rows.Count,7}{passed,7}{failed,7}{infra,7}{rows.Count - passed - failed - infra,7}{Reruns(rows),8}"
            + $"{Cost(rows),12}{rate,11}");
    }

    private static int Count(IReadOnlyList<ScenarioRow> rows, bool passed) =>
        rows.Count(row => row.Standing.Status == RunStatus.Completed && row.Standing.Record!.Passed == passed);

    private static int Reruns(IReadOnlyList<ScenarioRow> rows) => rows.Sum(row => First(row).Sum(record => record.Reruns));

    private static string Cases(int count) => string.Create(CultureInfo.InvariantCulture, $"{count} case{(count == 1 ? " is" : "s are")}");

    private static IEnumerable<ScenarioRecord> First(ScenarioRow row) => row.Records.Where(record => record.Revision == 1);

    private static (decimal Usd, int Unknown) Spent(IReadOnlyList<ScenarioRow> rows) => (
        rows.Sum(row => First(row).Sum(record => record.Cost ?? 0)),
        rows.Sum(row => First(row).Count(record => record.Cost is null && record.Calls > 0)));

    private static string Cost(IReadOnlyList<ScenarioRow> rows)
    {
        (decimal usd, int unknown) = Spent(rows);
        return string.Create(CultureInfo.InvariantCulture, $"{usd:0.00##}{(unknown > 0 ? "+" : "")}");
    }

    private static string Verdict(ScenarioStanding standing) => !standing.Counts ? "-"
        : standing.Record!.Passed == true ? "passed" : "failed";

    private static string Fault(ScenarioRow row) => row.Standing.Record?.Error is ScenarioError error
        ? $"  {EnumNames.NameOf(error.Class)}: {PrintableText.LineOf(error.Message.Split('\n')[0])}" : "";
}
