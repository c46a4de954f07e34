using System.Globalization;
using Tandem.Analysis.Data;
using Tandem.Analysis.Judgements;
using Tandem.Records.Store;
using Tandem.Records.Text;

namespace Tandem.Analysis.Collecting;

internal static class SummaryText
{
    private const int FaultsShown = 10;

    public static void Write(TextWriter output, Summary summary, bool withDifficulty)
    {
        output.WriteLine($"{summary.Experiment}: {summary.Present} of {summary.Planned} planned cases have a record; {summary.Counting} "
            + $"cases count");
        if (summary.SimulationLabel is { } label)
            output.WriteLine($"  {label}");
        if (summary.Outside > 0)
            output.WriteLine($"  {summary.Outside} cases have a record but are not in the plan");
        output.WriteLine();
        WriteGroups(output, summary);
        output.WriteLine();
        if (withDifficulty)
            WriteDifficulties(output, summary);
        else
            output.WriteLine("  difficulty: left out (--skip-difficulty)");
        WriteCosts(output, summary);
        WriteFaults(output, "faults, each a record or a file that is left out", [.. summary.Faults.Where(f => !f.IsTornEnd)]);
        WriteFaults(output, "warnings", [.. summary.Faults.Where(f => f.IsTornEnd)]);
    }

    private static void WriteGroups(TextWriter output, Summary summary)
    {
        output.WriteLine("  setting             records  infra  interrupted  overridden  eval errors  messages  passed");
        foreach (GroupCounts group in summary.Groups)
        {
            // Pooling the settings would mix what the experiment compares.
            string passed = group.Name == "all" ? "" : $"  {group.Passed} of {group.WithVerdict}{Rate(group)}";
            output.WriteLine(
                $"  {group.Name,-18}{group.Records,9}{group.InfraErrors,7}{group.Interrupted,13}{group.Overridden,12}{group.EvalErrors,13}"
                    + $"{group.WithMessages,10}{passed}");
        }
    }

    private static string Rate(GroupCounts group) => group.WithVerdict == 0
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $" ({100.0 * group.Passed / group.WithVerdict:0.0} %)");

    private static void WriteDifficulties(TextWriter output, Summary summary)
    {
        output.WriteLine("  difficulty  bucket  records  pairs");
        foreach (DifficultyCount count in summary.Difficulties)
        {
            string value = count.Value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "unknown";
            output.WriteLine($"  {value,-10}{count.Bucket?.ToString(CultureInfo.InvariantCulture) ?? "-",8}{count.Records,9}"
                + $"{count.Pairs,7}");
        }
        output.WriteLine($"  {summary.PopulatedBuckets} of {Difficulty.Buckets} buckets are populated");
        // Elsewhere a bucket is one of the lines above.
        foreach (IGrouping<int, DifficultyCount> shared in summary.Difficulties.Where(count => count.Bucket is not null)
            .GroupBy(count => count.Bucket!.Value).Where(bucket => bucket.Count() > 1))
            output.WriteLine($"  bucket {shared.Key}, of {shared.Count()} difficulties: {shared.Sum(count => count.Records)} records, "
                + $"{shared.Sum(count => count.Pairs)} pairs");
    }

    /// <summary>Agents and judges apart: what judges cost is no cost of a run.</summary>
    private static void WriteCosts(TextWriter output, Summary summary)
    {
        if (summary.Judges.Count == 0)
            return;
        output.WriteLine();
        output.WriteLine("  paid                            USD  unpriced");
        WriteCost(output, "agents", summary.Agents.Usd, summary.Agents.Unpriced);
        WriteCost(output, "judges", summary.Judges.Sum(judge => judge.Usd), summary.Judges.Sum(judge => judge.Unpriced));
        foreach (JudgeCost judge in summary.Judges)
            WriteCost(output, "  " + PrintableText.Of(judge.Judge.Said), judge.Usd, judge.Unpriced);
    }

    private static void WriteCost(TextWriter output, string who, decimal usd, int unpriced) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {who,-24}{usd,11:0.0000}{unpriced,10}"));

    private static void WriteFaults(TextWriter output, string title, IReadOnlyList<StoreFault> faults)
    {
        if (faults.Count == 0)
            return;
        output.WriteLine();
        output.WriteLine($"  {title}: {faults.Count}");
        foreach (StoreFault fault in faults.Take(FaultsShown))
            output.WriteLine($"    {fault}");
        if (faults.Count > FaultsShown)
            output.WriteLine($"    and {faults.Count - FaultsShown} more; `validate --verbose` lists all");
    }
}
