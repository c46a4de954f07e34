using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;

namespace Tandem.Harness.Evaluation;

/// <summary>What is to be evaluated, and in which sandbox.</summary>
public sealed record EvaluationRequest
{
    /// <summary>The case; its features are tested in their order.</summary>
    public required CaseId CaseId { get; init; }

    /// <summary>The task that the case is about.</summary>
    public required CodingTask Task { get; init; }

    /// <summary>One patch for a single agent, which is tested without a merge; else one per agent, in the order of their
    /// features.</summary>
    public required IReadOnlyList<AgentPatch> Patches { get; init; }

    /// <summary>What the evaluation's sandbox is made of. At most one sandbox lives at a time, always under this name.</summary>
    public required SandboxSpec Sandbox { get; init; }

    /// <summary>Bound of one run of the task's runner.</summary>
    public required TimeSpan RunnerTimeLimit { get; init; }

    /// <summary>Whether each feature's tests run in a sandbox of their own. Default false: they find what earlier features' tests left
    /// outside the repository.</summary>
    public bool SandboxPerFeature { get; init; }

    /// <summary>Whether the gold patch is asked where nothing passed. Default true; false for whoever asks it anyway.</summary>
    public bool AsksGold { get; init; } = true;

    /// <summary>Whether what is kept of gold patches is put aside. Default false.</summary>
    public bool AsksGoldAnew { get; init; }

    /// <summary>Whether the tests that passed are counted against those of the gold patch, which costs its run once for each feature and
    /// image. Default false.</summary>
    public bool CountsOnGold { get; init; }

    /// <summary>A runner that prints more is ended and its feature failed. Default 64 MiB.</summary>
    public long RunnerMaxOutputBytes { get; init; } = 64L << 20;
}

/// <summary>What an agent left.</summary>
/// <param name="AgentId"><c>solo</c>, <c>agent1</c> and so on.</param>
/// <param name="Content">Its patch, bytes as taken; empty if it left none.</param>
public sealed record AgentPatch(string AgentId, ReadOnlyMemory<byte> Content);
