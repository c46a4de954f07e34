using Tandem.Bench.Measuring;
using Tandem.Bench.Reporting;
using Tandem.Bench.Sandboxes;
using Tandem.Harness.Evaluation;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Records.Cases;

namespace Tandem.Bench.Benchmarks;

/// <summary>What an evaluation of a built-in pair costs on top of the two runs of the task's own runner, which are measured by themselves
/// in a sandbox of the same kind.</summary>
internal sealed class EvaluationOverhead : IBenchmark
{
    private const double TargetMs = 1000;
    private static readonly CaseId s_pair = BenchContext.Pair(Setting.CoopNocomm);

    public string Name => "evaluation";

    public string Description => "merge and test two gold patches, less the runner's own two runs";

    public bool NeedsEngine => true;

    public int UsualRuns => 15;

    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        EvaluationRequest request = await RequestAsync(context, cancellationToken);
        TaskFiles files = await TaskFiles.ReadAsync(context.Task, s_pair.Features, cancellationToken);
        EvaluationResult known = await EvaluateAsync(context.Engine, request, cancellationToken);

        IReadOnlyList<SideLaps> laps = await Rounds.RunAsync(
            [
                new Side("evaluation", async token =>
                {
                    var lap = new Lap();
                    await EvaluateAsync(new TimedProvider(context.Engine, lap), request, token);
                    return lap.Finish();
                }),
                new Side("the runner alone, twice", token => RunnersAsync(context.Engine, request, files, known, token)),
            ],
            context.Runs,
            context.Progress,
            cancellationToken);

        Samples overhead = laps[0].Total.Less(laps[1].Total);
        var wholes = new Table(
            $"Milliseconds, median (least–most); pair {s_pair.PairKey}.",
            ["", "whole"],
            [.. laps.Select(side => (IReadOnlyList<string>)[side.Name, Wording.Ms(side.Total)]),
                ["on top of the runners, round by round", Wording.Ms(overhead)]]);
        return new BenchResult(
            [wholes, PhaseTable.Of(laps[0],
                "Where an evaluation's milliseconds go. Files go in while the repository is reset, so the parts add up to more than the "
                + "whole.")],
            [new TargetCheck("at most 1 s on top of the runner's own two runs", FormattableString.Invariant($"{Wording.Ms(overhead)} ms"),
                overhead.Median <= TargetMs)]);
    }

    private static async Task<EvaluationRequest> RequestAsync(BenchContext context, CancellationToken cancellationToken)
    {
        var patches = new List<AgentPatch>();
        foreach (int id in s_pair.Features)
            patches.Add(new AgentPatch(FormattableString.Invariant($"agent{patches.Count + 1}"),
                await TaskFiles.ReadGoldAsync(context.Task, id, cancellationToken)));
        return new EvaluationRequest
        {
            CaseId = s_pair,
            Task = context.Task,
            Patches = patches,
            Sandbox = await context.SpecAsync("evaluation", cancellationToken),
            RunnerTimeLimit = TimeSpan.FromMinutes(2),
        };
    }

    private static async Task<EvaluationResult> EvaluateAsync(ISandboxProvider provider, EvaluationRequest request,
        CancellationToken cancellationToken)
    {
        EvaluationResult result = await new Evaluator(provider, TimeProvider.System).EvaluateAsync(request, cancellationToken);
        return result.Error is null && result.Report.Tests.All(test => test.Passed == true)
            ? result
            : throw new InvalidDataException(
            $"The gold patches of {s_pair} do not pass: {result.Error?.Message ?? string.Join(", ", result.Report.Tests)}");
    }

    private static async Task<Lap> RunnersAsync(DockerSandboxProvider provider, EvaluationRequest request, TaskFiles files,
        EvaluationResult known, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> diff = known.MergedDiff!.Value;
        await using ISandbox sandbox = await provider.CreateAsync(request.Sandbox, cancellationToken);
        foreach (int id in s_pair.Features)
            await TestRun.PrepareAsync(sandbox, isUsed: true, known.BaseCommit!,
                [.. TestRun.FilesOf(sandbox, files, id), new SandboxFile(TestRun.DiffPath(sandbox), diff)], cancellationToken);
        var lap = new Lap();
        foreach (int id in s_pair.Features)
        {
            TestRun run = await TestRun.RunAsync(sandbox, request, id, hasDiff: true, cancellationToken);
            if (!run.Passed)
                throw new InvalidDataException($"The runner alone does not pass the tests of feature {id}: {run.Exec.Stdout.Text}");
        }
        return lap.Finish();
    }
}
