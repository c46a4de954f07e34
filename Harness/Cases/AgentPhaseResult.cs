using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Cases;

/// <summary>What steps 2 to 4 left.</summary>
internal sealed record AgentPhaseResult
{
    public required IReadOnlyList<AgentReport> Agents { get; init; }

    /// <summary>Raw patches in the agents' order; empty if they did not come to run.</summary>
    public IReadOnlyList<byte[]?> Patches { get; init; } = [];

    public IReadOnlyList<MessageRecord> Messages { get; init; } = [];

    public SandboxImage? Image { get; init; }

    public string? BaseCommit { get; init; }

    public IReadOnlyList<SandboxReport> Sandboxes { get; init; } = [];

    public double? ProvisionSeconds { get; init; }

    public double? AgentSeconds { get; init; }

    public RunError? Error { get; init; }

    public bool IsInterrupted { get; init; }

    /// <summary>How an agent departed from what it had to do again; null if none did.</summary>
    public string? Divergence { get; init; }
}
