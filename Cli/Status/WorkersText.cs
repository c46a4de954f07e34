using System.Globalization;
using System.Text;
using Tandem.Records.Json;

namespace Tandem.Cli.Status;

/// <summary>What <c>status --workers</c> prints for people, within 120 columns.</summary>
internal static class WorkersText
{
    private const int LongestName = 36;
    private const int LongestStore = 22;
    private const int StateWidth = 22;
    private const int BeganWidth = 16;
    private const int Named = 5;

    /// <summary>The view of one experiment.</summary>
    /// <param name="view">The experiment.</param>
    /// <param name="listsAll">Whether workers that are over have a line each.</param>
    public static string Of(WorkersView view, bool listsAll)
    {
        var text = new StringBuilder();
        string source = view.IsOfDatabase ? "the database" : view.Stores.Count == 1 ? "the store's files"
            : string.Create(CultureInfo.InvariantCulture, $"the files of {view.Stores.Count} stores");
        text.AppendLine($"{view.Experiment}: workers by {source}, {Time(view.Now)}")
            .AppendLine(CultureInfo.InvariantCulture, $"cases    {view.Planned} planned: {view.Completed.Count} completed, "
                + $"{view.Failed} failed, {view.Running} running, {view.Left} left")
            .AppendLine("cost     " + Cost(view))
            .AppendLine("rate     " + Rate(view))
            .AppendLine("end      " + End(view))
            .AppendLine("workers  " + Count(view.Workers));
        foreach (string line in view.Notes.Select(note => $"note: {note}").Concat(view.Pauses))
            text.AppendLine(line);
        // Above the table, which may be longer than the screen.
        WriteSome(text, view.Stragglers, Straggling, "stragglers");
        WriteSome(text, [.. view.Workers.Where(worker => worker.LeftSomething)], Gone, "workers that are gone");
        Worker[] shown = [.. view.Workers.Where(worker => listsAll || worker.IsLiving || worker.LeftSomething)];
        if (shown.Length > 0)
            WriteTable(text, shown, view.Now);
        if (shown.Length < view.Workers.Count)
            WriteOver(text, [.. view.Workers.Except(shown)]);
        return text.ToString();
    }

    /// <summary>A moment as readers compare it with their clock's: <c>2026-05-01 12:40:07 UTC</c>.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static void WriteSome<T>(StringBuilder text, IReadOnlyList<T> all, Func<T, string> line, string what)
    {
        foreach (T one in all.Take(Named))
            text.Append(line(one));
        if (all.Count > Named)
            text.AppendLine(CultureInfo.InvariantCulture, $"  and {all.Count - Named} more {what}; --json has all");
    }

    private static string Cost(WorkersView view) => StatusText.Cost(view.Spent) + " USD so far"
        + (view.ReservedUsd is decimal reserved ? $", {StatusText.Money(reserved)} USD reserved" : "")
        + (view.HeldUsd > 0 ? string.Create(CultureInfo.InvariantCulture, $", {StatusText.Money(view.HeldUsd)} USD held for "
            + $"{view.Spent.Unpriced} {(view.Spent.Unpriced == 1 ? "attempt" : "attempts")} of unknown cost") : "")
        + (view.BudgetUsd is decimal budget ? $"; budget {StatusText.Money(budget)} USD" : "");

    private static string Rate(WorkersView view) => view.Rate is not CaseRate rate ? "-" : string.Create(CultureInfo.InvariantCulture,
        $"{PerHour(rate)} cases per hour ({rate.Cases} completed in the last {StatusText.Duration(rate.Within)})");

    private static string End(WorkersView view) => view.ExpectedEnd is DateTimeOffset end
        ? string.Create(CultureInfo.InvariantCulture, $"{Time(end)}, in {StatusText.Duration(end - view.Now)}, if "
            + $"the {Cases(view.Running + view.Left)} that run or are left go at that rate")
        : view.Running + view.Left == 0 ? "nothing is left"
        : view.Workers.Any(worker => worker.IsLiving) ? "- (the living workers have completed no case yet, or began a moment ago)"
        : "- (no worker lives)";

    private static string Count(IReadOnlyList<Worker> workers) => workers.Count == 0 ? "none"
        : string.Join(", ", Enum.GetValues<WorkerState>().Select(state => (state, Count: workers.Count(worker => worker.State == state)))
            .Where(one => one.Count > 0)
            .Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Count} {Word(one.state)}")));

