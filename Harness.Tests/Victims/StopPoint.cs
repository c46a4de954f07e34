using System.Runtime.InteropServices;
using Tandem.Records.Cases;
using Tandem.Records.Store;

namespace Tandem.Harness.Tests.Victims;

/// <summary>Where in its life a case is when its process is killed.</summary>
public enum StopPoint
{
    /// <summary>In the plan, and nothing more.</summary>
    Planned,

    /// <summary>Claimed, without an attempt.</summary>
    Claimed,

    /// <summary>The attempt's intent is on disk, no sandbox has been asked for.</summary>
    Intended,

    /// <summary>One agent's sandbox is there, the other's is not.</summary>
    Provisioning,

    /// <summary>The agent has worked and would go on.</summary>
    AgentRunning,

    /// <summary>The agents' patches are on disk, and their report.</summary>
    AgentsDone,

    /// <summary>The patches are in the evaluation's sandbox.</summary>
    Merging,

    /// <summary>The tests run.</summary>
    Testing,

    /// <summary>All artifacts are on disk, the record's copy with them; the run file is not there yet.</summary>
    BeforeRecord,

    /// <summary>A part of the record's line is on disk.</summary>
    InRecord,
}

/// <summary>
/// The system's clock, except that a case which asks for the time where it is to be killed gets no answer. The harness asks just before it
/// writes an attempt's intent, a line of its journal, and a run file; what is on disk then tells at which of them the case is.
/// </summary>
/// <param name="layout">The store.</param>
/// <param name="pointOf">The case that asks, and where it is to stop; null for all others.</param>
/// <param name="stop">Called where it is to stop; need not return.</param>
internal sealed class StoppingClock(StoreLayout layout, Func<(CaseId CaseId, StopPoint Point)?> pointOf, Action stop) : TimeProvider
{
    public override DateTimeOffset GetUtcNow()
    {
        if (pointOf() is var (caseId, point) && IsAt(caseId, point))
            stop();
        return base.GetUtcNow();
    }

    private bool IsAt(CaseId caseId, StopPoint point)
    {
        string folder = layout.AttemptFolder(caseId, 1);
        return point switch
        {
            StopPoint.Claimed => File.Exists(ClaimFiles.HolderOf(ClaimFiles.LockOf(layout, caseId))) && !Directory.Exists(folder),
            StopPoint.Intended => File.Exists(Path.Combine(folder, StoreLayout.AttemptFile)),
            StopPoint.AgentsDone => File.Exists(Path.Combine(folder, StoreLayout.AgentsFile)),
            StopPoint.BeforeRecord or StopPoint.InRecord => File.Exists(Path.Combine(folder, StoreLayout.ResultFile)),
            _ => false,
        };
    }
}

/// <summary>Lets the kernel kill this process in the middle of a file.</summary>
internal static class DeathInAFile
{
    private const int FileTooLarge = 25;
    private const int FileSize = 1;
    private const int CoreSize = 4;

    /// <summary>The signal that it dies of.</summary>
    public const int Signal = FileTooLarge;

    /// <summary>Whatever is written from now on past so many bytes of a file ends the process: what fits is on disk, the rest is
    /// not.</summary>
    public static void Arrange(long bytes)
    {
        // The runtime ignores the signal, and would see an error instead.
        _ = SetSignal(FileTooLarge, 0);
        if (SetLimit(CoreSize, new Limit(0, 0)) != 0 || SetLimit(FileSize, new Limit((nuint)bytes, (nuint)bytes)) != 0)
            throw new InvalidOperationException($"The limit cannot be set: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [DllImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint SetSignal(int signal, nint handler);

    [DllImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetLimit(int resource, in Limit limit);

    private readonly record struct Limit(nuint Soft, nuint Hard);
}
