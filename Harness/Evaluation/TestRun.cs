using System.Diagnostics;
using System.Globalization;
using System.Text;
using Tandem.Harness.Evaluation.TestOutputs;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Evaluation;

/// <summary>One run of a task's runner, for one feature and one difference.</summary>
/// <param name="FeatureId">The feature whose tests it ran.</param>
/// <param name="Exec">How it ended.</param>
/// <param name="Counts">The tests that its output reports; null if it reports none.</param>
internal sealed record TestRun(int FeatureId, ExecResult Exec, TestCounts? Counts)
{
    private const int KeepOutputBytes = 2 << 20;
    private const string UsedRoomKibibytes = "65536";
    private static readonly TimeSpan ResetLimit = TimeSpan.FromMinutes(2);

    /// <summary>Exit code 0 and at least one test passed.</summary>
    public bool Passed => Exec.Succeeded && Counts is { Passed: > 0 };

    /// <summary>Whether no test passed, so that it is not known whether any can.</summary>
    public bool NothingPassed => Counts is not { Passed: > 0 };

    /// <summary>Whether it gives a reason by itself to say that the feature has failed: a test, or how it ended.</summary>
    public bool ClaimsFailure => Counts is { Failed: > 0 } || Exec.Outcome != ExecOutcome.Exited;

    /// <summary>How it ended and what it counted, in words.</summary>
    public string End => string.Create(CultureInfo.InvariantCulture, $"{Exec.Outcome}"
        + $"{(Exec.ExitCode is int code ? $", exit code {code}" : "")}, "
        + $"{(Counts is null ? "no test reported" : $"{Counts.Passed} passed, {Counts.Failed} failed, {Counts.Skipped ?? 0} skipped")}");

    /// <summary>What it printed, the middle named if it was cut.</summary>
    public ReadOnlyMemory<byte> Output => Exec.Stdout.OmittedBytes == 0
        ? (byte[])[.. Exec.Stdout.Head.Span, .. Exec.Stdout.Tail.Span]
        : (byte[])[.. Exec.Stdout.Head.Span, .. Encoding.UTF8.GetBytes($"\n[... {Exec.Stdout.OmittedBytes} bytes left out ...]\n"),
        .. Exec.Stdout.Tail.Span];

    /// <summary>Why the feature counts as failed, where it is the runner's end that says so and no test.</summary>
    public TestFailureReason? Reason => Exec.Outcome switch
    {
        ExecOutcome.TimedOut => TestFailureReason.TimedOut,
        ExecOutcome.OutOfMemory => TestFailureReason.OutOfMemory,
        ExecOutcome.TooMuchOutput => TestFailureReason.TooMuchOutput,
        ExecOutcome.SandboxBroken => TestFailureReason.TestsDidNotRun,
        ExecOutcome.Exited => Counts is null or { IsNothing: true } ? TestFailureReason.TestsDidNotRun : null,
        ExecOutcome.NotStarted or ExecOutcome.SandboxLost => null,
        _ => throw new UnreachableException(),
    };

    /// <summary>The run as records hold it.</summary>
    public FeatureTestReport ToReport() =>
        new(FeatureId, Passed, Counts?.Passed, Counts?.Failed, Counts?.Skipped, Exec.Outcome == ExecOutcome.Exited ? Exec.ExitCode
            : null, Reason, Exec.Duration.TotalSeconds);

    /// <summary>The files that a run needs: the task set's own runner and the feature's tests.</summary>
    public static IReadOnlyList<SandboxFile> FilesOf(ISandbox sandbox, TaskFiles files, int featureId) =>
        [new(RunnerPath(sandbox), files.Runner, Executable: true),
            new($"{sandbox.Paths.Patches}/{TestsName(featureId)}", files.Tests[featureId])];

    /// <summary>Where the runner finds the difference.</summary>
    public static string DiffPath(ISandbox sandbox) => $"{sandbox.Paths.Patches}/{DiffName}";

    /// <summary>Puts the work tree to the base commit, and files into place; whatever was there is not trusted.</summary>
    /// <param name="sandbox">The sandbox.</param>
    /// <param name="isUsed">Whether a runner was here before.</param>
    /// <param name="baseCommit">The commit.</param>
    /// <param name="files">What is not in place yet.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="EvaluationFault">The repository could not be reset, or a runner that was here before left hardly any room on the
    /// disk.</exception>
    /// <exception cref="SandboxException">The sandbox failed.</exception>
    public static async Task PrepareAsync(ISandbox sandbox, bool isUsed, string baseCommit, IReadOnlyList<SandboxFile> files,
        CancellationToken cancellationToken)
    {
        // Files go elsewhere than the work tree, so both may go on at once. In a fresh sandbox one session does both, sooner than a second
        // one is there.
        Task put = sandbox.PutFilesAsync(files, cancellationToken);
        if (!isUsed)
            await put;
        Task<ExecResult> reset = sandbox.ExecAsync(
            new ExecRequest
            {
                Command = ["/bin/sh", "-c", EvaluationScripts.Reset, "reset", baseCommit, isUsed ? UsedRoomKibibytes : "0"],
                Environment = EvaluationGit.Environment(sandbox.Paths),
                TimeLimit = ResetLimit,
            },
            cancellationToken);
        await Task.WhenAll(put, reset);
        ExecResult result = await reset;
        if (!result.Succeeded)
            throw EvaluationFault.Of("reset", result);
    }

    /// <summary>Runs the runner as upstream calls it: the tests' patch, and the difference unless it is empty.</summary>
    public static async Task<TestRun> RunAsync(ISandbox sandbox, EvaluationRequest request, int featureId, bool hasDiff,
        CancellationToken cancellationToken)
    {
        var count = new TestOutput();
        ExecResult result = await sandbox.ExecAsync(
            new ExecRequest
            {
                // As it comes: of a long output the middle is not kept.
                OnOutput = (_, piece) => count.Read(piece.Span),
                // One stream, so that the order of what was printed is kept.
                Command = ["/bin/sh", "-c", "exec bash \"$0\" \"$@\" 2>&1", RunnerPath(sandbox), TestsName(featureId), .. hasDiff
                    ? (string[])[DiffName] : []],
                Environment = EvaluationGit.ForRunner(sandbox.Paths),
                TimeLimit = request.RunnerTimeLimit,
                KeepBytes = KeepOutputBytes,
                MaxOutputBytes = request.RunnerMaxOutputBytes,
                OwnProcess = true,
            },
            cancellationToken);
        // What was printed before the sandbox was broken counts for nothing.
        return new TestRun(featureId, result, result.Outcome == ExecOutcome.SandboxBroken ? null : count.Finish());
    }

    private const string DiffName = "merged.patch";

    private static string TestsName(int featureId) => string.Create(CultureInfo.InvariantCulture, $"tests{featureId}.patch");

    private static string RunnerPath(ISandbox sandbox) => sandbox.Paths.Scratch + "/runner.sh";
}
