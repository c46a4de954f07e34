using System.Text.RegularExpressions;
using Tandem.Records.Json;
using Tandem.Records.Text;

namespace Tandem.Analysis.Importing;

internal static partial class ImportText
{
    private const int WarningsShown = 20;

    public static void WriteRuns(TextWriter output, IReadOnlyList<ImportedRun> runs)
    {
        output.WriteLine("  setting       seed  records  infra  eval errors  messages  skipped  run");
        foreach (ImportedRun run in runs)
        {
            output.WriteLine(
                $"  {EnumNames.NameOf(run.Run.Cell.Setting),-12}{run.Run.Cell.Seed,6}{run.Records,9}{run.InfraErrors,7}{run.EvalErrors,13}"
                    + $"{run.WithMessages,10}{run.Skipped,9}  {PrintableText.Of(run.Run.Name)}");
        }
        output.WriteLine($"  {"all",-12}{"",6}{runs.Sum(run => run.Records),9}{runs.Sum(run => run.InfraErrors),7}"
            + $"{runs.Sum(run => run.EvalErrors),13}{runs.Sum(run => run.WithMessages),10}{runs.Sum(run => run.Skipped),9}");
    }

    public static void WriteWarnings(TextWriter output, IReadOnlyList<ImportWarning> warnings, bool isVerbose, string keptIn)
    {
        if (warnings.Count == 0)
            return;
        output.WriteLine($"  warnings: {warnings.Count}");
        int shown = isVerbose ? warnings.Count : WarningsShown;
        foreach (ImportWarning warning in isVerbose ? warnings : FirstOf(warnings).Take(shown))
            output.WriteLine($"    {warning}");
        if (warnings.Count > shown)
            output.WriteLine($"    and {warnings.Count - shown} more{keptIn}");
    }

    /// <summary>The warnings, those first that nobody should miss: about whole runs, then one of each kind, so that a thousand of one kind
    /// hide none of another.</summary>
    private static IEnumerable<ImportWarning> FirstOf(IReadOnlyList<ImportWarning> warnings)
    {
        var kinds = new HashSet<string>(StringComparer.Ordinal);
        return warnings.Select(warning => (Warning: warning,
                Rank: !warning.File.Contains('/', StringComparison.Ordinal) ? 0 : kinds.Add(KindOf(warning.What)) ? 1 : 2))
            .OrderBy(one => one.Rank).Select(one => one.Warning);
    }

    /// <summary>A warning's text without what differs from case to case: quoted values and numbers.</summary>
    private static string KindOf(string what) => Differing().Replace(what, "");

    [GeneratedRegex("'[^']*'|[0-9]+")]
    private static partial Regex Differing();
}
