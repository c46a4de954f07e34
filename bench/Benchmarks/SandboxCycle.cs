using Tandem.Bench.Measuring;
using Tandem.Bench.Reporting;
using Tandem.Bench.Sandboxes;

namespace Tandem.Bench.Benchmarks;

/// <summary>One sandbox from its creation to its removal, three ways.</summary>
internal sealed class SandboxCycle : IBenchmark
{
    private const double CliTarget = 4;
    private const double PlainTarget = 2.3;

    public string Name => "sandbox-cycle";

    public string Description => "create, 100 files in, 20 commands, 100 files out, remove: ours, one exec per command, docker CLI";

    public bool NeedsEngine => true;

    public int UsualRuns => 15;

    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        var seam = new SeamCycle(context.Engine);
        var plain = new PlainCycle(context.Engine.Engine);
        List<Side> sides =
        [
            new("ours", async token => await seam.RunAsync(await context.SpecAsync("ours", token), token)),
            new("exec per command", async token => await plain.RunAsync(await context.SpecAsync("plain", token), token)),
        ];
        bool hasCli = await DockerCli.VersionAsync(cancellationToken) is not null;
        if (hasCli)
            sides.Add(new("docker CLI", async token => await CliCycle.RunAsync(await context.SpecAsync("cli", token), token)));
        else
            await context.Progress.WriteLineAsync("  There is no docker CLI on the PATH: its side is left out.");
        IReadOnlyList<SideLaps> laps = await Rounds.RunAsync(sides, context.Runs, context.Progress, cancellationToken);

        SideLaps ours = laps[0];
        var table = new Table(
            "Milliseconds, median (least–most). The ratio is to ours, taken round by round.",
            ["side", .. CycleWork.Phases, "whole", "ratio"],
            [.. laps.Select(side => (IReadOnlyList<string>)
            [
                side.Name, .. CycleWork.Phases.Select(phase => Wording.Ms(side.Phase(phase))), Wording.Ms(side.Total), side == ours
                    ? "1" : Wording.Ratio(side.Total.Over(ours.Total)),
            ])]);
        return new BenchResult([table], [.. laps.Skip(1).Select(side => Judge(side, side.Total.Over(ours.Total)))]);
    }

    private static TargetCheck Judge(SideLaps side, Samples ratio)
    {
        double target = side.Name == "docker CLI" ? CliTarget : PlainTarget;
        return new TargetCheck(FormattableString.Invariant($"at least {target} times as fast as {side.Name}"), Wording.Ratio(ratio),
            ratio.Median >= target);
    }
}
