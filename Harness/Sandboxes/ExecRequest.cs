using Tandem.Harness.Processes;

namespace Tandem.Harness.Sandboxes;

/// <summary>One command in a sandbox. <see cref="Command"/> is an argument list; a script goes through <see cref="Shell"/>.</summary>
public sealed record ExecRequest
{
    /// <summary>The program and its arguments; nothing is expanded.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Absolute path inside; null is the repository.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The user it runs as; null is the image's. Needs <see cref="SandboxAbilities.Users"/>.</summary>
    public string? User { get; init; }

    /// <summary>Variables added to the sandbox's own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>What it reads; null is an empty input.</summary>
    public ReadOnlyMemory<byte>? Stdin { get; init; }

    /// <summary>Then everything it started is killed. Default 2 minutes.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Bytes of each stream to keep; of more, the first and the last half are kept. Default 256 KiB.</summary>
    public int KeepBytes { get; init; } = 256 * 1024;

    /// <summary>Output past this sum of both streams ends the command as <see cref="ExecOutcome.TooMuchOutput"/>; null is no
    /// bound.</summary>
    public long? MaxOutputBytes { get; init; }

    /// <summary>Runs in a process of its own from the engine, not in the shared shell session: for commands that may take their shell down
    /// with them, and whose exit code must come from the engine.</summary>
    public bool OwnProcess { get; init; }

    /// <summary>
    /// Whether nothing that an agent wrote can run in it, unless such code ran in the sandbox before: a command of the harness's own, with
    /// programs of the image's. Up to the first command without this, files may be put into the sandbox by the sandbox's own programs;
    /// later an agent may have replaced these. Default false, which is always safe.
    /// </summary>
    public bool RunsNoAgentCode { get; init; }

    /// <summary>Called with each piece of output as it comes (false: stdout, true: stderr), on one thread at a time; it must return
    /// quickly.</summary>
    public Action<bool, ReadOnlyMemory<byte>>? OnOutput { get; init; }

    /// <summary>A shell script as a command: <c>/bin/sh -c script</c>; not a login shell, so PATH stays the image's.</summary>
    public static ExecRequest Shell(string script) => new() { Command = ["/bin/sh", "-c", script] };
}

/// <summary>How a command ended.</summary>
public enum ExecOutcome
{
    /// <summary>By itself, or by a signal from within: the exit code says how.</summary>
    Exited,

    /// <summary>Its time limit ran out; everything it started has been killed.</summary>
    TimedOut,

    /// <summary>The kernel killed a process of it for want of memory.</summary>
    OutOfMemory,

    /// <summary>It printed past <see cref="ExecRequest.MaxOutputBytes"/> and was killed.</summary>
    TooMuchOutput,

    /// <summary>The program could not be started: not there, or not executable, or no process could be made.</summary>
    NotStarted,

    /// <summary>The sandbox or the engine is gone.</summary>
    SandboxLost,

    /// <summary>What an agent ran in the sandbox has made it unusable for good (<see cref="SandboxFault.Broken"/>).</summary>
    SandboxBroken,
}

/// <summary>What a command left.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="ExitCode">Set for <see cref="ExecOutcome.Exited"/>, and for <see cref="ExecOutcome.OutOfMemory"/> where there is
/// one.</param>
/// <param name="Stdout">What it printed, within the bound.</param>
/// <param name="Stderr">What it complained, within the bound.</param>
/// <param name="Duration">From start to end as the harness saw it.</param>
/// <param name="Detail">For outcomes other than Exited: what happened, in words.</param>
public sealed record ExecResult(ExecOutcome Outcome, int? ExitCode, CapturedOutput Stdout, CapturedOutput Stderr, TimeSpan Duration,
    string? Detail = null)
{
    /// <summary>Whether it ended by itself with exit code 0.</summary>
    public bool Succeeded => Outcome == ExecOutcome.Exited && ExitCode == 0;
}
