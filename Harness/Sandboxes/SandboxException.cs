namespace Tandem.Harness.Sandboxes;

/// <summary>What went wrong with a sandbox, decided where it arises; the outcome table takes its row from this, never from the
/// text.</summary>
public enum SandboxFault
{
    /// <summary>The engine does not answer, or answers what it should not.</summary>
    Engine,

    /// <summary>The image can neither be found, pulled nor built.</summary>
    Image,

    /// <summary>No space left where the engine or the sandbox writes.</summary>
    Disk,

    /// <summary>The host has no memory left for it.</summary>
    HostMemory,

    /// <summary>The sandbox is gone: removed, stopped or unresponsive.</summary>
    Lost,

    /// <summary>What an agent ran in the sandbox has made it unusable: it is there, the engine is sound, and it serves no more. The
    /// agent's fault, not the infrastructure's.</summary>
    Broken,

    /// <summary>A file is larger than the caller allows.</summary>
    TooLarge,

    /// <summary>The request asks what this provider cannot do.</summary>
    Unsupported,
}

/// <summary>A sandbox failed: a fault of the infrastructure, unless it is <see cref="SandboxFault.Broken"/>.</summary>
public sealed class SandboxException : Exception
{
    /// <summary>Makes one; the message says what failed, with which evidence, and what to do.</summary>
    public SandboxException(SandboxFault fault, string message, Exception? innerException = null)
        : base(message, innerException) => Fault = fault;

    /// <summary>Its class.</summary>
    public SandboxFault Fault { get; }

    /// <summary>Of an image that can neither be pulled nor built: true if it may be had later without anybody's doing (a registry that was
    /// not reached, a rate limit), false if not. Null of every other fault.</summary>
    public bool? MayPass { get; init; }
}
