using System.Globalization;
using Tandem.Cli.Testing;
using Tandem.Harness.Admission;
using Tandem.Harness.Cases;
using Tandem.Harness.Experiments;
using Tandem.Harness.Processes;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Cli.Running;

/// <summary>Starts the test executable that runs the cases, and prints its output.</summary>
internal static class TestHost
{
    /// <summary>After a stop, for the records of interrupted cases and the removal of their sandboxes.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromMinutes(2);

    private const string TaskWithoutImage = RunEnvironment.NoImageMark;

    /// <summary>Its exit code if it came to its end with cases that are red.</summary>
    private const int RedCasesCode = 1;

    /// <param name="layout">The experiment in its store.</param>
    /// <param name="tests">Which of the test classes runs.</param>
    /// <param name="progress">Gets its lines.</param>
    /// <param name="variables">The environment of the test executable.</param>
    /// <param name="project">The project.</param>
    /// <param name="cancellationToken">Asks it to stop.</param>
    /// <returns>How it ended; after a gentle interruption, too.</returns>
    /// <exception cref="OperationCanceledException">It was asked to stop twice, and killed.</exception>
    public static async Task<HostEnd> RunAsync(StoreLayout layout, string tests, RunProgress progress,
        Dictionary<string, string> variables, Project project, CancellationToken cancellationToken)
    {
        string program = Siblings.Find("Experiments.Tests");
        foreach (string written in HostTrace.EndKilled(layout, variables, project))
            progress.WriteLine(written);
        var trace = new HostTrace(variables.GetValueOrDefault(HostTrace.RunIdVariable) is { Length: > 0 } given
            ? given : Guid.NewGuid().ToString("n")[..12], tests, ProcessIdentity.Current);
        string trx = trace.Begin(layout, tests == TestClasses.Judgements ? "judge-" : "");
        using var presses = new StopPresses(progress.WriteLine);
        bool isBoundReached = false;
        var withoutImage = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var lines = new HostLines(line =>
        {
            isBoundReached |= line.Contains(RunBounds.Mark, StringComparison.Ordinal);
            string said = line.Trim();
            if (said.StartsWith(TaskWithoutImage, StringComparison.Ordinal)
                && said.IndexOf(": ", StringComparison.Ordinal) is var end and > 0)
                withoutImage.TryAdd(said[..end], said);
            progress.WriteLine(line);
        });
        ChildResult? result;
        try
        {
            result = await ChildProcess.RunAsync(
                new ChildCommand(
                    Siblings.DotNet,
                    program, "-noLogo", "-noColor", "-noAutoReporters", "-reporter", "cases", "-class", tests,
                    "-result-trx", trx)
                {
                    WorkingDirectory = project.Folder,
                    Environment = new Dictionary<string, string>(variables)
                    {
                        [ExperimentView.StarterVariable] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture),
                        [HostTrace.RunIdVariable] = trace.RunId,
                    },
                    TimeLimit = Timeout.InfiniteTimeSpan,
                    Grace = s_grace,
                    Hurry = presses.Hurry,
                    OnOutput = lines.Write,
                },
                cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && !presses.Hurry.IsCancellationRequested)
        {
            result = null;
        }
        lines.Flush();
        if (result is not null && result.ExitCode is not (0 or RedCasesCode))
            progress.WriteLine($"The test host ended early ({result.Detail ?? $"exit code {result.ExitCode}"}). What it had "
                + "started is due again: start the same command once more.");
        if (TryEnd(trace, layout, trx, variables, project, progress))
            progress.WriteLine($"Test results: {trx}");
        return new HostEnd(result?.ExitCode == 0, isBoundReached) { WithoutImage = [.. withoutImage.Values] };
    }

    /// <summary>The records are on disk: what cannot be written beside them must not keep the run from its end.</summary>
    private static bool TryEnd(HostTrace trace, StoreLayout layout, string trx, Dictionary<string, string> variables, Project project,
        RunProgress progress)
    {
        try
        {
            return trace.End(layout, trx, variables, project);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or UsageException)
        {
            progress.WriteLine($"The test results are not written: {exception.Message} The next run writes them, or "
                + $"'{Project.CommandFor($"trx {layout.Experiment}", layout.StoreFolder)}' does.");
            return false;
        }
    }
}

/// <summary>How the test host ended.</summary>
/// <param name="IsFinished">Whether it came to its end with no case red.</param>
/// <param name="IsBoundReached">Whether cases were left alone for a bound of the run.</param>
internal sealed record HostEnd(bool IsFinished, bool IsBoundReached)
{
    /// <summary>A line for each task whose cases were skipped for want of its image.</summary>
    public IReadOnlyList<string> WithoutImage { get; init; } = [];
}
