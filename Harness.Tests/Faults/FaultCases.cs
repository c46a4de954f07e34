using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Cases;
using Tandem.Harness.Tests.Evaluation;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Faults;

/// <summary>Whole cases of one tiny task in containers, into a store of their own. Feature 1 wants <c>value=2</c> in <c>value.sh</c>, which
/// its tests source; feature 2 wants <c>ALPHA</c> in <c>list.txt</c>.</summary>
internal sealed class FaultCases : IAsyncDisposable
{
    /// <summary>Does all features.</summary>
    public const string Work = "sed -i 's/value=1/value=2/' value.sh; sed -i 's/alpha/ALPHA/' list.txt";

    /// <summary>Code with which the tests say that they run, by one file, and wait for another.</summary>
    public const string WaitInTests = "touch /tandem/tested; until [ -e /tandem/go-on ]; do sleep 0.05; done";

    /// <summary>A function that puts what it reads in the place of a program of the image's; a program that runs cannot be written
    /// over.</summary>
    public const string Replace = "replace() { p=$(command -v \"$1\"); cat > /tmp/new; chmod 755 /tmp/new; mv -f /tmp/new \"$p\"; }";

    private const string MarkName = "TANDEM_TEST_MARK";

    // The tiny tasks' repository is a trap for evaluations; an agent finds a tidy one.
    private const string MakeRepository =
        "bash /opt/task/setup.sh && cd /workspace/repo && rm -rf .git/index.lock .git/hooks && git config commit.gpgSign false && git "
        + "reset -q --hard && git clean -qfdx";

    private readonly string _folder;
    private readonly List<RunEnvironment> _environments = [];
    private readonly HashSet<string> _stores = [];
    private readonly TinyTasks _tiny;
    private readonly EngineClient _look;
    private readonly string _mark;
    private readonly bool _isOthers;

    private FaultCases(TinyTasks tiny, ISandboxProvider engine, SandboxImage image, EngineClient look, TaskSet taskSet,
        string? folder = null, string? mark = null)
    {
        (_tiny, _look, TaskSet, _isOthers) = (tiny, look, taskSet, folder is not null);
        (_folder, _mark) = (folder ?? Path.Combine(Path.GetTempPath(), $"tandem-faults-{Guid.NewGuid():n}"), mark
            ?? $"{MarkName}={Guid.NewGuid():n}");
        Provider = new WatchedProvider(engine)
        { Image = image, Variable = (MarkName, _mark[(MarkName.Length + 1)..]), OnCreated = MakeRepositoryAsync };
    }

    public static CaseId Solo { get; } = CaseId.Parse("solo/tiny_task/1/f1_f2/seed0");

    /// <summary>The engine, to look with.</summary>
    public EngineClient Look => _look;

    public static CaseId Coop { get; } = CaseId.Parse("coop-nocomm/tiny_task/1/f1_f2/seed0");

    public WatchedProvider Provider { get; }

    public TaskSet TaskSet { get; private set; }

    /// <summary>As short as a slow machine lets them be.</summary>
    public ExperimentConfiguration Configuration { get; set; } = new()
    { Name = "faults", Run = new RunSettings { RetryPauseSeconds = 0 }, Limits = new LimitSettings { CommandSeconds = 60 } };

    /// <summary>Bounds the taking of a patch; long enough for a slow machine.</summary>
    public TimeSpan PatchTime { get; set; } = TimeSpan.FromMinutes(5);

    public StoreLayout Layout => new(Path.Combine(_folder, "store"), Configuration.Name);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="tiny">Where tasks are made.</param>
    /// <param name="engine">Where their sandboxes are; it stays the caller's.</param>
    /// <param name="image">With a shell, bash and git.</param>
    /// <param name="look">The same engine, to look for leftovers with; outlives <paramref name="engine"/>.</param>
    public static async Task<FaultCases> MakeAsync(TinyTasks tiny, ISandboxProvider engine, SandboxImage image, EngineClient look)
    {
        CodingTask task = tiny.Task(
            new TinyFeature(1, ". ./value.sh\ncheck [ \"$value\" = 2 ]", await tiny.PatchAsync("value.sh", "value=1", "value=2")),
            new TinyFeature(2, "check grep -qx ALPHA list.txt", await tiny.PatchAsync("list.txt", "alpha", "ALPHA")));
        string set = Path.GetFullPath(Path.Combine(task.Folder, "..", ".."));
        return new FaultCases(tiny, engine, image, look, Load(set, runnerSeconds: 60));
    }

    /// <summary>The cases of another process, as one that is started beside it sees them.</summary>
    /// <param name="address">What the other's <see cref="Address"/> said.</param>
    /// <param name="engine">Where the sandboxes are; it stays the caller's.</param>
    /// <param name="image">As the other's.</param>
    /// <param name="look">The same engine.</param>
    public static FaultCases Join(string address, ISandboxProvider engine, SandboxImage image, EngineClient look)
    {
        string[] parts = address.Split('|');
        return new FaultCases(new TinyTasks { Folder = parts[2] }, engine, image, look, TaskSetLoader.Load(parts[1]), parts[0], parts[3]);
    }

