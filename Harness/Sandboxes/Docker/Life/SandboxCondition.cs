namespace Tandem.Harness.Sandboxes.Docker.Life;

/// <summary>What state a sandbox is in, when a channel into it has ended.</summary>
internal abstract record SandboxCondition
{
    public sealed record Running : SandboxCondition;

    /// <summary>It has been started anew since: whatever ran before was killed by that.</summary>
    public sealed record Restarted : SandboxCondition;

    /// <summary>All that ran in it was killed, by something in it; its files are there, and it can be started again.</summary>
    public sealed record KilledFromInside(bool OutOfMemory) : SandboxCondition;

    /// <summary>The engine does not say. Once is no proof: it may be busy.</summary>
    public sealed record Silent(string Why) : SandboxCondition;

    /// <summary>It is gone, or nothing that we may touch.</summary>
    /// <param name="Why">What was seen.</param>
    /// <param name="FromInside">Whether what an agent ran in it has made it so.</param>
    public sealed record Lost(string Why, bool FromInside = false) : SandboxCondition;
}
