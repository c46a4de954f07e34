using FluentAssertions;
using Tandem.Analysis.Commands;
using Tandem.Analysis.Importing;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Tests.Importing;

/// <summary>What <c>import</c> made of a tree, through the command line and the store's own reader.</summary>
internal sealed record ImportRun(int ExitCode, string Output, string Error, StoreLayout Layout)
{
    /// <summary>Imports a tree into a store of its own beside it.</summary>
    public static ImportRun Of(UpstreamTree tree, string experiment = "gpt-5", params string[] more)
    {
        string store = System.IO.Path.Combine(tree.Root, "store");
        (int exitCode, string output, string error) = Run(tree.Root, ["import", "--cooperbench-dir", "logs", "--store", store, .. more]);
        return new ImportRun(exitCode, output, error, new StoreLayout(store, experiment));
    }

    public static (int ExitCode, string Output, string Error) Run(string workingDirectory, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = AnalysisProgram.Run(arguments, new CommandHost(output, error, workingDirectory, _ => null));
        return (exitCode, output.ToString(), error.ToString());
    }

    public IReadOnlyList<string> Warnings => File.ReadAllLines(System.IO.Path.Combine(Layout.ExperimentFolder, StoreImporter.WarningsFile));

    public IReadOnlyList<RunRecord> Records()
    {
        var reader = new StoreReader(Layout);
        RunRecord[] records = [.. reader.ReadRuns().Select(run => run.Record)];
        reader.Faults.Should().BeEmpty();
        return records;
    }

    /// <summary>The only record.</summary>
    public RunRecord Record => Records().Should().ContainSingle(Error).Subject;

    public string Artifact(CaseId caseId, string name) => File.ReadAllText(System.IO.Path.Combine(Layout.AttemptFolder(caseId, 1), name));

    /// <summary>What was imported from a tree passes the rules, the deep ones too.</summary>
    public static void Validates(UpstreamTree tree)
    {
        (_, string output, string error) = Run(tree.Root, "validate", "--deep", "--store", "store");
        error.Should().BeEmpty();
        // A pair whose only solo run has no verdict has no difficulty either.
        output.Split('\n').Where(line => line.StartsWith("FAIL", StringComparison.Ordinal)
            && !line.Contains("FIG4-01", StringComparison.Ordinal)).Should().BeEmpty();
    }
}
