using System.Globalization;
using System.Text;
using Tandem.Bench.Measuring;
using Tandem.Bench.Reporting;
using Tandem.Bench.Sandboxes;
using Tandem.FakeModel;
using Tandem.Harness.Agents;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Bench.Benchmarks;

/// <summary>What a step of the shell agent costs where neither model nor command take time: a scripted model that answers at once, over
/// HTTP, and the command <c>true</c>.</summary>
internal sealed class AgentStep : IBenchmark
{
    private const int Steps = 60;
    private const double TargetMs = 15;

    public string Name => "step";

    public string Description => "a step of the shell agent with a model and a command that take no time";

    public bool NeedsEngine => true;

    public int UsualRuns => 7;

    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        await using FakeModelServer model = await FakeModelServer
            .StartAsync(request => request.Turn < Steps ? FakeAnswer.Runs("true") : FakeAnswer.Submits);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tandem-bench-");
        try
        {
            int seed = 0;
            IReadOnlyList<SideLaps> laps = await Rounds.RunAsync(
                [.. new[] { Setting.Solo, Setting.CoopComm }.Select(setting => new Side(
                    EnumNames.NameOf(setting), token =>
                        MeasureAsync(context, folder.FullName, model.BaseUrl, BenchContext.Pair(setting, seed++), token)))],
                context.Runs,
                context.Progress,
                cancellationToken);
            IReadOnlyList<string> names = laps[0].PhaseNames;
            return new BenchResult(
                [new Table(
                    string.Create(CultureInfo.InvariantCulture,
                        $"Milliseconds of a step, the median of {Steps} steps of an agent; its parts are their means. In coop-comm two "
                        + $"agents work at once."),
                    ["setting", .. names, "step"],
                    [.. laps.Select(side => (IReadOnlyList<string>)[side.Name, .. names.Select(name => Wording.Tenths(side.Phase(name))),
                        Wording.Tenths(side.Total)])])],
                [new TargetCheck("at most 15 ms a step on top of model and command", $"{Wording.Tenths(laps[0].Total)} ms",
                    laps[0].Total.Median <= TargetMs)]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<Lap> MeasureAsync(BenchContext context, string folder, Uri model, CaseId caseId,
        CancellationToken cancellationToken)
    {
        var settings = new ExperimentConfiguration
        {
            Name = "bench",
            Settings = [caseId.Setting],
            Agent = new AgentSettings { Kind = "shell" },
            Model = new ModelSettings { Name = "fake", BaseUrl = model.ToString() },
        };
        await using var provider = new TimedProvider(context.Engine, new Lap());
        await using var environment = new RunEnvironment(settings, context.Tasks, AgentCatalog.Find("shell")!, provider, folder,
            Guid.NewGuid().ToString("n")[..12], TimeProvider.System);
        CaseResult result = await new CaseRunner(environment).RunAsync(caseId, AttemptReason.Due, TimeSpan.Zero, cancellationToken);
        if (result is not CaseResult.Ran { Record: { AgentStatus: AgentStatus.Submitted } record })
            throw new InvalidDataException(
                $"{caseId} did not come to its end: {(result is CaseResult.Ran ran ? ran.Record.Error?.Message : result.ToString())}");

        TrajectoryEvent[] events =
            [.. File.ReadLines(Path.Combine(environment.Layout.AttemptFolder(caseId, record.Attempt), StoreLayout.TrajectoryFile))
            .Select(line => StoreJson.Read<TrajectoryEvent>(Encoding.UTF8.GetBytes(line)))
            .Where(e => e.AgentId == record.Agents[0].AgentId)];
        TrajectoryEvent[] answers = [.. events.Where(e => e.Kind == "response")];
        double[] gaps = [.. answers.Skip(1).Zip(answers, (next, one) => (next.At - one.At).TotalMilliseconds)];
        double answering = 1000 * answers.Skip(1).Average(e => e.Seconds ?? 0);
        double commanding = 1000 * events.Where(e => e.Kind == "command").SkipLast(1).Average(e => e.Seconds ?? 0);
        double whole = new Samples(gaps).Median;
        return Lap.Of(whole, new Phase("the model's answer", answering), new Phase("the command", commanding),
            new Phase("the rest", whole - answering - commanding));
    }
}