    /// <summary>Where these cases are, for <see cref="Join"/>.</summary>
    public string Address => string.Join('|', _folder, TaskSet.Folder, _tiny.Folder, _mark);

    /// <summary>Bounds one run of the tests; a minute without it.</summary>
    public void LimitRunner(int seconds) => TaskSet = Load(TaskSet.Folder, seconds);

    /// <summary>An agent that does its features' work, then what the test says.</summary>
    public static AgentKind WorkThen(Func<AgentContext, CancellationToken, Task<AgentEnd>> then) =>
        RunsFixture.Agent(async (context, token) =>
    {
        await context.BeginStepAsync(token);
        string mine = context.Features.Count > 1 ? Work : Work.Split(';')[context.Features[0] - 1];
        (await context.ExecAsync(ExecRequest.Shell(mine), token)).Succeeded.Should().BeTrue();
        return await then(context, token);
    });

    /// <summary>An agent that does its features' work, then runs a script, whatever becomes of it, and submits.</summary>
    public static AgentKind WorkThenRun(string script) => WorkThen(async (context, token) =>
    {
        await context.BeginStepAsync(token);
        await context.ExecAsync(ExecRequest.Shell(script), token);
        return AgentEnd.Submitted;
    });

    /// <summary>An agent that does its features' work, and appends code to what feature 1's tests source.</summary>
    public static AgentKind WorkAndAppend(string code, Action? onRun = null) => WorkThen(async (context, token) =>
    {
        onRun?.Invoke();
        await context.ExecAsync(new ExecRequest { Command = ["/bin/sh", "-c", "printf '%s\\n' \"$1\" >> value.sh", "sh", code] }, token);
        return AgentEnd.Submitted;
    });

    /// <summary>Runs a case as a process of its own would.</summary>
    public Task<CaseResult> RunAsync(CaseId caseId, AgentKind agent, CancellationToken? cancellationToken = null) =>
        new CaseRunner(Open(agent)).RunAsync(caseId, AttemptReason.Due, TimeSpan.Zero, cancellationToken ?? Token);

    /// <summary>As <see cref="RunAsync"/>, for a case that ends in a record.</summary>
    public async Task<RunRecord> RecordAsync(CaseId caseId, AgentKind agent) =>
        Assert.IsType<CaseResult.Ran>(await RunAsync(caseId, agent)).Record;

    /// <summary>What cases that run at once share.</summary>
    public RunEnvironment Open(AgentKind agent, TimeProvider? clock = null)
    {
        var environment = new RunEnvironment(Configuration, TaskSet, agent, Provider, Layout.StoreFolder,
            Guid.NewGuid().ToString("n"), clock
            ?? TimeProvider.System)
        { PatchTime = PatchTime };
        _environments.Add(environment);
        _stores.Add(environment.StoreId);
        return environment;
    }

    /// <summary>All records of a case as they stand in the store, the first attempt first.</summary>
    public IReadOnlyList<RunRecord> Stored(CaseId caseId)
    {
        var reader = new StoreReader(Layout);
        CaseHistory? history = CaseHistory.Group(reader.ReadRuns()).GetValueOrDefault(caseId);
        reader.Faults.Should().BeEmpty();
        return history?.Records ?? [];
    }

    /// <summary>Containers, networks and processes of these cases may be on their way out; they must get there.</summary>
    public Task NothingOfOursIsLeftAsync() => Leftovers.NoneAsync(_look, _stores, Provider.Ids, _mark);

    /// <summary>What there is of them just now, in words.</summary>
    public Task<List<string>> FindOursAsync() => Leftovers.FindAsync(_look, _stores, Provider.Ids, _mark);

    public async ValueTask DisposeAsync()
    {
        foreach (RunEnvironment environment in _environments)
            await environment.DisposeAsync();
        if (!_isOthers && Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private static TaskSet Load(string set, int runnerSeconds)
    {
        File.WriteAllText(
            Path.Combine(set, "taskset.json"),
            $$"""{"name": "faults", "image": "tandem-tests/{name}:task{id}", "agent_network": "none", "evaluation_network": "none","""
                + $$""" "limits": {"runner_seconds": {{runnerSeconds}}} }""");
        return TaskSetLoader.Load(set);
    }

    private async Task MakeRepositoryAsync(ISandbox sandbox)
    {
        await sandbox.PutFilesAsync([.. _tiny.ImageFiles().Select(file => new SandboxFile("/opt/task/" + file.Path, file.Content))], Token);
        ExecResult made = await sandbox.ExecAsync(ExecRequest.Shell(MakeRepository) with { WorkingDirectory = "/" },
            CancellationToken.None);
        if (!made.Succeeded)
            throw new SandboxException(made.Outcome == ExecOutcome.SandboxLost ? SandboxFault.Lost
                : SandboxFault.Disk, $"The repository could not be made: {made.Outcome} {made.Stderr.Text} {made.Detail}");
    }
}
