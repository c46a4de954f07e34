using System.Globalization;
using Tandem.Harness.Agents;
using Tandem.Harness.Cases;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.Tests.Evaluation;
using Tandem.Harness.Tests.Faults;
using Tandem.Harness.Tests.FrontDoor;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Harness.Tests.Sandboxes.Docker;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Victims;

/// <summary>
/// Two processes with a case in each phase of its life, in real containers, one store for all. One is killed; the other dies in the middle
/// of a record's line. Then the run is started again, once, and comes to its end. It is done for the first test that asks, all others look
/// at what became of their case.
/// </summary>
public sealed class KilledCases : IAsyncLifetime
{
    /// <summary>More than a run file's first line, less than with a record behind it.</summary>
    public const int TornAt = 1500;

    private static readonly AsyncLocal<(CaseId CaseId, StopPoint Point)?> s_current = new();
    private readonly TinyTasks _tiny = new();
    private readonly Lazy<Task> _killed;
    private FaultCases? _cases;

    public KilledCases() => _killed = new Lazy<Task>(KillAndGoOnAsync);

    /// <summary>Every case, by where it was when its process died.</summary>
    public static IReadOnlyDictionary<StopPoint, CaseId> Points { get; } = new Dictionary<StopPoint, CaseId>
    {
        [StopPoint.Planned] = CaseId.Parse("solo/tiny_task/1/f1_f2/seed0"),
        [StopPoint.Claimed] = CaseId.Parse("solo/tiny_task/1/f1_f2/seed1"),
        [StopPoint.Intended] = CaseId.Parse("coop-comm/tiny_task/1/f1_f2/seed0"),
        [StopPoint.Provisioning] = CaseId.Parse("coop-nocomm/tiny_task/1/f1_f2/seed0"),
        [StopPoint.AgentRunning] = CaseId.Parse("solo/tiny_task/1/f1_f2/seed2"),
        [StopPoint.AgentsDone] = CaseId.Parse("coop-comm/tiny_task/1/f1_f2/seed1"),
        [StopPoint.Merging] = CaseId.Parse("coop-nocomm/tiny_task/1/f1_f2/seed1"),
        [StopPoint.Testing] = CaseId.Parse("solo/tiny_task/1/f1_f2/seed3"),
        [StopPoint.BeforeRecord] = CaseId.Parse("solo/tiny_task/1/f1_f2/seed4"),
        [StopPoint.InRecord] = CaseId.Parse("solo/tiny_task/1/f1_f2/seed5"),
    };

    /// <summary>The statuses that the cases had when their processes were dead.</summary>
    public Dictionary<StopPoint, RunStatus> StatusWhenDead { get; } = [];

    /// <summary>The faults of the store then.</summary>
    public IReadOnlyList<StoreFault> FaultsWhenDead { get; private set; } = [];

    /// <summary>What the next start found of the dead processes' sandboxes.</summary>
    public IReadOnlyList<SweptSandbox> Swept { get; private set; } = [];

    /// <summary>What the validation said at the end.</summary>
    public ChildResult? Validation { get; private set; }

    internal FaultCases Cases => _cases!;

    private string Notes => Path.Combine(Cases.Layout.StoreFolder, "..", "notes");

