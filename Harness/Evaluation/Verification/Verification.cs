using Tandem.Harness.TaskSets;

namespace Tandem.Harness.Evaluation.Verification;

/// <summary>Something that a verification found.</summary>
/// <param name="Id">Its kind, for example <c>GOLD-FAILS</c>.</param>
/// <param name="Where">The task, feature or pair: <c>click_task/2068/f1</c>.</param>
/// <param name="What">What is the matter, with its evidence.</param>
public sealed record VerificationFinding(string Id, string Where, string What);

/// <summary>How a task set is verified.</summary>
public sealed record VerificationOptions
{
    /// <summary>Which tasks; pairs of other tasks are left alone.</summary>
    public TaskFilter Filter { get; init; } = TaskFilter.All;

    /// <summary>How often the tests are run with each gold patch and with the combined patch, 1 to 100; more than once finds flaky
    /// features. Default 1.</summary>
    public int Repeats { get; init; } = 1;

    /// <summary>Evaluations at once; default 2.</summary>
    public int Concurrency { get; init; } = 2;

    /// <summary>Called with each evaluation that ended and how many there are.</summary>
    public Action<string, int, int>? OnProgress { get; init; }
}

/// <summary>What a verification came to.</summary>
/// <param name="Findings">What is wrong, in the order of the tasks; empty if nothing is.</param>
/// <param name="Features">Features that were looked at.</param>
/// <param name="Pairs">Pairs that were merged.</param>
/// <param name="ConflictReport">The gold patches' conflicts, in upstream's format.</param>
public sealed record VerificationReport(IReadOnlyList<VerificationFinding> Findings, int Features, int Pairs,
    ReadOnlyMemory<byte> ConflictReport);
