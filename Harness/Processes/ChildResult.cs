
namespace Tandem.Harness.Processes;

/// <summary>How a child process ended.</summary>
public enum ChildOutcome
{
    /// <summary>By itself, or by a signal that was not ours.</summary>
    Exited,

    /// <summary>Its time limit ran out; everything it started has been killed.</summary>
    TimedOut,

    /// <summary>It printed past <see cref="ChildCommand.MaxOutputBytes"/> and was killed.</summary>
    TooMuchOutput,

    /// <summary>It could not be started.</summary>
    NotStarted,
}

/// <summary>What a child process left.</summary>
/// <param name="CommandLine">The command in words.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="ExitCode">Set for <see cref="ChildOutcome.Exited"/>; 128 and the signal's number if a signal ended it.</param>
/// <param name="Stdout">What it printed, within the bound.</param>
/// <param name="Stderr">What it complained, within the bound.</param>
/// <param name="Duration">From start to end.</param>
/// <param name="Detail">For outcomes other than Exited: what happened, in words.</param>
public sealed record ChildResult(string CommandLine, ChildOutcome Outcome, int? ExitCode, CapturedOutput Stdout, CapturedOutput Stderr,
    TimeSpan Duration, string? Detail)
{
    private const int EvidenceLength = 2000;

    /// <summary>Whether it ended by itself with exit code 0.</summary>
    public bool Succeeded => Outcome == ChildOutcome.Exited && ExitCode == 0;

    /// <summary>Gives the result itself if it succeeded.</summary>
    /// <exception cref="ChildProcessException">It did not; the message has the command, how it ended, and the end of what it
    /// complained.</exception>
    public ChildResult ThrowOnFailure() => Succeeded ? this : throw new ChildProcessException(this, Describe());

    /// <summary>The command, how it ended, and the end of its stderr (of its stdout, if there is no stderr).</summary>
    public string Describe()
    {
        string end = Outcome == ChildOutcome.Exited ? $"exited with code {ExitCode}" : Detail ?? Outcome.ToString();
        string evidence = (Stderr.TotalBytes > 0 ? Stderr : Stdout).Text.Trim();
        if (evidence.Length > EvidenceLength)
            evidence = "..." + evidence[^EvidenceLength..];
        return $"`{CommandLine}` failed: {end}." + (evidence.Length > 0 ? $" Its output ended:\n{evidence}" : " It printed nothing.");
    }
}

/// <summary>A child process that had to succeed did not.</summary>
public sealed class ChildProcessException : Exception
{
    internal ChildProcessException(ChildResult result, string message)
        : base(message) => Result = result;

    /// <summary>What it left.</summary>
    public ChildResult Result { get; }
}
