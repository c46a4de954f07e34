using System.Collections.Concurrent;
using FluentAssertions;
using Tandem.Harness.Admission;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Models;
using Tandem.Harness.Tests.TaskSets;
using Xunit;

namespace Tandem.Harness.Tests.Admission;

/// <summary>Which tasks have no image, as the cases of a run learn of it.</summary>
public sealed class ImageGateTests : IDisposable
{
    private readonly TaskSetFolder _set = new TaskSetFolder().WithTask("a_task", 1).WithTask("a_task", 2).WithTask("b_task", 3);
    private readonly Images _images = new();
    private readonly FastClock _clock = new();
    private readonly List<string> _notices = [];
    private readonly CodingTask[] _tasks;

    public ImageGateTests() => _tasks = [.. _set.Load().Tasks];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ImageGate Gate => field ??= new ImageGate(_images, _clock, _notices.Add);

    public void Dispose() => _set.Dispose();

    [Fact]
    public async Task What_is_missing_is_known_before_the_first_case_task_by_task()
    {
        _images.Lack(_tasks[2], mayPass: false);
        _images.Lack(_tasks[0], mayPass: false);

        await Gate.LookAheadAsync(_tasks, Token);

        Gate.Missing.Select(missing => missing.ToString()).Should()
            .Equal("no image for a_task/1: it lacks a_task/1", "no image for b_task/3: it lacks b_task/3");
        (await Gate.WhyNotAsync(_tasks[0], Token)).Should().Be("no image for a_task/1: it lacks a_task/1");
        (await Gate.WhyNotAsync(_tasks[1], Token)).Should().BeNull();
        _clock.Waits.Should().BeEmpty("what does not pass is not waited for");
    }

    [Fact]
    public async Task A_fault_that_does_not_pass_is_met_once_in_a_run()
    {
        _images.Lack(_tasks[0], mayPass: false, foresees: false);
        await Gate.LookAheadAsync(_tasks, Token);

        (await Gate.PrepareAsync(_tasks[0], Token)).Should().Be("no image for a_task/1: it lacks a_task/1");
        for (int i = 0; i < 3; i++)
            (await Gate.WhyNotAsync(_tasks[0], Token)).Should().NotBeNull();

        _images.Prepared.Should().Equal(_tasks[0].Image.Name);
        _notices.Should().Equal("no image for a_task/1: it lacks a_task/1. Its cases are skipped.");
    }

    [Fact]
    public async Task A_network_that_is_away_for_seconds_is_waited_for()
    {
        int looks = 0;
        _images.Lack(_tasks[0], mayPass: true, foresees: true, whenLooked: () => ++looks < 3);

        await Gate.LookAheadAsync(_tasks, Token);

        Gate.Missing.Should().BeEmpty();
        _clock.Waits.Select(wait => wait.TotalSeconds).Should().Equal(3, 7);
    }

    [Fact]
    public async Task Others_wait_for_it_no_longer_than_ten_seconds_and_all_of_them_for_a_minute()
    {
        _images.Lack(_tasks[0], mayPass: true);
        await Gate.LookAheadAsync(_tasks, Token);
        _clock.Waits.Sum(wait => wait.TotalSeconds).Should().Be(10);

        _clock.Waits.Clear();
        foreach (CodingTask task in _tasks)
            _images.Lack(task, mayPass: true);
        await new ImageGate(_images, _clock, _notices.Add).LookAheadAsync(_tasks, Token);
        _clock.Waits.Sum(wait => wait.TotalSeconds).Should().Be(70);
    }

    [Fact]
    public async Task What_may_pass_is_looked_at_again_once_a_minute()
    {
        var clock = new HandClock();
        var gate = new ImageGate(_images, clock, _notices.Add);
        bool isAway = true;
        _images.Lack(_tasks[0], mayPass: true, foresees: true, whenLooked: () => isAway);
        (await gate.PrepareAsync(_tasks[0], Token)).Should().NotBeNull();

        isAway = false;
        clock.Advance(TimeSpan.FromSeconds(59));
        (await gate.WhyNotAsync(_tasks[0], Token)).Should().NotBeNull("a minute has not passed");
        clock.Advance(TimeSpan.FromSeconds(1));
        (await gate.WhyNotAsync(_tasks[0], Token)).Should().BeNull();
        gate.Missing.Should().BeEmpty();
    }

    [Fact]
    public async Task A_fault_of_the_engine_is_the_cases_own_to_meet()
    {
        _images.Faults[_tasks[0].Image.Name] = () => new SandboxException(SandboxFault.Engine, "the engine is away");

        await Gate.LookAheadAsync(_tasks, Token);
        (await Gate.PrepareAsync(_tasks[0], Token)).Should().BeNull();

        Gate.Missing.Should().BeEmpty();
    }

    [Fact]
    public async Task Of_a_build_the_line_says_where_its_output_is_and_does_not_hold_it()
    {
        _images.Faults[_tasks[0].Image.Name] = () => new SandboxException(SandboxFault.Image,
            "The engine gave up building x: code 3.\nThe build in /set/task1 ended with the lines below; its whole output is in /log.\n"
            + "line 1")
        { MayPass = false };

        (await Gate.PrepareAsync(_tasks[0], Token)).Should().Be("no image for a_task/1: The engine gave up building x: code 3. "
            + "The build in /set/task1 failed; its whole output is in /log");
    }

    private sealed class Images : ISandboxProvider
    {
        private readonly ConcurrentDictionary<string, bool> _foreseen = [];

        public ConcurrentDictionary<string, Func<SandboxException?>> Faults { get; } = [];

        public ConcurrentQueue<string> Prepared { get; } = [];

        public string Kind => "fake";

        public SandboxAbilities Abilities => SandboxAbilities.None;

        public string Description => "fake";

        public void Lack(CodingTask task, bool mayPass, bool foresees = true, Func<bool>? whenLooked = null)
        {
            _foreseen[task.Image.Name] = foresees;
            Faults[task.Image.Name] = () => whenLooked?.Invoke() == false ? null
                : new SandboxException(SandboxFault.Image, $"it lacks {task}") { MayPass = mayPass };
        }

        public Task<SandboxImage> PrepareImageAsync(SandboxImageSource source, CancellationToken cancellationToken)
        {
            Prepared.Enqueue(source.Name);
            return Faults.TryGetValue(source.Name, out Func<SandboxException?>? fault) && fault() is { } exception ? throw exception
                : Task.FromResult(new SandboxImage(source.Name, "id"));
        }

        public Task<SandboxException?> ForeseeImageAsync(SandboxImageSource source, CancellationToken cancellationToken) =>
            Task.FromResult(Faults.TryGetValue(source.Name, out Func<SandboxException?>? fault)
                && _foreseen.GetValueOrDefault(source.Name) ? fault() : null);

        public Task<ProgramVolume> PrepareProgramsAsync(ProgramRecipe recipe, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<SweptSandbox>> SweepAsync(string? store, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
