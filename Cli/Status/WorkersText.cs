using System.Globalization;
using System.Text;
using Tandem.Records.Json;
using Tandem.Records.Store;

namespace Tandem.Cli.Status;

/// <summary>What <c>status --workers</c> prints for people, within 120 columns.</summary>
internal static class WorkersText
{
    private const int LongestName = 40;
    private const int LongestStore = 26;
    private const int CasesNamed = 3;

    /// <summary>The view of one experiment.</summary>
    /// <param name="view">The experiment.</param>
    /// <param name="listsAll">Whether workers that are over have a line each.</param>
    public static string Of(WorkersView view, bool listsAll)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{view.Experiment}: workers by {view.Source}, {Time(view.Now)}")
            .AppendLine(CultureInfo.InvariantCulture, $"cases    {view.Planned} planned: {view.Completed.Count} completed, "
                + $"{view.Failed} failed, {view.Running} running, {view.Left} left")
            .AppendLine("cost     " + Cost(view))
            .AppendLine("rate     " + Rate(view))
            .AppendLine("end      " + End(view))
            .AppendLine("workers  " + Count(view.Workers));
        foreach (string pause in view.Pauses)
            text.AppendLine(pause);
        Worker[] shown = [.. view.Workers.Where(worker => listsAll || IsShown(worker))];
        if (shown.Length > 0)
            WriteTable(text, shown, view.Now);
        if (shown.Length < view.Workers.Count)
            WriteOver(text, [.. view.Workers.Except(shown)]);
        foreach (Straggler one in view.Stragglers)
            text.AppendLine($"straggler: {one.Case.CaseId} runs for {StatusText.Duration(one.Time)} on {Cut(one.Worker.Name, LongestName)}")
                .AppendLine(CultureInfo.InvariantCulture,
                $"  (median of {one.Of} completed {EnumNames.NameOf(one.Case.CaseId.Setting)} "
                + $"{(one.Of == 1 ? "case" : "cases")}: {StatusText.Duration(one.Median)})");
        foreach (Worker worker in view.Workers.Where(worker => worker.LeftSomething))
            text.Append(Gone(worker));
        foreach (string note in view.Notes)
            text.AppendLine($"note: {note}");
        return text.ToString();
    }

    /// <summary>A moment as readers compare it with their clock's: <c>2026-05-01 12:40 UTC</c>.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>Those that do something, had something, or were there a moment ago.</summary>
    private static bool IsShown(Worker worker) => worker.IsLiving || worker.LeftSomething;

    private static string Cost(WorkersView view) => StatusText.Cost(view.Spent) + " USD so far"
        + (view.ReservedUsd is decimal reserved ? $", {StatusText.Money(reserved)} USD reserved for open attempts" : "")
        + (view.HeldUsd > 0 ? string.Create(CultureInfo.InvariantCulture, $", {StatusText.Money(view.HeldUsd)} USD held for "
            + $"{view.Spent.Unpriced} {(view.Spent.Unpriced == 1 ? "attempt" : "attempts")} of unknown cost") : "")
        + (view.BudgetUsd is decimal budget ? $"; budget {StatusText.Money(budget)} USD" : "");

    private static string Rate(WorkersView view) => view.Rate is not CaseRate rate ? "-" : string.Create(CultureInfo.InvariantCulture,
        $"{PerHour(rate)} cases per hour ({rate.Cases} completed in the last {StatusText.Duration(rate.Within)})");

    private static string End(WorkersView view) => view.ExpectedEnd is DateTimeOffset end
        ? string.Create(CultureInfo.InvariantCulture, $"{Time(end)}, in {StatusText.Duration(end - view.Now)}, if the "
            + $"{view.Running + view.Left} cases that run or are left go at that rate")
        : view.Running + view.Left == 0 ? "nothing is left"
        : view.Workers.Any(worker => worker.IsLiving) ? "- (no case was completed since the workers began)" : "- (no worker lives)";

    private static string Count(IReadOnlyList<Worker> workers) => workers.Count == 0 ? "none"
        : string.Join(", ", Enum.GetValues<WorkerState>().Select(state => (state, Count: workers.Count(worker => worker.State == state)))
            .Where(one => one.Count > 0)
            .Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Count} {Word(one.state)}")));

    private static void WriteTable(StringBuilder text, Worker[] workers, DateTimeOffset now)
    {
        int name = Math.Max("process".Length, workers.Max(worker => Cut(worker.Name, LongestName).Length)) + 2;
        int store = Math.Max("store".Length, workers.Max(worker => Cut(worker.Store, LongestStore).Length)) + 2;
        text.Append("process".PadRight(name)).Append("state".PadRight(20)).Append("for".PadRight(14)).Append("store".PadRight(store))
            .AppendLine(CultureInfo.InvariantCulture, $"{"completed",9}{"per hour",10}");
        foreach (Worker worker in workers)
        {
            text.Append(Cut(worker.Name, LongestName).PadRight(name)).Append(State(worker, now).PadRight(20))
                .Append((worker.Since is DateTimeOffset since ? StatusText.Duration(now - since) : "-").PadRight(14))
                .Append(Cut(worker.Store, LongestStore).PadRight(store))
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
            ? " " + StatusText.Duration(now - seen) : "");

    private static string Word(WorkerState state) => EnumNames.NameOf(state).Replace('_', ' ');

    private static void WriteOver(StringBuilder text, Worker[] over) => text.AppendLine(CultureInfo.InvariantCulture,
        $"{over.Length} {(over.Length == 1 ? "worker that has" : "workers that have")} no case and no sign of life: "
        + $"{over.Sum(worker => worker.Completed)} cases completed; --list shows each");

    private static string Gone(Worker worker)
    {
        string cases = worker.Abandoned.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
            $"{worker.Abandoned.Count} {(worker.Abandoned.Count == 1 ? "case is" : "cases are")} due again");
        string money = worker.ReservedUsd > 0 ? $"{StatusText.Money(worker.ReservedUsd.Value)} USD stay reserved until it is known what "
            + "its attempts cost" : "";
        var text = new StringBuilder();
        text.AppendLine($"gone: {Cut(worker.Name, LongestName)}: {string.Join("; ", new[] { cases, money }.Where(part => part.Length > 0))}");
        foreach (Records.Cases.CaseId caseId in worker.Abandoned.Take(CasesNamed))
            text.AppendLine($"  {caseId}");
        if (worker.Abandoned.Count > CasesNamed)
            text.AppendLine(CultureInfo.InvariantCulture, $"  and {worker.Abandoned.Count - CasesNamed} more");
        return text.ToString();
    }

    private static string PerHour(CaseRate rate) =>
        rate.PerHour.ToString(rate.PerHour < 100 ? "0.0" : "0", CultureInfo.InvariantCulture);

    /// <summary>The ends of hosts' and folders' names say which they are.</summary>
    private static string Cut(string text, int most) => text.Length <= most ? text : text[..(most / 3)] + "..." + text[^(most - (most / 3) - 3)..];
}
