using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using Tandem.Harness.Runs;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Experiments.Tests;

/// <summary>A line for each case that came to an end; where many are skipped for one reason, it is told once and the others are counted.</summary>
internal sealed partial class CaseLines(int total)
{
    private static readonly ConcurrentDictionary<string, bool> s_told = new();

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (CaseId First, int More)> _skipped = [];
    private string? _halting;
    private int _done;

    /// <summary>Whether the case had its line, or is counted under another's.</summary>
    public static bool WasTold(string caseId) => s_told.ContainsKey(caseId);

    /// <summary>Tells of a case.</summary>
    public void Tell(CaseId caseId, CaseResult result)
    {
        string what = result switch
        {
            CaseResult.Ran ran => string.Create(CultureInfo.InvariantCulture, $"{Verdict.Of(ran.Record)} in {ran.Record.DurationSeconds:0.0} s"),
            CaseResult.Stored stored => $"stored: {Verdict.Of(stored.Record)}",
            CaseResult.Skipped skipped => $"skipped: {skipped.Reason}",
            _ => throw new InvalidOperationException($"Unknown result {result}."),
        };
        lock (_lock)
        {
            _done++;
            s_told[caseId.ToString()] = true;
            if (_halting is not null)
                what = what.Replace(_halting, "as above", StringComparison.Ordinal);
            if (result is CaseResult.Ran { Record.Error: { Class: ErrorClass.ModelConfiguration, Message: var fault } })
                _halting = fault;
            if (result is CaseResult.Skipped { Reason: var reason })
            {
                // Amounts and processes differ from case to case.
                string kind = Number().Replace(reason, "0");
                if (_skipped.TryGetValue(kind, out (CaseId First, int More) known))
                {
                    _skipped[kind] = (known.First, known.More + 1);
                    return;
                }
                _skipped[kind] = (caseId, 0);
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{_done}/{total}] {caseId}  {what}"));
        }
    }

    /// <summary>Tells how many more were skipped for the reasons that were told.</summary>
    public void TellRest()
    {
        lock (_lock)
        {
            foreach ((CaseId first, int more) in _skipped.Values.Where(s => s.More > 0))
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{more} more {(more == 1 ? "case was" : "cases were")} skipped for the same reason as {first}."));
        }
    }

    [GeneratedRegex(@"\d+(\.\d+)?")]
    private static partial Regex Number();
}
