using System.Globalization;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Evaluation;

/// <summary>
/// The tests of an evaluation, feature after feature in one sandbox that is put back in between; where a runner has spoiled it beyond that,
/// or each feature is to have a sandbox of its own, in a fresh one. The first sandbox is the one of the merge, with the first feature's
/// files in place.
/// </summary>
internal sealed class FeatureTests(EvaluationRequest request, TaskFiles files, string baseCommit, SuccessiveSandbox sandbox,
    GoldAnswers golds)
{
    private bool _isOfMerge = true;
    private bool _isUsed;

    /// <summary>Runs a feature's tests on a difference to the base commit.</summary>
    /// <exception cref="EvaluationFault">The runner could not be started, or its sandbox was lost.</exception>
    /// <exception cref="SandboxException">The sandbox failed.</exception>
    public async Task<TestRun> RunAsync(int featureId, ReadOnlyMemory<byte> diff, CancellationToken cancellationToken)
    {
        bool wasUsed = _isUsed;
        bool isReady = _isUsed ? !request.SandboxPerFeature && await TryPutBackAsync(featureId, diff, cancellationToken)
            : _isOfMerge && await TryPrepareAsync(featureId, diff, cancellationToken);
        if (!isReady)
            await PrepareAnewAsync(featureId, diff, cancellationToken);
        TestRun run = await RunPreparedAsync(featureId, diff, cancellationToken);
        if (wasUsed && isReady && run.Exec.Outcome == ExecOutcome.NotStarted)
        {
            // What the tests before left there may be to blame.
            await PrepareAnewAsync(featureId, diff, cancellationToken);
            run = await RunPreparedAsync(featureId, diff, cancellationToken);
        }
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
    /// Checks whether the tests of a feature of which nothing passed can pass at all: they run in a fresh sandbox, on the feature's gold
    /// patch, unless it is known from before.
    /// </summary>
    /// <exception cref="EvaluationFault">They do not pass there either, or nothing failed and there is no gold patch: nothing is known
    /// about the agents' work.</exception>
    /// <exception cref="SandboxException">The sandbox failed.</exception>
    public async Task CheckOnGoldAsync(TestRun fruitless, CancellationToken cancellationToken)
    {
        string what = $"No test of feature {fruitless.FeatureId} of {TaskFiles.NameOf(request.Task)} passed ({fruitless.End})";
        string evidence = $"It printed: {EvaluationFault.LastLines(fruitless.Exec.Stdout.Text)}";
        ReadOnlyMemory<byte> gold;
        try
        {
            gold = await TaskFiles.ReadGoldAsync(request.Task, fruitless.FeatureId, cancellationToken);
        }
        catch (EvaluationFault) when (fruitless.ClaimsFailure)
        {
            // Nobody can be asked.
            return;
        }
        catch (EvaluationFault fault)
        {
            throw new EvaluationFault(fault.Class,
                $"{what}, and whether any does with the gold patch is unknown: {fault.Message} {evidence}")
            { IsSettled = true };
        }
        GoldAnswer answer = await AskGoldAsync(fruitless.FeatureId, gold, request.AsksGoldAnew ? GoldNeed.Anew : GoldNeed.Verdict,
            cancellationToken);
        if (!answer.Passes)
        {
            throw new EvaluationFault(
                ErrorClass.TestsUnrunnable,
                string.Create(CultureInfo.InvariantCulture, $"{what}, and with its gold patch the tests do not pass either (run "
                    + $"{answer.Asked} times, last at {answer.AskedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC): the task or its image is at "
                    + $"fault. See what is wrong: ./run.sh tasks verify. Then evaluate again: ./run.sh regrade EXPERIMENT.\n{evidence}\n")
                + $"With the gold patch: {answer.Evidence}")
            { IsSettled = answer.Asked >= GoldAnswers.AsksBeforeFinal };
        }
    }

    /// <summary>How many tests of a feature pass with its gold patch, in a fresh sandbox unless it is known from before. Null where nobody
    /// can say: without a gold patch, where it does not pass, and where the sandbox failed. A verdict does not hang on it.</summary>
    public async Task<int?> CountOnGoldAsync(int featureId, CancellationToken cancellationToken)
    {
        try
        {
            ReadOnlyMemory<byte> gold = await TaskFiles.ReadGoldAsync(request.Task, featureId, cancellationToken);
            GoldAnswer answer = await AskGoldAsync(featureId, gold, GoldNeed.Count, cancellationToken);
            return answer.Passes ? answer.TestsPassed : null;
        }
        catch (Exception exception) when (exception is EvaluationFault or SandboxException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    private Task<GoldAnswer> AskGoldAsync(int featureId, ReadOnlyMemory<byte> gold, GoldNeed need, CancellationToken cancellationToken) =>
        golds.GetAsync(
            GoldAnswers.KeyOf(request, featureId, files, gold),
            need,
            async () =>
            {
                await RenewAsync(cancellationToken);
                TestRun onGold = await RunAsync(featureId, gold, cancellationToken);
                return new GoldRun(onGold.Passed, onGold.Counts?.Passed,
                    $"{onGold.End}; it printed: {EvaluationFault.LastLines(onGold.Exec.Stdout.Text)}");
            },
            cancellationToken);

    private async Task<TestRun> RunPreparedAsync(int featureId, ReadOnlyMemory<byte> diff, CancellationToken cancellationToken)
    {
        (_isUsed, _isOfMerge) = (true, false);
        return await TestRun.RunAsync(sandbox.Current, request, featureId, hasDiff: !diff.IsEmpty, cancellationToken);
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        await sandbox.RenewAsync(cancellationToken);
        (_isUsed, _isOfMerge) = (false, false);
    }

    private async Task PrepareAnewAsync(int featureId, ReadOnlyMemory<byte> diff, CancellationToken cancellationToken)
    {
        if (_isUsed || _isOfMerge)
            await RenewAsync(cancellationToken);
        await PrepareAsync(featureId, diff, cancellationToken);
    }

    private async Task<bool> TryPutBackAsync(int featureId, ReadOnlyMemory<byte> diff, CancellationToken cancellationToken)
    {
        try
        {
            await sandbox.Current.ResetProcessesAsync(cancellationToken);
        }
        catch (SandboxException)
        {
            return false;
        }
        return await TryPrepareAsync(featureId, diff, cancellationToken);
    }

    /// <summary>What patches or tests left in a sandbox may keep it from being prepared: then a fresh one is.</summary>
    private async Task<bool> TryPrepareAsync(int featureId, ReadOnlyMemory<byte> diff, CancellationToken cancellationToken)
    {
        try
        {
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
