using System.Globalization;
using Tandem.Cli.Setup;
using Tandem.Harness.Processes;

namespace Tandem.Cli.Doctor;

/// <summary>What the machine can carry.</summary>
/// <param name="Processors">Those that sandboxes may use.</param>
/// <param name="FreeMemoryBytes">What sandboxes may use without pushing anything out.</param>
internal sealed record MachineCheck(int Processors, long FreeMemoryBytes)
{
    /// <summary>An agent mostly waits for its model, so two cases keep one processor busy.</summary>
    private const int CasesPerProcessor = 2;

    /// <summary>Two teammates work at once.</summary>
    private const int SandboxesPerCase = 2;

    private const int EnoughDescriptors = 1024;

    /// <summary>Reads this machine's, and takes the engine's where that is less (it may sit in a virtual machine, or elsewhere).</summary>
    public static MachineCheck Read(EngineFacts? engine)
    {
        bool isElsewhere = engine is { IsLocal: false };
        int processors = isElsewhere && engine!.Processors is int remote ? remote
            : Math.Min(Environment.ProcessorCount, engine?.Processors ?? int.MaxValue);
        long memory = isElsewhere && engine!.MemoryBytes is long theirs ? theirs
            : Math.Min(FreeMemory(), engine?.MemoryBytes ?? long.MaxValue);
        return new MachineCheck(processors, memory);
    }

    /// <summary>How many cases at once are safe: what the processors carry and what the memory holds if every sandbox uses all that it may;
    /// at least one.</summary>
    public int SafeConcurrency(long sandboxBytes) =>
        (int)Math.Max(1, Math.Min((long)Processors * CasesPerProcessor, FreeMemoryBytes / (SandboxesPerCase * sandboxBytes)));

    /// <param name="sandboxBytes">The memory limit of one sandbox.</param>
    /// <param name="concurrency">Cases at once, as the experiment has it; null if it cannot be read.</param>
    public IEnumerable<Finding> Judge(long sandboxBytes, int? concurrency)
    {
        long forOneCase = SandboxesPerCase * sandboxBytes;
        yield return FreeMemoryBytes >= forOneCase
            ? Finding.Ok("MEMORY", $"{Finding.Gib(FreeMemoryBytes)} free")
            : new Finding("MEMORY", Severity.Warning, $"{Finding.Gib(FreeMemoryBytes)} free, one case may use {Finding.Gib(forOneCase)}",
            "end other programs, or set a lower sandbox.memory_mb");

        int safe = SafeConcurrency(sandboxBytes);
        string why = string.Create(CultureInfo.InvariantCulture,
            $"up to {safe} at once are safe ({CasesPerProcessor} for each processor, {Finding.Gib(forOneCase)} of memory for each case; "
                + $"processors: {Processors})");
        yield return concurrency > safe
            ? new Finding("CONCURRENCY", Severity.Warning, $"the experiment runs {concurrency} cases at once; {why}",
            string.Create(CultureInfo.InvariantCulture, $"set run.concurrency to {safe} (TANDEM__Run__Concurrency={safe})"))
            : Finding.Ok("CONCURRENCY", concurrency is null ? why : $"{concurrency} cases at once; {why}");
    }

    /// <summary>Looks at the limit of open files; .NET has raised it to the hard limit already. Nothing where it cannot be read.</summary>
    public static IEnumerable<Finding> ExamineDescriptors()
    {
        const string limits = "/proc/self/limits";
        return File.Exists(limits) ? JudgeDescriptors(File.ReadLines(limits)) : [];
    }

    public static IEnumerable<Finding> JudgeDescriptors(IEnumerable<string> lines)
    {
        string? line = lines.FirstOrDefault(l => l.StartsWith("Max open files", StringComparison.Ordinal));
        string[] words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (words.Length < 4)
            yield break;
        // "unlimited" is no number.
        yield return int.TryParse(words[3], NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit < EnoughDescriptors
            ? new Finding("DESCRIPTORS", Severity.Warning, $"{limit} open files are allowed, {EnoughDescriptors} are better",
            "`ulimit -n 4096`, or LimitNOFILE of the service")
            : Finding.Ok("DESCRIPTORS", $"{words[3]} open files allowed");
    }

    private static long FreeMemory()
    {
        // What the runtime may use knows a container's limit, but not what other programs hold.
        long allowed = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return HostFacts.FreeMemoryBytes() is long free ? Math.Min(allowed, free) : allowed;
    }
}
