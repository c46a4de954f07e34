using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Tandem.Harness.Cases;
using Tandem.Harness.Judging;
using Tandem.Harness.Scenarios;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;
using Tandem.Records.Text;

namespace Tandem.Experiments.Tests;

/// <summary>A console line for each case or judgement that has ended. Where many are skipped for one reason, or meet one fault, the first
/// has a line and the others are counted.</summary>
/// <param name="total">How many there are.</param>
/// <param name="one">What one is called: case or judgement.</param>
internal sealed partial class CaseLines(int total, string one = "case")
{
    private static readonly ConcurrentDictionary<string, bool> s_printed = new();

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (string First, int More)> _skipped = [];
    private readonly Dictionary<string, (string First, int More)> _faults = [];
    private string? _halting;
    private bool _isStopped;
    private int _done;

    /// <summary>Whether one had its line, or is counted under another's.</summary>
    public static bool WasPrinted(string id) => s_printed.ContainsKey(id);

    public void Print(CaseId caseId, CaseResult result)
    {
        ErrorClass? fault = (result as CaseResult.Ran)?.Record.Error?.Class;
        Print(caseId.ToString(), result switch
        {
            CaseResult.Ran ran =>
                string.Create(CultureInfo.InvariantCulture, $"{Verdict.Of(ran.Record)} in {ran.Record.DurationSeconds:0.0} s"),
            CaseResult.Stored stored => $"stored: {Verdict.Of(stored.Record)}",
            CaseResult.Skipped skipped => $"skipped: {skipped.Reason}",
            _ => throw new InvalidOperationException($"Unknown result {result}."),
        }, (result as CaseResult.Skipped)?.Reason,
            fault == ErrorClass.ModelConfiguration ? ((CaseResult.Ran)result).Record.Error!.Message : null);
    }

    public void Print(JudgementId id, JudgementResult result) => Print(id.ToString(), result switch
    {
        JudgementResult.Ran ran =>
            string.Create(CultureInfo.InvariantCulture, $"{JudgementText.Of(ran.Record)} in {ran.Record.DurationSeconds:0.0} s"),
        JudgementResult.Stored stored => $"stored: {JudgementText.Of(stored.Record)}",
        JudgementResult.Skipped skipped => $"skipped: {skipped.Reason}",
        _ => throw new InvalidOperationException($"Unknown result {result}."),
    }, (result as JudgementResult.Skipped)?.Reason,
        result is JudgementResult.Ran { Record: { ErrorClass: ErrorClass.ModelConfiguration, FailureReason: string fault } }
            ? fault : null);

    public void Print(ScenarioCaseId id, ScenarioResult result) => Print(id.ToString(), result switch
    {
        ScenarioResult.Ran ran =>
            string.Create(CultureInfo.InvariantCulture, $"{ScenarioText.Of(ran.Record)} in {ran.Record.DurationSeconds:0.0} s"),
        ScenarioResult.Rechecked checkedAgain => $"checked again: {ScenarioText.Of(checkedAgain.Record)}",
        ScenarioResult.Stored stored => $"stored: {ScenarioText.Of(stored.Record)}",
        ScenarioResult.Skipped skipped => $"skipped: {skipped.Reason}",
        _ => throw new InvalidOperationException($"Unknown result {result}."),
    }, (result as ScenarioResult.Skipped)?.Reason,
        result is ScenarioResult.Ran { Record.Error: { Class: ErrorClass.ModelConfiguration, Message: string fault } } ? fault : null);

    /// <param name="id">Of what has ended.</param>
    /// <param name="what">What came of it.</param>
    /// <param name="skipReason">Why it was left alone; null if it was not.</param>
    /// <param name="halting">The fault that all would meet; null if it met none.</param>
    private void Print(string id, string what, string? skipReason, string? halting)
    {
        lock (_lock)
        {
            _done++;
            s_printed[id] = true;
            if (_halting is not null)
                what = what.Replace(_halting, "as above", StringComparison.Ordinal);
            _halting ??= halting;
            if (skipReason is null || !IsKnown(_skipped, id, skipReason))
                Write(id, what);
        }
    }

    /// <summary>Prints one that has no result, because the harness failed.</summary>
    /// <returns>False if another one has had the same line.</returns>
    public bool Print(string id, string fault)
    {
        lock (_lock)
        {
            _done++;
            s_printed[id] = true;
            if (IsKnown(_faults, id, fault))
                return false;
            Write(id, $"The harness failed: {fault.Split('\n')[0]}");
            return true;
        }
    }

    /// <summary>One was stopped, or does not start any more: one line for all of them.</summary>
    public void PrintStopped(string id)
    {
        s_printed[id] = true;
        lock (_lock)
        {
            if (_isStopped)
                return;
            _isStopped = true;
            PrintableConsole.Out.WriteLine(one == "case"
                ? "The run was stopped. Cases that had started are recorded as interrupted, and all cases without a verdict are due again."
                : "Judging was stopped. Judgements that had started are recorded as interrupted, and all that have none are due again.");
        }
    }

    /// <summary>Prints how many more were skipped, or met a fault, for each reason that has a line.</summary>
    public void PrintRest()
    {
        lock (_lock)
        {
            foreach ((string first, int more) in _skipped.Values.Where(s => s.More > 0))
                PrintableConsole.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{more} more {one}{(more == 1 ? " was" : "s were")} skipped for the same reason as {first}."));
            foreach ((string first, int more) in _faults.Values.Where(s => s.More > 0))
                PrintableConsole.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{more} more {one}{(more == 1 ? "" : "s")} met the same fault as {first}."));
        }
    }

    private void Write(string id, string what) =>
        PrintableConsole.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{_done}/{total}] {id}  {what}"));

    /// <summary>Whether another case has had the same text, which then counts this one, too.</summary>
    private static bool IsKnown(Dictionary<string, (string First, int More)> printed, string id, string text)
    {
        string kind = OfTheCase().Replace(text, "");
        bool isKnown = printed.TryGetValue(kind, out (string First, int More) known);
        printed[kind] = isKnown ? (known.First, known.More + 1) : (id, 0);
        return isKnown;
    }

    /// <summary>Amounts, processes and files differ from case to case.</summary>
    [GeneratedRegex(@"'[^']*'|\d+(\.\d+)?")]
    private static partial Regex OfTheCase();
}
