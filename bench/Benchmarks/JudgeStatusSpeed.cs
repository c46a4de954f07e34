using Tandem.Bench.Measuring;
using Tandem.Bench.Reporting;
using Tandem.Harness.Configuration;
using Tandem.Harness.Judging;
using Tandem.Harness.Judging.Rubrics;
using Tandem.Harness.Sandboxes.Process;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Bench.Benchmarks;

/// <summary>How long it takes to say where the judgements of many runs stand: run records and judgements read, digests compared.</summary>
internal sealed class JudgeStatusSpeed : IBenchmark
{
    private const int Runs = 1130;
    private const double TargetMs = 100;
    private const string Classified = "classify";

    private static readonly string[] s_judges = ["gpt-4o", "gpt-4o-mini", "o3"];

    public string Name => "judge-status";

    public string Description => "1,130 runs x 3 judges, each judgement with its status";

    public bool NeedsEngine => false;

    public int UsualRuns => 7;

    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tandem-bench-");
        try
        {
            Rubric rubric = RubricReader.Find(ProjectFolder.Find(), "communication-errors");
            NamedJudge[] judges = [.. s_judges.Select(name => NamedJudge.Of(name, new ExperimentConfiguration { Name = "bench" }))];
            StoreLayout layout = await StoreAsync(context, rubric, judges, folder.FullName, cancellationToken);
            IReadOnlyList<SideLaps> laps = await Rounds.RunAsync(
                [new Side("status of 3,390 judgements", _ => Task.FromResult(Look(layout, rubric, judges)))],
                context.Runs, context.Progress, cancellationToken);
            Samples classified = laps[0].Phase(Classified);
            return new BenchResult(
                [new Table(
                    "Milliseconds, median (least–most), in a process that is warm. 1,130 run records and 3,390 judgements are read from "
                    + "their files; then each is classified by its digests.",
                    ["what", "whole", "read runs", "read judgements", Classified],
                    [[laps[0].Name, Wording.Ms(laps[0].Total), Wording.Ms(laps[0].Phase("runs")),
                        Wording.Ms(laps[0].Phase("judgements")), Wording.Ms(classified)]])],
                [new TargetCheck("3,390 judgements classified in under 0.1 s of own work", $"{Wording.Ms(classified)} ms",
                    classified.Median < TargetMs)]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Lap Look(StoreLayout layout, Rubric rubric, NamedJudge[] judges)
    {
        var lap = new Lap();
        var status = new StoreStatus(layout);
        double begun = 0;
        void Note(string phase)
        {
            double now = lap.ElapsedMs;
            lap.Add(phase, now - begun);
            begun = now;
        }
        status.Refresh();
        Note("runs");
        var stored = StoredJudgements.Read(layout);
        Note("judgements");
        int complete = JudgementView.Classify(rubric, judges, new JudgementSelection(), status.Cases, stored)
            .Count(one => one.Status == JudgeStatus.Complete);
        Note(Classified);
        lap.Finish();
        return complete == Runs * s_judges.Length ? lap
            : throw new InvalidDataException($"{complete} of {Runs * s_judges.Length} judgements are complete.");
    }

    /// <summary>Copies of one real case with messages under other numbers, and a judgement of each by each judge.</summary>
    private static async Task<StoreLayout> StoreAsync(
        BenchContext context, Rubric rubric, NamedJudge[] judges, string folder, CancellationToken cancellationToken)
    {
        await using var provider = new ProcessSandboxProvider(timeProvider: TimeProvider.System);
        await using var bench = BenchStore.Open(context.Tasks, provider);
        RunRecord model = await bench.RunAsync(BenchContext.Pair(Setting.CoopComm), TimeSpan.Zero, cancellationToken);
        // The agents of the benchmarks write none.
        model = model with { Messages = [AnalysisSpeed.Message(model, 0), AnalysisSpeed.Message(model, 1)], MessagesCount = 2 };
        StoreLayout layout = SyntheticStore.Write(folder, [model], Runs);
        using var writer = new JudgementFileWriter(layout, "bench", model.Provenance.Harness, TimeProvider.System);
        foreach (StoredRun run in new StoreReader(layout).ReadRuns())
        {
            foreach (NamedJudge judge in judges)
            {
                var task = new JudgementTask
                {
                    Rubric = rubric,
                    Run = run.Record,
                    TaskText = null,
                    Repetition = 1,
                    Attempt = 1,
                    Reason = AttemptReason.Due,
                    RunId = "bench",
                    Harness = model.Provenance.Harness,
                };
                writer.Append(await Judgement.MakeAsync(task, new Silent(judge.Identity), layout, TimeProvider.System, onCall: null,
                    cancellationToken));
            }
        }
        return layout;
    }

    /// <summary>A judge that finds nothing.</summary>
    private sealed class Silent(JudgeIdentity identity) : IJudge
    {
        public JudgeIdentity Identity => identity;

        public Task<Harness.Judging.Answers.JudgeResult> JudgeAsync(
            JudgeRequest request, JudgeTally tally, CancellationToken cancellationToken) =>
            Task.FromResult<Harness.Judging.Answers.JudgeResult>(new Harness.Judging.Answers.JudgeResult.NoLabel());
    }
}
