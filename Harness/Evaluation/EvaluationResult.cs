using Tandem.Records.Runs;

namespace Tandem.Harness.Evaluation;

/// <summary>What an evaluation found, and what it rests on.</summary>
public sealed record EvaluationResult
{
    /// <summary>The findings, as <c>eval.json</c> holds them. Where <see cref="Error"/> is set there is no verdict:
    /// <see cref="FeatureTestReport.Passed"/> is null throughout.</summary>
    public required EvaluationReport Report { get; init; }

    /// <summary>The infrastructure's fault, by its class; null where there is a verdict.</summary>
    public required RunError? Error { get; init; }

    /// <summary>Whether another evaluation would come to the same error, because what it rests on is kept.</summary>
    public bool IsSettled { get; init; }

    /// <summary>The patches as graded, in the order of the agents: without test files, ending with a line feed.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> GradedPatches { get; init; }

    /// <summary>The tested difference to the base commit; empty if nothing was left to test, null if the merge failed or was not
    /// reached.</summary>
    public required ReadOnlyMemory<byte>? MergedDiff { get; init; }

    /// <summary>What each feature's runner printed, both streams as they came, the middle cut where it is long; as many as were
    /// run.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> TestOutputs { get; init; }

    /// <summary>The commit that the patches were applied to; null if it was not reached.</summary>
    public required string? BaseCommit { get; init; }

    /// <summary>What the sandbox used; where there was more than one after another, together. Null if none could be made.</summary>
    public required SandboxReport? Sandbox { get; init; }

    /// <summary>Making the sandbox, applying and merging.</summary>
    public required double MergeSeconds { get; init; }

    /// <summary>The runners, with what goes before each; null if they were not reached.</summary>
    public required double? TestsSeconds { get; init; }
}
