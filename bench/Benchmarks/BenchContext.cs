using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;

namespace Tandem.Bench.Benchmarks;

/// <summary>What benchmarks share: how often to measure, the engine, and the built-in pair that is measured.</summary>
internal sealed class BenchContext(int runs, DockerSandboxProvider? engine, TextWriter progress)
{
    private readonly Lazy<TaskSet> _tasks = new(() => TaskSetLoader.Load(Path.Combine(ProjectFolder.Find(), "tasks")));

    /// <summary>Rounds that count.</summary>
    public int Runs => runs;

    /// <summary>Whether there is an engine, for those that can do without.</summary>
    public bool HasEngine => engine is not null;

    /// <summary>The engine.</summary>
    public DockerSandboxProvider Engine =>
        engine ?? throw new InvalidOperationException("This benchmark did not say that it needs an engine.");

    /// <summary>Where it is said how far things are.</summary>
    public TextWriter Progress => progress;

    /// <summary>The built-in tasks.</summary>
    public TaskSet Tasks => _tasks.Value;

    /// <summary>The store that sandboxes of all benchmarks belong to, so that the next run finds what a dead one left.</summary>
    public const string Store = "bench";

    /// <summary>A pair that merges cleanly and passes with its gold patches.</summary>
    public static CaseId Pair(Setting setting, int seed = 0) => new(setting, "timespan_task", 14, [1, 3], seed);

    /// <summary>The pair's task.</summary>
    public CodingTask Task => Tasks.Find(Pair(Setting.Solo).Repo, Pair(Setting.Solo).TaskId)
        ?? throw new InvalidOperationException($"The built-in task set has no {Pair(Setting.Solo)}.");

    /// <summary>A sandbox with the limits of an experiment's.</summary>
    public async Task<SandboxSpec> SpecAsync(string role, CancellationToken cancellationToken) => new()
    {
        Image = await Engine.PrepareImageAsync(Task.Image, cancellationToken),
        Name = "bench-" + Guid.NewGuid().ToString("N")[..16],
        Owner = new SandboxOwner(Store, "bench", "bench", "attempt1", role),
    };
}