    /// <summary>Kills and goes on, if no other test has yet; skips the test where there is no engine.</summary>
    public async Task RequireAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals and limits are those of Linux.");
        await DockerEngine.RequireOrSkip();
        await _killed.Value;
    }

    /// <summary>How often the agents of a case were started, by all processes.</summary>
    public int AgentsStarted(CaseId caseId) => Directory.EnumerateFiles(Notes, $"agent~{caseId.ToString().Replace('/', '~')}~*").Count();

    /// <summary>The body of a victim: each of its cases up to where it is to stop.</summary>
    /// <param name="address">The store and task set that it joins.</param>
    /// <param name="points">Where its cases stop, with commas.</param>
    public static async Task BeVictimAsync(string address, string points)
    {
        // Those that wait for the time hold a thread each.
        ThreadPool.SetMinThreads(32, 32);
        SandboxSubject subject = await DockerEngine.SubjectAsync();
        FaultCases cases = FaultCases.Join(address, subject.Provider, subject.Image, ((DockerSandboxProvider)subject.Provider).Engine);
        var victim = new KilledCases { _cases = cases };
        victim.Arrange();
        RunEnvironment environment = cases.Open(victim.Agent(), new StoppingClock(cases.Layout, () => s_current.Value, victim.StopInClock));
        await Task.WhenAll(points.Split(',').Select(Enum.Parse<StopPoint>).Select(point => Task.Run(() =>
        {
            s_current.Value = (Points[point], point);
            return new CaseRunner(environment).RunAsync(Points[point], AttemptReason.Due, TimeSpan.Zero, CancellationToken.None);
        })));
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_cases is null)
            return;
        // Had it not come to its end, the dead processes' sandboxes would stay.
        await _cases.Provider.SweepAsync(RunEnvironment.StoreIdOf(_cases.Layout.StoreFolder), CancellationToken.None);
        await _cases.DisposeAsync();
        await _tiny.DisposeAsync();
    }

    private async Task KillAndGoOnAsync()
    {
        await _tiny.InitializeAsync();
        SandboxSubject subject = await DockerEngine.SubjectAsync();
        _cases = await FaultCases.MakeAsync(_tiny, subject.Provider, subject.Image, ((DockerSandboxProvider)subject.Provider).Engine);
        Arrange();
        Directory.CreateDirectory(Notes);
        StopPoint[] stopping = [.. Points.Keys.Except([StopPoint.Planned, StopPoint.InRecord])];
        await using (var killed = Dummy.Start(DummyProgram.RunCasesAsync, Cases.Address, string.Join(',', stopping)))
        await using (var dying = Dummy.Start(DummyProgram.RunCasesAsync, Cases.Address, $"{StopPoint.InRecord}"))
        {
            await dying.WaitForEndAsync(DeathInAFile.Signal);
            await killed.KillAtAsync(ReachedAsync(stopping));
        }
        var reader = new StoreReader(Cases.Layout);
        Dictionary<CaseId, CaseHistory> histories = CaseHistory.Group(reader.ReadRuns());
        FaultsWhenDead = reader.Faults;
        foreach ((StopPoint point, CaseId caseId) in Points)
            StatusWhenDead[point] = RunStatusReader.Of(Cases.Layout, caseId, histories.GetValueOrDefault(caseId));

        Cases.Provider.BeforeRunner = (sandbox, _) =>
            sandbox.PutFilesAsync([new SandboxFile("/tandem/go-on", default)], CancellationToken.None);
        RunEnvironment environment = Cases.Open(Agent());
        Swept = await Cases.Provider.SweepAsync(environment.StoreId, CancellationToken.None);
        await Task.WhenAll(Points.Values.Select(caseId =>
            Task.Run(() => new CaseRunner(environment).RunAsync(caseId, AttemptReason.Due, TimeSpan.Zero, CancellationToken.None))));
        Validation = await Programs.ValidateAsync(Cases.Layout.StoreFolder, Cases.Layout.Experiment);
    }

    /// <summary>The same plan for all processes, and what stops a case inside its sandboxes.</summary>
    private void Arrange()
    {
        Cases.Configuration = Cases.Configuration with
        {
            Seeds = Points.Values.GroupBy(caseId => caseId.Setting)
                .ToDictionary(group => Records.Json.EnumNames.NameOf(group.Key), IReadOnlyList<int> (group) =>
                [.. group.Select(caseId => caseId.Seed)]),
        };
        Cases.Provider.BeforeCreate = async (spec, _) =>
        {
            if (s_current.Value is (_, StopPoint.Provisioning) && spec.Owner.Role == "agent2")
            {
                while ((await Cases.Look.ListContainersAsync([$"tandem.attempt={spec.Owner.Attempt}"], CancellationToken.None))
                    .All(container => container.State != "running"))
                    await Task.Delay(20, CancellationToken.None);
                await StopAsync();
            }
        };
        Cases.Provider.BeforeMerge = (_, _) => s_current.Value is (_, StopPoint.Merging) ? StopAsync() : Task.CompletedTask;
        Cases.Provider.BeforeRunner = async (sandbox, number) =>
        {
            if (s_current.Value is (_, StopPoint.Testing))
                _ = NoteTestsAsync(sandbox);
            else
                await sandbox.PutFilesAsync([new SandboxFile("/tandem/go-on", default)], CancellationToken.None);
        };
    }

    /// <summary>Does its work, and leaves code that lets the tests wait.</summary>
    private AgentKind Agent() => FaultCases.WorkThen(async (context, token) =>
    {
        Note($"agent~{context.CaseId.ToString().Replace('/', '~')}~{context.AgentId}~{Environment.ProcessId}");
        if (s_current.Value is (_, StopPoint.AgentRunning))
            await StopAsync();
        if (context.Features.Contains(1))
            await context.ExecAsync(ExecRequest.Shell($"printf '%s\\n' '{FaultCases.WaitInTests}' >> value.sh"), token);
        return AgentEnd.Submitted;
    });

    private async Task ReachedAsync(StopPoint[] points)
    {
        while (points.Any(point => !File.Exists(Path.Combine(Notes, point.ToString()))))
            await Task.Delay(20, TestContext.Current.CancellationToken);
    }

    private async Task NoteTestsAsync(ISandbox sandbox)
    {
        while (await sandbox.GetFileAsync("/tandem/tested", 100, CancellationToken.None) is null)
            await Task.Delay(20, CancellationToken.None);
        Note(StopPoint.Testing.ToString());
    }

    private void StopInClock()
    {
        if (s_current.Value is (_, StopPoint.InRecord))
        {
            DeathInAFile.Arrange(TornAt);
            return;
        }
        Note(s_current.Value!.Value.Point.ToString());
        using var never = new ManualResetEvent(false);
        never.WaitOne();
    }

    private Task StopAsync()
    {
        Note(s_current.Value!.Value.Point.ToString());
        return Task.Delay(Timeout.Infinite, CancellationToken.None);
    }

    private void Note(string name) =>
        File.WriteAllText(Path.Combine(Notes, name), DateTimeOffset.UnixEpoch.ToString(CultureInfo.InvariantCulture));
}
