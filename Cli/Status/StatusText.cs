using System.Globalization;
using System.Text;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Cli.Status;

/// <summary>What <c>status</c> prints for people.</summary>
internal static class StatusText
{
    private const int FaultsShown = 5;

    /// <summary>The table, with what is running now.</summary>
    public static string Table(StatusView view, DateTimeOffset now)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{view.Experiment}")
            .Append(CultureInfo.InvariantCulture, $"{"setting",-14}{"cases",8}");
        foreach (string status in EnumNames.AllNames<RunStatus>())
            text.Append(CultureInfo.InvariantCulture, $"{status,11}");
        text.AppendLine(CultureInfo.InvariantCulture, $"{"infra",8}{"cost USD",12}");
        foreach (StatusCounts row in view.Settings.Append(view.Total))
        {
            text.Append(CultureInfo.InvariantCulture, $"{row.Name,-14}{row.Cases,8}");
            foreach (int count in row.ByStatus)
                text.Append(CultureInfo.InvariantCulture, $"{count,11}");
            text.AppendLine(CultureInfo.InvariantCulture, $"{row.InfraErrors,8}{Cost(row.Spending),12}");
        }
        if (view.Running.Count > 0)
            text.AppendLine("running now:");
        foreach (RunningCase running in view.Running)
            text.AppendLine(CultureInfo.InvariantCulture, $"  {running.CaseId}  {Doing(running, now)}");
        foreach (StoreFault fault in view.Faults.Where(fault => !fault.IsTornEnd).Take(FaultsShown))
            text.AppendLine($"cannot be read: {fault}; './run.sh validate {view.Experiment}' lists all faults");
        return text.ToString();
    }

    /// <summary>What the columns mean; printed once below all tables.</summary>
    public const string Legend =
        "(infra: no verdict, because the latest attempt met an infrastructure error; cost: all attempts, also those that do not count)";

    /// <summary>A line for each case; with its attempts below if asked for.</summary>
    public static string List(StatusView view, bool withAttempts)
    {
        var text = new StringBuilder();
        int width = view.Cases.Select(standing => standing.CaseId.ToString().Length).DefaultIfEmpty().Max();
        foreach (CaseStanding standing in view.Cases)
        {
            text.AppendLine(string.Join("  ", standing.CaseId.ToString().PadRight(width), EnumNames.NameOf(standing.Status).PadRight(9),
                AttemptOf(standing).PadRight(10), ErrorOf(standing).PadRight(15), Cost(standing.Spending)).TrimEnd());
            foreach (RunRecord record in withAttempts ? standing.Records : [])
                text.AppendLine(CultureInfo.InvariantCulture, $"    {Attempt(record)}");
        }
        return text.ToString();
    }

    /// <summary>An attempt in a line: number, kind, how it ended, how long it took, what it cost, and the first line of its error. The
    /// record of a resumed attempt holds the cost of the earlier one too, and a regraded one cost nothing.</summary>
    public static string Attempt(RunRecord record)
    {
        string revision = record.Revision > 1 ? string.Create(CultureInfo.InvariantCulture, $" revision {record.Revision}") : "";
        string cost = record.Revision > 1 || record.AttemptKind == AttemptKind.Regrade ? "0.00 USD"
            : (record.TotalCost is decimal usd ? Money(usd) + " USD" : record.AgentsWorked ? "unpriced" : "0.00 USD")
            + (record.AttemptKind == AttemptKind.Resumed ? " with the attempt that it resumed" : "");
        string error = record.Error is RunError fault
            ? $"  {EnumNames.NameOf(fault.Class)} in {EnumNames.NameOf(fault.Phase)}: {FirstLine(fault.Message)}" : "";
        string marks = record.Suspect is [_, ..] found ? $"  marked: {SuspectWords.Rules(found)}" : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"attempt {record.Attempt}{revision} {EnumNames.NameOf(record.AttemptKind)} ({EnumNames.NameOf(record.AttemptReason)})  "
            + $"{record.Outcome.ToWords()}  agent {EnumNames.NameOf(record.AgentStatus)}  {record.DurationSeconds:0.0} s  {cost}"
            + $"{error}{marks}");
    }

    /// <summary>What happens in a running case: attempt, phase, steps, and for how long.</summary>
    public static string Doing(RunningCase running, DateTimeOffset now)
    {
        string where = running.Owner.Host == ProcessIdentity.Current.Host ? "" : $"  on {running.Owner.Host}";
        if (running.Attempt is not AttemptIntent intent)
            return $"between attempts{where}";
        return string.Create(CultureInfo.InvariantCulture,
            $"attempt {intent.Attempt}  {Step(running.Phase, running.Steps)}  {Duration(now - intent.StartedAt)}{where}");
    }

    /// <summary>A phase and how far its agents are: <c>agent step 12</c>; empty where nothing is known.</summary>
    public static string Step(CasePhase? phase, IReadOnlyList<AgentStep> steps)
    {
        string far = phase != CasePhase.Agent || steps.Count == 0 ? ""
            : steps.Count == 1 ? string.Create(CultureInfo.InvariantCulture, $" step {steps[0].Step}")
            : " " + string.Join(", ",
                steps.Select(step => string.Create(CultureInfo.InvariantCulture, $"{step.AgentId} step {step.Step}")));
        return (phase is CasePhase known ? EnumNames.NameOf(known) : "") + far;
    }

    /// <summary>Money that was spent in USD; <c>unpriced</c> where none of it is known, and a plus where not all is.</summary>
    public static string Cost(Spending spending) => spending.Unpriced == 0 ? Money(spending.Usd) : spending.Usd == 0 ? "unpriced"
        : Money(spending.Usd) + "+";

    /// <summary>As <c>42 s</c>, <c>3 min 05 s</c>, <c>2 h 10 min</c>.</summary>
    public static string Duration(TimeSpan duration)
    {
        long seconds = Math.Max(0, (long)duration.TotalSeconds);
        return seconds < 60 ? $"{seconds} s"
            : seconds < 3600 ? $"{seconds / 60} min {seconds % 60:00} s"
            : $"{seconds / 3600} h {seconds / 60 % 60:00} min";
    }

    public static string FirstLine(string text) => text.AsSpan().Trim().ToString().Split('\n')[0].TrimEnd();

    /// <summary>Two digits behind the point; four for less than a cent.</summary>
    public static string Money(decimal usd) => usd.ToString(usd is > 0 and < 0.01m ? "0.0000" : "0.00", CultureInfo.InvariantCulture);

    private static string AttemptOf(CaseStanding standing) => standing.Latest is RunRecord latest
        ? string.Create(CultureInfo.InvariantCulture, $"attempt {latest.Attempt}") : "-";

    private static string ErrorOf(CaseStanding standing) => standing.Status != RunStatus.Completed
        && standing.Latest?.Error is RunError error ? EnumNames.NameOf(error.Class) : "-";
}
