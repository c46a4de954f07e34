using Tandem.Records.Text;

namespace Tandem.Harness.Processes;

/// <summary>A program of the host to be run by <see cref="ChildProcess"/>. No shell is between: nothing is expanded.</summary>
public sealed record ChildCommand
{
    /// <summary>Makes one.</summary>
    /// <param name="program">A path, or a name that is looked up in the command's PATH, or in ours if it has none.</param>
    /// <param name="arguments">Passed as they are.</param>
    public ChildCommand(string program, params IReadOnlyList<string> arguments)
    {
        ArgumentException.ThrowIfNullOrEmpty(program);
        ArgumentNullException.ThrowIfNull(arguments);
        (Program, Arguments) = (program, arguments);
    }

    /// <summary>The program: a path or a name.</summary>
    public string Program { get; }

    /// <summary>Its arguments.</summary>
    public IReadOnlyList<string> Arguments { get; }

    /// <summary>Where it runs; null is the current directory.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>All variables that it sees, but for one marker of ours (<see cref="ChildProcess.MarkerVariable"/>). Empty by default: see
    /// <see cref="ChildEnvironment"/>.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>What it reads; null is an empty input.</summary>
    public ReadOnlyMemory<byte>? Stdin { get; init; }

    /// <summary>Then everything it started is killed. Default 2 minutes; <see cref="Timeout.InfiniteTimeSpan"/> for none.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long a cancelled child has to end by itself after SIGTERM before it is killed; default zero: killed at once. Has no
    /// effect on Windows.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.Zero;

    /// <summary>Cuts <see cref="Grace"/> short: a cancelled child is killed at once.</summary>
    public CancellationToken Hurry { get; init; }

    /// <summary>Bytes of each stream to keep; of more, the first and the last half are kept. Default 256 KiB.</summary>
    public int KeepBytes { get; init; } = 256 * 1024;

    /// <summary>Output past this sum of both streams ends the command; null is no bound.</summary>
    public long? MaxOutputBytes { get; init; }

    /// <summary>
    /// Called with each piece of output as it comes (false: stdout, true: stderr), one call at a time. The memory is used again after the
    /// call. An exception from it ends the command and comes out of <see cref="ChildProcess.RunAsync"/>.
    /// </summary>
    public Action<bool, ReadOnlyMemory<byte>>? OnOutput { get; init; }

    /// <summary>The command as a reader would type it, cut after 1,000 characters; for messages, never to be run.</summary>
    public override string ToString()
    {
        string line = string.Join(' ', Arguments.Prepend(Program).Select(ShellWord.Quote));
        return line.Length <= 1000 ? line : line[..1000] + "...";
    }
}
