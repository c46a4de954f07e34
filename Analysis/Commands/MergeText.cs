using System.Globalization;
using Tandem.Analysis.Formats;
using Tandem.Analysis.Merging;
using Tandem.Analysis.Statistics;
using Tandem.Analysis.Validating;
using Tandem.Records.Store;
using Tandem.Records.Text;

namespace Tandem.Analysis.Commands;

/// <summary>What a merge prints.</summary>
internal static class MergeText
{
    private const int FaultsShown = 20;

    public static void Write(TextWriter output, StoreFolders folders, MergeResult result, IReadOnlyList<ValidationReport> reports,
        bool isDry, bool isPartial)
    {
        string into = folders.Target.Name;
        output.WriteLine($"{CountText.Of(folders.Sources.Count, "store")} {(isDry ? "can be merged" : "merged")} into {into}"
            + (isDry ? "; nothing was changed (--dry-run)" : ""));
        output.WriteLine();
        var table = new TextTable("store", "experiment", "files", "attempts new", "attempts known", "size");
        foreach (MergeRow row in result.Rows)
            table.Add(row.Store, row.Experiment, Number(row.Files), Number(row.AttemptsNew), Number(row.AttemptsKnown), Size(row.Bytes));
        if (result.Rows.Count > 1)
            table.Add("total", "", Number(result.Rows.Sum(row => row.Files)), Number(result.Rows.Sum(row => row.AttemptsNew)),
                Number(result.Rows.Sum(row => row.AttemptsKnown)), Size(result.Rows.Sum(row => row.Bytes)));
        table.Write(output, isMarkdown: false);
        foreach (string note in result.Notes)
            output.WriteLine($"note: {note}");
        foreach (ValidationReport report in reports)
        {
            output.WriteLine();
            ReportText.Write(output, report, isVerbose: false);
        }
        output.WriteLine();
        WriteNext(output, folders, result, reports, isDry, isPartial);
    }

    /// <summary>All faults, as far as a reader will read them, each with what to do.</summary>
    public static void WriteFaults(TextWriter error, IReadOnlyList<MergeFault> faults)
    {
        error.WriteLine($"error: The stores cannot be merged, and nothing was changed: {CountText.Of(faults.Count, "fault")}.");
        foreach (MergeFault fault in faults.Take(FaultsShown))
        {
            error.WriteLine($"{fault.Where}: {fault.What}");
            error.WriteLine($"  next: {fault.Next}");
        }
        if (faults.Count > FaultsShown)
            error.WriteLine($"and {faults.Count - FaultsShown} more faults");
    }

    private static void WriteNext(TextWriter output, StoreFolders folders, MergeResult result, IReadOnlyList<ValidationReport> reports,
        bool isDry, bool isPartial)
    {
        string into = ShellWord.Quote(folders.Target.Name);
        if (isDry)
        {
            output.WriteLine("next: the same command without --dry-run");
            return;
        }
        if (reports.Any(report => !report.Passed) && !isPartial)
            output.WriteLine("If shards or workers still run, or stores are missing, give --partial: missing cases are then a warning.");
        foreach ((StoreLayout layout, ValidationReport report) in result.Experiments.Zip(reports))
        {
            string old = File.Exists(layout.ResultsFile) ? " (results.json and the report are older than what was merged)" : "";
            output.WriteLine(report.Passed
                ? $"next: ./run.sh collect {layout.Experiment} --store {into}, then ./run.sh report {layout.Experiment} --store {into}{old}"
                : $"next: correct what the rules name above; './run.sh validate {layout.Experiment} --store {into}' holds them again. "
                    + "Nothing is reported until they hold.");
        }
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Size(long bytes) => bytes switch
    {
        < 1000 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB"),
    };
}

/// <summary>What a merge prints for programs.</summary>
/// <param name="Into">The store that was merged into, as the user named it.</param>
/// <param name="DryRun">Whether nothing was changed.</param>
/// <param name="Stores">A row for each store and experiment.</param>
/// <param name="Notes">What should be known.</param>
/// <param name="Validation">What the rules say of each experiment; empty for a dry run.</param>
internal sealed record MergeJson(string Into, bool DryRun, IReadOnlyList<MergeRow> Stores, IReadOnlyList<string> Notes,
    IReadOnlyList<MergeJson.Experiment> Validation)
{
    /// <param name="Name">The experiment.</param>
    /// <param name="Passed">Whether all rules hold.</param>
    /// <param name="Failed">The rules that do not, by their ids.</param>
    internal sealed record Experiment(string Name, bool Passed, IReadOnlyList<string> Failed);

    public static MergeJson Of(StoreFolders folders, MergeResult result, IReadOnlyList<ValidationReport> reports, bool isDry) =>
        new(folders.Target.Name, isDry, result.Rows, result.Notes, [.. reports.Select(report => new Experiment(report.Experiment,
            report.Passed, [.. report.Rules.Where(rule => !rule.Outcome.Passed).Select(rule => rule.Rule.Id)]))]);
}
