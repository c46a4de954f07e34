using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Evaluation;

/// <summary>
/// The tests of an evaluation, feature after feature in one sandbox that is put back in between; where a runner has spoiled it beyond that,
/// in a fresh one. The first sandbox is the one of the merge, with the first feature's files in place.
/// </summary>
internal sealed class FeatureTests(EvaluationRequest request, TaskFiles files, string baseCommit, SuccessiveSandbox sandbox)
{
    private bool _isOfMerge = true;
    private bool _isUsed;

    /// <summary>Runs a feature's tests on a difference to the base commit.</summary>
    /// <exception cref="EvaluationFault">The runner could not be started, or its sandbox was lost.</exception>
    /// <exception cref="SandboxException">The sandbox failed.</exception>
    public async Task<TestRun> RunAsync(int featureId, ReadOnlyMemory<byte> diff, CancellationToken cancellationToken)
    {
        if (_isUsed && !await TryPutBackAsync(featureId, diff, cancellationToken))
            await RenewAsync(cancellationToken);
        if (!_isUsed)
            await PrepareAsync(featureId, diff, cancellationToken);
        (_isUsed, _isOfMerge) = (true, false);

        TestRun run = await TestRun.RunAsync(sandbox.Current, request, featureId, hasDiff: !diff.IsEmpty, cancellationToken);
        return run.Exec.Outcome switch
        {
            ExecOutcome.SandboxLost =>
                throw new EvaluationFault(ErrorClass.SandboxLost,
                $"The sandbox was lost while the tests of feature {featureId} ran: {run.Exec.Detail}."),
            ExecOutcome.NotStarted =>
                throw new EvaluationFault(ErrorClass.Image,
                $"The runner of {TaskFiles.NameOf(request.Task)} could not be started: {run.Exec.Detail}."),
            _ => run,
        };
    }

    /// <summary>
    /// Checks whether a runner that reported no test can report any: it runs again in a fresh sandbox, on the feature's gold patch. It is
    /// asked each time anew, for what was true an hour ago (a network, a package index) may not be now.
    /// </summary>
    /// <exception cref="EvaluationFault">It reports none there either, or there is no gold patch: nothing is known about the agents'
    /// work.</exception>
    /// <exception cref="SandboxException">The sandbox failed.</exception>
    public async Task CheckOnGoldAsync(TestRun silent, CancellationToken cancellationToken)
    {
        string what = $"The runner of {TaskFiles.NameOf(request.Task)} reported no test of feature {silent.FeatureId} (exit code "
            + $"{silent.Exec.ExitCode})";
        string evidence = $"It printed: {EvaluationFault.LastLines(silent.Exec.Stdout.Text)}";
        ReadOnlyMemory<byte> gold;
        try
        {
            gold = await TaskFiles.ReadGoldAsync(request.Task, silent.FeatureId, cancellationToken);
        }
        catch (EvaluationFault fault)
        {
            throw new EvaluationFault(fault.Class, $"{what}, and whether it runs on the gold patch is unknown: {fault.Message} {evidence}");
        }
        await RenewAsync(cancellationToken);
        TestRun onGold = await RunAsync(silent.FeatureId, gold, cancellationToken);
        if (onGold.Counts is not { Passed: > 0 })
        {
            throw new EvaluationFault(
                ErrorClass.TestsUnrunnable,
                $"{what}, nor does it on the gold patch ({onGold.Exec.Outcome}"
                + $"{(onGold.Exec.ExitCode is int code ? $", exit code {code}" : "")}). {evidence}\n"
                + $"On the gold patch it printed: {EvaluationFault.LastLines(onGold.Exec.Stdout.Text)}");
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        await sandbox.RenewAsync(cancellationToken);
        (_isUsed, _isOfMerge) = (false, false);
    }

    private async Task<bool> TryPutBackAsync(int featureId, ReadOnlyMemory<byte> diff, CancellationToken cancellationToken)
    {
        try
        {
            await sandbox.Current.ResetProcessesAsync(cancellationToken);
            await PrepareAsync(featureId, diff, cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is EvaluationFault or SandboxException)
        {
            return false;
        }
    }

    private Task PrepareAsync(int featureId, ReadOnlyMemory<byte> diff, CancellationToken cancellationToken)
    {
        ISandbox current = sandbox.Current;
        List<SandboxFile> inside = _isOfMerge ? [] : [.. TestRun.FilesOf(current, files, featureId)];
        if (!_isOfMerge && !diff.IsEmpty)
            inside.Add(new SandboxFile(TestRun.DiffPath(current), diff));
        return TestRun.PrepareAsync(current, _isUsed, baseCommit, inside, cancellationToken);
    }
}
