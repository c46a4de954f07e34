using Tandem.Records.Json;
using Tandem.Records.Text;

namespace Tandem.Analysis.Importing;

internal static class ImportText
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
        foreach (ImportWarning warning in warnings.Take(shown))
            output.WriteLine($"    {warning}");
        if (warnings.Count > shown)
            output.WriteLine($"    and {warnings.Count - shown} more{keptIn}");
    }
}
