using FluentAssertions;
using Tandem.Bench.Sandboxes;
using Tandem.Harness.Agents;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.TaskSets.Images;
using Tandem.Harness.Tests.Evaluation;
using Tandem.Harness.Tests.Sandboxes.Docker;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Faults;

/// <summary>Faults of the engine itself: it is restarted under a case, or its disk is full. They strike a second engine, whose disk is
/// bounded. Only on demand.</summary>
[Long]
public sealed class EngineFaultTests(TinyTasks tiny, EngineFaultTests.BoundedEngine engine)
    : FaultTests(tiny), IClassFixture<EngineFaultTests.BoundedEngine>
{
    private const string FillDisk = "cat /dev/zero > /var/full";

    private DockerSandboxProvider? _provider;
    private EngineClient? _look;

    [Theory(Timeout = BackstopMs)]
    [InlineData("KILL")]
    [InlineData("TERM")]
    public async Task An_engine_that_is_restarted_under_an_agent_costs_an_attempt_and_the_next_is_made_when_it_is_back(string signal)
    {
        int runs = 0;
        Cases.Provider.BeforeCreate = (_, number) => number == 2 ? StartEngineAsync() : Task.CompletedTask;
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkThen(async (context, token) =>
        {
            if (Interlocked.Increment(ref runs) == 1)
                await WorkWhileAsync(context, () => engine.Engine.EndAsync(signal), token);
            return AgentEnd.Submitted;
        }));

        ShouldHavePassed(record, attempt: 2);
        ShouldBeInfraError(Cases.Stored(FaultCases.Solo)[0], AgentStatus.Error, ErrorClass.SandboxLost, CasePhase.Agent, attempt: 1);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_engine_that_is_killed_under_the_tests_costs_an_evaluation_and_no_agent()
    {
        int agents = 0;
        Cases.Provider.BeforeCreate = (_, number) => number == 3 ? StartEngineAsync() : Task.CompletedTask;
        Cases.Provider.BeforeRunner = async (sandbox, number) =>
        {
            if (number == 1)
                _ = KillWhileTestsRunAsync(sandbox.Id);
            else
                await sandbox.PutFilesAsync([new SandboxFile("/tandem/go-on", default)], Token);
        };
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkAndAppend(FaultCases.WaitInTests, () => agents++));

        agents.Should().Be(1);
        ShouldHavePassed(record, attempt: 2);
        record.AttemptKind.Should().Be(AttemptKind.Regrade);
        ShouldBeInfraError(Cases.Stored(FaultCases.Solo)[0], AgentStatus.Submitted, ErrorClass.SandboxLost, CasePhase.Tests, attempt: 1);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_engine_that_is_away_when_a_sandbox_is_to_be_made_is_an_infrastructure_error_of_the_provision()
    {
        Cases.Provider.BeforeCreate = (_, number) => number switch
        {
            1 => engine.Engine.EndAsync("KILL"),
            2 => StartEngineAsync(),
            _ => Task.CompletedTask,
        };

        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkThenRun("true"));

        ShouldHavePassed(record, attempt: 2);
        ShouldBeInfraError(Cases.Stored(FaultCases.Solo)[0], AgentStatus.Unknown, ErrorClass.Engine, CasePhase.Provision, attempt: 1);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_full_disk_of_the_engine_is_an_infrastructure_error_of_the_provision()
    {
        string full = Path.Combine(engine.Engine.DataFolder, "full");
        Cases.Provider.BeforeCreate = (_, number) =>
        {
            if (number == 1)
                Fill(full);
            else
                File.Delete(full);
            return Task.CompletedTask;
        };

        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkThenRun("true"));

        ShouldHavePassed(record, attempt: 2);
        ShouldBeInfraError(Cases.Stored(FaultCases.Solo)[0], AgentStatus.Unknown, ErrorClass.Disk, CasePhase.Provision, attempt: 1);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_agent_that_fills_the_disk_that_its_work_is_on_hands_in_its_patch()
    {
        ExecResult? full = null;
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkThen(async (context, token) =>
        {
            full = await context.ExecAsync(ExecRequest
                .Shell($"{FillDisk}; echo much more > more.txt; head -c 5000000 /dev/zero > more.txt"), token);
            return AgentEnd.Submitted;
        }));

        full!.Stderr.Text.Should().Contain("No space left");
        ShouldHavePassed(record);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_agent_that_leaves_no_room_anywhere_hands_in_its_patch_when_its_memory_is_cleared()
    {
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkThenRun($"{FillDisk}; cat /dev/zero > /dev/shm/full"));

        ShouldHavePassed(record);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_patch_that_fills_the_disk_when_it_is_applied_does_not_apply()
    {
        var bomb = new PatchBomb(megabytes: 100);
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo,
            PatchAttackTests.Submitting(string.Concat(Enumerable.Range(1, 9).Select(n => bomb.File($"{n}.txt")))));

        PatchAttackTests.ShouldNotApply(record);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Code_that_fills_the_disk_under_its_tests_has_failed_and_the_other_tests_have_a_disk_again()
    {
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo,
            FaultCases.WorkAndAppend($"{FillDisk} || true; check cp list.txt copy.txt"));

        ShouldHaveFailed(record, reason: null);
    }

    private protected override async Task<(ISandboxProvider Provider, SandboxImage Image, EngineClient Look)> OpenEngineAsync()
    {
        SandboxImage image = await engine.StartOrSkipAsync();
        _look = (await EngineNegotiation.ConnectAsync(engine.Engine.Places, TimeProvider.System, Token)).Client;
        _provider = await DockerSandboxes.ConnectAsync(engine.Engine.Places, TimeProvider.System, storeFolder: null, Token);
        return (_provider, image, _look);
    }

    private protected override async Task CloseEngineAsync() => await _provider!.DisposeAsync();

    private async Task StartEngineAsync() => (await engine.Engine.StartAsync(Token)).Should().BeNull();

    private async Task KillWhileTestsRunAsync(string id)
    {
        await WaitForFileAsync(id, "/tandem/tested");
        await engine.Engine.EndAsync("KILL");
    }

    private static void Fill(string file)
    {
        using FileStream stream = new(file, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] block = new byte[64 * 1024];
        for (int size = block.Length; size > 0; size /= 2)
        {
            try
            {
                while (true)
                    stream.Write(block, 0, size);
            }
            catch (IOException)
            {
                // Full; a smaller piece may still fit.
            }
        }
    }

    /// <summary>The engine of all tests of the class, started by the first.</summary>
    public sealed class BoundedEngine : IAsyncDisposable
    {
        private SecondEngine? _engine;
        private SandboxImage? _image;

        internal SecondEngine Engine => _engine!;

        internal async Task<SandboxImage> StartOrSkipAsync()
        {
            if (_engine is null)
            {
                DockerSandboxProvider host = await DockerEngine.RequireOrSkip();
                _image = (await DockerEngine.SubjectAsync()).Image;
                _engine = SecondEngineOnDemand.PrepareOrSkip();
                await _engine.BoundDiskAsync("800m");
                (await _engine.StartAsync(Token)).Should().BeNull();
                await _engine.CopyImageAsync(host.Engine, _image.Reference, Token);
            }
            // A test that failed may have left it down.
            (await _engine.StartAsync(Token)).Should().BeNull();
            return _image!;
        }

        public async ValueTask DisposeAsync()
        {
            if (_engine is not null)
                await _engine.DisposeAsync();
        }
    }
}
