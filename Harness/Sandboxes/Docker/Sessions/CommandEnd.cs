namespace Tandem.Harness.Sandboxes.Docker.Sessions;

/// <summary>How a command's channel ended, before it is judged what that means.</summary>
internal abstract record CommandEnd
{
    /// <summary>It ended and its exit code is known.</summary>
    /// <param name="Code">Above 128: a signal.</param>
    /// <param name="OutOfMemory">Whether the kernel killed a process for want of memory meanwhile.</param>
    public sealed record Exited(int Code, bool OutOfMemory) : CommandEnd;

    /// <summary>Its program could not be started.</summary>
    public sealed record NotStarted(string Why) : CommandEnd;

    /// <summary>It was not handed over to the sandbox: trying again runs it once.</summary>
    public sealed record NeverBegan(string Why) : CommandEnd;

    /// <summary>Its channel ended without an exit code: its shell session, its sandbox or the engine is gone.</summary>
    /// <param name="Why">What was seen.</param>
    /// <param name="ExecId">The engine's process that carried it.</param>
    /// <param name="IsCut">Whether our connection broke, or the engine did not answer; false where the other side ended it.</param>
    public sealed record ChannelLost(string Why, string ExecId, bool IsCut) : CommandEnd;
}
