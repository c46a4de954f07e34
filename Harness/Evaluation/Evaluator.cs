using System.Diagnostics;
using Tandem.Harness.Evaluation.Suspicion;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Telemetry;
using Tandem.Records.Runs;

namespace Tandem.Harness.Evaluation;

/// <summary>Grades what agents left: applies their patches in a fresh sandbox, merges them, and runs each feature's tests on the result.
/// Safe for concurrent use.</summary>
/// <param name="provider">Makes the sandboxes.</param>
/// <param name="clock">For times and durations.</param>
/// <param name="golds">Keeps what was found of gold patches; null asks each time anew.</param>
public sealed class Evaluator(ISandboxProvider provider, TimeProvider clock, GoldAnswers? golds = null)
{
    /// <summary>Evaluates one case. A fault of the infrastructure is a result too: one with <see cref="EvaluationResult.Error"/> and
    /// without a verdict. No sandbox is left in any case.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ArgumentException">The patches are neither one nor one per feature.</exception>
    public async Task<EvaluationResult> EvaluateAsync(EvaluationRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Patches.Count != 1 && request.Patches.Count != request.CaseId.Features.Count)
            throw new ArgumentException(
                $"{request.CaseId} has {request.CaseId.Features.Count} features but {request.Patches.Count} patches.", nameof(request));

        var draft = new EvaluationDraft(request);
        var sandbox = new SuccessiveSandbox(provider, request.Sandbox);
        await using (sandbox)
        {
            try
            {
                TaskFiles files = await TaskFiles.ReadAsync(request.Task, request.CaseId.Features, cancellationToken);
                draft.GradeBy(DroppedPaths.Of(files.Tests.Values, files.Golds));
                IReadOnlyList<SandboxFile> OfFirstTests(ISandbox fresh) => TestRun.FilesOf(fresh, files, request.CaseId.Features[0]);
                PatchMerge merge = await MergeAsync(draft, sandbox, OfFirstTests, cancellationToken);
                if (merge.Diff is ReadOnlyMemory<byte> diff)
                    await TestAsync(request, files, merge.BaseCommit, diff, draft, sandbox, cancellationToken);
            }
            catch (Exception exception) when (ErrorOf(exception, draft.Phase, cancellationToken) is RunError error)
            {
                (draft.Error, draft.IsSettled) = (error, exception is EvaluationFault { IsSettled: true });
            }
            await sandbox.CloseAsync(cancellationToken);
        }
        return draft.Finish(sandbox.Used, clock.GetUtcNow());
    }

    private async Task<PatchMerge> MergeAsync(
        EvaluationDraft draft, SuccessiveSandbox sandbox, Func<ISandbox, IReadOnlyList<SandboxFile>> beside,
            CancellationToken cancellationToken)
    {
        using Activity? span = Instrumentation.Phase(CasePhase.Merge);
        long began = clock.GetTimestamp();
        try
        {
            draft.Merge = await new BoundedMerge(sandbox, beside).MakeAsync(draft.Graded, draft.Tests, cancellationToken);
            Instrumentation.Merged(span, draft.Merge.Outcome, draft.Merge.Strategy);
            return draft.Merge;
        }
        catch (Exception exception) when (ErrorOf(exception, draft.Phase, cancellationToken) is RunError error)
        {
            Instrumentation.Broken(span, error.Class);
            throw;
        }
        finally
        {
            draft.MergeSeconds = clock.GetElapsedTime(began).TotalSeconds;
        }
    }

    private async Task TestAsync(
        EvaluationRequest request, TaskFiles files, string baseCommit, ReadOnlyMemory<byte> diff, EvaluationDraft draft,
            SuccessiveSandbox sandbox, CancellationToken cancellationToken)
    {
        draft.Phase = CasePhase.Tests;
        using Activity? span = Instrumentation.Phase(CasePhase.Tests);
        long began = clock.GetTimestamp();
        try
        {
            var tests = new FeatureTests(request, files, baseCommit, sandbox, golds ?? new GoldAnswers(null, clock));
            foreach (int featureId in request.CaseId.Features)
                draft.Runs.Add(await tests.RunAsync(featureId, diff, cancellationToken));
            foreach (TestRun fruitless in draft.Runs.Where(run => request.AsksGold && run.NothingPassed))
                await tests.CheckOnGoldAsync(fruitless, cancellationToken);
            draft.Suspect = await MarkAsync(request, draft, diff, tests, cancellationToken);
        }
        catch (Exception exception) when (ErrorOf(exception, draft.Phase, cancellationToken) is RunError error)
        {
            Instrumentation.Broken(span, error.Class);
            throw;
        }
        finally
        {
            draft.TestsSeconds = clock.GetElapsedTime(began).TotalSeconds;
        }
    }

    /// <summary>The marks of the verdicts; null where no feature passed.</summary>
    private static async Task<IReadOnlyList<SuspectMark>?> MarkAsync(EvaluationRequest request, EvaluationDraft draft,
        ReadOnlyMemory<byte> diff, FeatureTests tests, CancellationToken cancellationToken)
    {
        TestRun[] passed = [.. draft.Runs.Where(run => run.Passed)];
        if (passed.Length == 0)
            return null;
        var marks = new List<SuspectMark>();
        // Nothing was changed, so that the tests are the task's own.
        foreach (TestRun run in passed.Where(_ => request.CountsOnGold && !diff.IsEmpty))
        {
            int? gold = await tests.CountOnGoldAsync(run.FeatureId, cancellationToken);
            if (Suspects.OfCounts(run.FeatureId, run.Counts?.Passed, gold) is SuspectMark mark)
                marks.Add(mark);
        }
        return Suspects.Bounded([.. marks, .. Suspects.OfEscaped(draft.Merge!.Escaped), .. Suspects.InPatch(diff)]);
    }

    /// <summary>What an exception says of the infrastructure; null if it is another's to handle.</summary>
    private static RunError? ErrorOf(Exception exception, CasePhase phase, CancellationToken cancellationToken) => exception switch
    {
        EvaluationFault fault => new RunError(fault.Class, phase, fault.Message),
        SandboxException sandbox => new RunError(InfraErrors.ClassOf(sandbox.Fault), phase, sandbox.Message),
        OperationCanceledException when !cancellationToken.IsCancellationRequested =>
            new RunError(ErrorClass.Engine, phase, $"The engine gave up: {exception.Message}"),
        _ => null,
    };
}
