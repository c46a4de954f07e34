using System.Globalization;
using System.Text;
using Tandem.Cli.Status;
using Tandem.Harness.Cases;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Cli.Recovery;

/// <summary>What became of one case that was evaluated again.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="Before">The record that counted before; null if none did.</param>
/// <param name="After">The new record; null if there is none.</param>
/// <param name="Reason">Why there is none; null if there is one.</param>
internal sealed record RegradedCase(CaseId CaseId, RunRecord? Before, RunRecord? After, string? Reason)
{
    /// <summary>Whether the new evaluation gave a verdict.</summary>
    public bool IsGraded => After is { IsMissingData: false };

    /// <summary>How verdict, merge and counts of tests changed; empty if they did not.</summary>
    public IReadOnlyList<string> Changes { get; } = After is not { IsMissingData: false } after ? []
        : Before is null ? [$"no verdict -> {after.Outcome.ToWords()}"]
        : OutcomeDifference.Of(Before, after);

    /// <summary>One line.</summary>
    public override string ToString() => $"{CaseId}  " + (After is null ? $"skipped: {Reason}"
        : !IsGraded ? $"not graded: {Verdict.Of(After)}"
        : Changes.Count == 0 ? $"the same: {Verdict.Of(After)}"
        : $"changed: {string.Join("; ", Changes)}");
}

/// <summary>The end of a regrade: what changed, and what that does to each setting's rate.</summary>
/// <param name="Cases">The cases that were to be graded.</param>
/// <param name="Unfinished">Selected cases whose agents have not finished.</param>
/// <param name="Before">All cases of the experiment before, by setting, and in total as the last.</param>
/// <param name="After">The same after.</param>
internal sealed record RegradeTable(IReadOnlyList<RegradedCase> Cases, IReadOnlyList<CaseId> Unfinished,
    IReadOnlyList<StatusCounts> Before, IReadOnlyList<StatusCounts> After)
{
    /// <param name="isListed">Whether cases that stayed the same, and each skipped one, have a line, too.</param>
    public string ToText(bool isListed)
    {
        RegradedCase[] changed = [.. Cases.Where(one => one.Changes.Count > 0)];
        int graded = Cases.Count(one => one.IsGraded);
        var text = new StringBuilder().AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture,
            $"{graded} of {Cases.Count} cases graded again; {changed.Length} changed, {graded - changed.Length} the same, "
            + $"{Cases.Count - graded} without a new verdict");
        foreach (RegradedCase one in isListed ? Cases : changed)
            text.AppendLine($"  {one}");
        if (Unfinished.Count > 0)
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{Unfinished.Count} selected {(Unfinished.Count == 1 ? "case was" : "cases were")} skipped, since the agents have not "
                + $"finished{(isListed ? ":" : $" (first: {Unfinished[0]}); --list names them")}");
        foreach (CaseId caseId in isListed ? Unfinished : [])
            text.AppendLine(CultureInfo.InvariantCulture, $"  {caseId}");
        text.AppendLine(CultureInfo.InvariantCulture, $"{"setting",-14}{"cases",7}{"before",20}{"after",20}");
        foreach ((StatusCounts before, StatusCounts after) in Before.Zip(After))
            text.AppendLine(CultureInfo.InvariantCulture, $"{before.Name,-14}{before.Cases,7}{Rate(before),20}{Rate(after),20}");
        return text.AppendLine("(passed of the cases with a verdict, over all cases of the experiment; the old records stay in the store)")
            .ToString();
    }

    /// <summary>Settings in their order, then all.</summary>
    public static IReadOnlyList<StatusCounts> RatesOf(IReadOnlyList<Records.Store.CaseStanding> cases) =>
        [.. StatusCounts.BySetting(cases), StatusCounts.Of("TOTAL", cases)];

    private static string Rate(StatusCounts counts) => counts.Scored == 0 ? "-" : string.Create(CultureInfo.InvariantCulture,
        $"{counts.Passed}/{counts.Scored} {100.0 * counts.Passed / counts.Scored,5:0.0} %");
}
