using System.Diagnostics;
using System.Globalization;
using Tandem.Bench.Measuring;
using Tandem.Bench.Reporting;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes.Process;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Bench.Benchmarks;

/// <summary>
/// How long it takes until a store of 20,000 records with messages is collected, validated and summed up, next to the same by a plain
/// script: json.loads for each line, dictionaries, json.dump. Each is a process of its own, from its start to its end.
/// </summary>
internal sealed class AnalysisSpeed : IBenchmark
{
    private const int Records = 20_000;
    private const long StoreBytes = 100_000_000;
    private const double TargetMs = 2000;
    private const double TargetMb = 300;

    private static readonly TimeSpan Pulse = TimeSpan.FromMilliseconds(5);

    public string Name => "analysis";

    public string Description => "20,000 records with messages, 100 MB: collected, validated and summed up, next to a plain Python script";

    public bool NeedsEngine => false;

    public int UsualRuns => 7;

    public async Task<BenchResult> RunAsync(BenchContext context, CancellationToken cancellationToken)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tandem-bench-");
        try
        {
            StoreLayout layout = SyntheticStore.Write(Path.Combine(folder.FullName, "store"),
                await ModelsAsync(context, cancellationToken), Records);
            double megabytes = layout.RunFiles().Sum(file => new FileInfo(file).Length) / 1e6;
            string script = Path.Combine(ProjectFolder.Find(), "bench", "collect.py");
            var peaks = new Dictionary<string, double>();
            IReadOnlyList<SideLaps> laps = await Rounds.RunAsync(
                [
                    Side("Tandem: collect --validate", Environment.ProcessPath
                        ?? "dotnet", Built.Find("Analysis"), "collect", "--validate", layout.Experiment, "--store", layout.StoreFolder),
                    Side("Python: collect.py", "python3", script, layout.ExperimentFolder, Path.Combine(folder.FullName, "python.json")),
                ],
                context.Runs,
                context.Progress,
                cancellationToken);
            Samples ratio = laps[1].Total.Over(laps[0].Total);
            Samples work = laps[1].Phase(Processor).Over(laps[0].Phase(Processor));
            return new BenchResult(
                [new Table(
                    string.Create(CultureInfo.InvariantCulture,
                        $"Milliseconds, median (least–most); {Records} records, {megabytes:0} MB. Memory is the highest that was in use, "
                        + $"processor time as the system counts it, on all processors. Ratios are to Tandem, round by round."),
                    ["what", "whole", "ratio", "processor time", "ratio", "memory, MB"],
                    [Row(laps[0], "1", "1"), Row(laps[1], Wording.Ratio(ratio), Wording.Ratio(work))])],
                [
                    new TargetCheck("20,000 records with messages collected, validated and summed up in under 2 s",
                        $"{Wording.Ms(laps[0].Total)} ms", laps[0].Total.Median < TargetMs),
                    new TargetCheck("in under 300 MB", $"{peaks[laps[0].Name]:0} MB at most", peaks[laps[0].Name] < TargetMb),
                ]);

            Side Side(string name, string program, params string[] arguments) => new(name, async token =>
            {
                (Lap lap, double peak) = await MeasureAsync(program, arguments, token);
                peaks[name] = Math.Max(peak, peaks.GetValueOrDefault(name));
                return lap;
            });

            IReadOnlyList<string> Row(SideLaps side, string ratio, string work) =>
                [side.Name, Wording.Ms(side.Total), ratio, Wording.Ms(side.Phase(Processor)), work,
                    peaks[side.Name].ToString("0", CultureInfo.InvariantCulture)];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private const string Processor = "processor";

    /// <summary>One real record for each setting; the conversation of coop-comm is made longer until the store has its size.</summary>
    private static async Task<IReadOnlyList<RunRecord>> ModelsAsync(BenchContext context, CancellationToken cancellationToken)
    {
        await using var provider = new ProcessSandboxProvider(timeProvider: TimeProvider.System);
        await using var store = BenchStore.Open(context.Tasks, provider);
        var models = new List<RunRecord>();
        foreach (Setting setting in new[] { Setting.Solo, Setting.CoopNocomm, Setting.CoopComm })
            models.Add(await store.RunAsync(BenchContext.Pair(setting), TimeSpan.Zero, cancellationToken));
        // Of five records of a pair three are solo.
        long ofFive = StoreBytes / (Records / 5);
        long others = (3 * StoreJson.ToLine(models[0]).Length) + StoreJson.ToLine(models[1]).Length;
        var messages = new List<MessageRecord>();
        while (others + StoreJson.ToLine(models[2]).Length < ofFive)
        {
            messages.Add(Message(models[2], messages.Count));
            models[2] = models[2] with { Messages = [.. messages], MessagesCount = messages.Count };
        }
        return models;
    }

    internal static MessageRecord Message(RunRecord record, int number)
    {
        (string from, string to) = number % 2 == 0 ? ("agent1", "agent2") : ("agent2", "agent1");
        DateTimeOffset sent = record.StartedAt.AddSeconds(number);
        string text = string.Create(CultureInfo.InvariantCulture, $"""
            {(number < 2 ? "Plan: I build my feature" : number % 3 == 0 ? "Question: may I change what stands" : "Update: I have changed what stands")} at these places:
            - `timespan/formatter.py`: after line {35 + number}, lines {60 + number}-{72 + number}
            - `timespan/cli.py`: line {8 + number}, after line {18 + number}
            ```diff
            @@ -{15 + number},0 +{16 + number},2 @@
            +    "format_about",
            +    "format_duration",
            ```
            This changes `build_parser`, `format_long` and `render`; I leave `timespan/__init__.py` to you, and I keep the order of the names in it as it is, so that our changes merge.
            """);
        return new MessageRecord(from, to, text, sent, sent.AddMilliseconds(400), null, record.Features[number % 2], 2
            + number, 3 + number);
    }

    private static async Task<(Lap Lap, double PeakMb)> MeasureAsync(string program, IReadOnlyList<string> arguments,
        CancellationToken cancellationToken)
    {
        var lap = new Lap();
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        { RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException($"{program} did not start.");
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
        long peak = 0;
        TimeSpan used = TimeSpan.Zero;
        Task ended = process.WaitForExitAsync(cancellationToken);
        // The system forgets both with the process, so they are asked for while it lives; the highest use of memory never falls.
        while (!ended.IsCompleted)
        {
            try
            {
                process.Refresh();
                peak = Math.Max(peak, process.PeakWorkingSet64);
                used = process.TotalProcessorTime;
            }
            catch (InvalidOperationException)
            {
                // It has just ended.
            }
            await Task.WhenAny(ended, Task.Delay(Pulse, cancellationToken));
        }
        await ended;
        lap.Finish();
        lap.Add(Processor, used.TotalMilliseconds);
        return process.ExitCode == 0 ? (lap, peak / 1e6)
            : throw new InvalidDataException(
            $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {await output} {await error}");
    }
}