    private static void WriteTable(StringBuilder text, Worker[] workers, DateTimeOffset now)
    {
        int name = Math.Max("process".Length, workers.Max(worker => Cut(worker.Name, LongestName).Length)) + 2;
        int store = Math.Max("store".Length, workers.Max(worker => Store(worker).Length)) + 2;
        text.Append("process".PadRight(name))
            .Append("state".PadRight(StateWidth)).Append("began".PadRight(BeganWidth)).Append("store".PadRight(store))
            .AppendLine(CultureInfo.InvariantCulture, $"{"completed",9}{"per hour",10}");
        foreach (Worker worker in workers)
        {
            text.Append(Cut(worker.Name, LongestName).PadRight(name)).Append(State(worker, now).PadRight(StateWidth))
                .Append((worker.Since is DateTimeOffset since ? StatusText.Duration(now - since) + " ago" : "-").PadRight(BeganWidth))
                .Append(Store(worker).PadRight(store))
                .AppendLine(CultureInfo.InvariantCulture,
                    $"{worker.Completed,9}{(worker.Rate is CaseRate rate ? PerHour(rate) : "-"),10}");
            foreach (WorkerCase one in worker.Running)
                text.AppendLine(("  " + string.Join("  ", new[]
                {
                    one.CaseId.ToString(),
                    one.Attempt is int attempt ? string.Create(CultureInfo.InvariantCulture, $"attempt {attempt}") : "between attempts",
                    StatusText.Step(one.Phase, one.Steps),
                    one.Since is DateTimeOffset begun ? StatusText.Duration(now - begun) : "",
                }.Where(part => part.Length > 0))).TrimEnd());
        }
    }

    private static string State(Worker worker, DateTimeOffset now) => Word(worker.State)
        + (worker is { State: WorkerState.Silent or WorkerState.Gone, SeenAt: DateTimeOffset seen }
            ? " for " + StatusText.Duration(now - seen) : "");

    /// <summary>A folder below the current one by its way from there.</summary>
    private static string Store(Worker worker) =>
        Cut(Path.IsPathRooted(worker.Store) && Path.GetRelativePath(Environment.CurrentDirectory, worker.Store) is var relative
            && !relative.StartsWith("..", StringComparison.Ordinal) ? relative : worker.Store, LongestStore);

    private static string Cases(int count) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? "case" : "cases")}");

    private static string Word(WorkerState state) => EnumNames.NameOf(state).Replace('_', ' ');

    private static void WriteOver(StringBuilder text, Worker[] over) => text.AppendLine(CultureInfo.InvariantCulture,
        $"{over.Length} {(over.Length == 1 ? "worker that has" : "workers that have")} no case and no sign of life: "
        + $"{Cases(over.Sum(worker => worker.Completed))} completed; --list shows each");

    private static string Straggling(Straggler one) => string.Create(CultureInfo.InvariantCulture,
        $"straggler: {one.Case.CaseId} has run for {StatusText.Duration(one.Time)}\n"
        + $"  in process {Cut(one.Worker.Name, LongestName)}; the median of {one.Of} completed {EnumNames.NameOf(one.Case.CaseId.Setting)} "
        + $"{(one.Of == 1 ? "case" : "cases")} is {StatusText.Duration(one.Median)}\n");

    private static string Gone(Worker worker)
    {
        string cases = worker.Abandoned.Count == 0 ? ""
            : $"{Cases(worker.Abandoned.Count)} {(worker.Abandoned.Count == 1 ? "is" : "are")} due again";
        string money = worker.ReservedUsd > 0 ? $"{StatusText.Money(worker.ReservedUsd.Value)} USD stay reserved until a run with its "
            + "store shows what that cost" : "";
        var text = new StringBuilder();
        text.AppendLine($"gone: process {Cut(worker.Name, LongestName)}: "
            + $"{string.Join("; ", new[] { cases, money }.Where(part => part.Length > 0))}");
        foreach (Records.Cases.CaseId caseId in worker.Abandoned.Take(Named))
            text.AppendLine($"  {caseId}");
        if (worker.Abandoned.Count > Named)
            text.AppendLine(CultureInfo.InvariantCulture, $"  and {worker.Abandoned.Count - Named} more");
        return text.ToString();
    }

    private static string PerHour(CaseRate rate) =>
        rate.PerHour.ToString(rate.PerHour < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);

    /// <summary>The ends of hosts' and folders' names say which they are.</summary>
    private static string Cut(string text, int most) =>
        text.Length <= most ? text : text[..(most / 3)] + "..." + text[^(most - (most / 3) - 3)..];
}
