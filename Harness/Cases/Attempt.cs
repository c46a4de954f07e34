using System.Security.Cryptography;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Cases;

/// <summary>One attempt on disk: its folder, its intent, its journal of phases and its artifacts. Nothing is ever written over.</summary>
internal sealed class Attempt : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly FileStream _events;

    private Attempt(AttemptIntent intent, string folder, TimeProvider clock)
    {
        (Intent, Folder, _clock) = (intent, folder, clock);
        _events = new FileStream(Path.Combine(folder, StoreLayout.EventsFile), FileMode.CreateNew, FileAccess.Write,
            FileShare.Read, bufferSize: 0);
        StartedTicks = clock.GetTimestamp();
    }

    public AttemptIntent Intent { get; }

    public string Folder { get; }

    /// <summary>The clock's monotonic reading at the begin, for durations.</summary>
    public long StartedTicks { get; }

    /// <summary>The number of the next attempt of a case, as far as this store knows: one above the highest that has a folder or a
    /// record.</summary>
    public static int FreeNumber(StoreLayout layout, CaseId caseId, int highestRecorded)
    {
        int last = layout.AttemptNumbers(caseId) is [.., int highest] ? highest : 0;
        // A folder without an intent is of a process that died before it began: its number is free.
        bool isFree = last > highestRecorded && !File.Exists(Path.Combine(layout.AttemptFolder(caseId, last), StoreLayout.AttemptFile));
        return isFree ? last : Math.Max(last, highestRecorded) + 1;
    }

    /// <summary>Begins an attempt of a case.</summary>
    public static Attempt Begin(RunEnvironment environment, CaseId caseId, int number, string attemptId, NextStep.Try step,
        IReadOnlyList<string> roles, string taskDigest)
    {
        StoreLayout layout = environment.Layout;
        var intent = new AttemptIntent
        {
            SchemaVersion = RunRecord.CurrentSchemaVersion,
            RunId = environment.RunId,
            Experiment = layout.Experiment,
            CaseId = caseId,
            Attempt = number,
            AttemptId = attemptId,
            AttemptKind = step.Kind,
            AttemptReason = step.Reason,
            TakesUp = step.TakesUp,
            StartedAt = environment.Clock.GetUtcNow(),
            Owner = ProcessIdentity.Current,
            Sandboxes = [.. roles.Append("evaluation").Select(role => SandboxName(attemptId, role))],
            SettingsHash = environment.Plan.SettingsHash,
            TaskDigest = taskDigest,
        };
        string folder = layout.AttemptFolder(caseId, number);
        Directory.CreateDirectory(folder);
        if (!DurableFile.TryCreate(Path.Combine(folder, StoreLayout.AttemptFile), StoreJson.ToFile(intent)))
            throw new IOException($"{folder} holds an attempt already, although its case was claimed; is the store used by a harness that "
                + $"does not honour claims?");
        Attempt? attempt = null;
        try
        {
            attempt = new Attempt(intent, folder, environment.Clock);
            attempt.NotePhase(CasePhase.Planned, "ok", TimeSpan.Zero);
            return attempt;
        }
        catch
        {
            // Nothing has begun; without its intent, the number is free for the next try.
            attempt?.Dispose();
            File.Delete(Path.Combine(folder, StoreLayout.EventsFile));
            File.Delete(Path.Combine(folder, StoreLayout.AttemptFile));
            throw;
        }
    }

    public static string SandboxName(string attemptId, string role) => $"tandem-{attemptId}-{role}";

    /// <summary>Writes a line of the journal, flushed to disk.</summary>
    public void NotePhase(CasePhase phase, string outcome, TimeSpan duration)
    {
        byte[] line = [.. StoreJson.ToLine(new AttemptEvent(_clock.GetUtcNow(), phase, outcome, Seconds(duration))), (byte)'\n'];
        _events.Write(line);
        _events.Flush(flushToDisk: true);
    }

    /// <summary>As <see cref="NotePhase"/>, where the phase has its end whether or not that can be noted: what follows meets the same disk
    /// and reports it.</summary>
    public void TryNotePhase(CasePhase phase, string outcome, TimeSpan duration)
    {
        try
        {
            NotePhase(phase, outcome, duration);
        }
        catch (IOException)
        {
            // See above.
        }
    }

    /// <summary>Writes an artifact, whole or not at all.</summary>
    public void Write(string name, ReadOnlySpan<byte> content) => DurableFile.Write(Path.Combine(Folder, name), content);

    /// <summary>As <see cref="Write"/>, but never over a file that exists.</summary>
    /// <returns>Whether this call made the file.</returns>
    public bool TryCreate(string name, ReadOnlySpan<byte> content) => DurableFile.TryCreate(Path.Combine(Folder, name), content);

    /// <summary>Whether a file of the folder has exactly this content.</summary>
    public bool Holds(string name, ReadOnlySpan<byte> content) =>
        RegularFile.ReadOwn(Path.Combine(Folder, name)).AsSpan().SequenceEqual(content);

    /// <summary>Writes an artifact of the store's own format.</summary>
    public void WriteJson<T>(string name, T value)
        where T : class => Write(name, StoreJson.ToFile(value));

    /// <summary>Makes the names of all artifacts written so far durable; costs as much as the flush of a file, so not with each.</summary>
    public void FlushNames() => FolderFlush.Flush(Folder);

    /// <summary>The files of the folder with their digests, in ordinal order; without the journal, which still grows, and the record's own
    /// copy.</summary>
    public static IReadOnlyList<ArtifactDigest> DigestsOf(string folder) =>
        [.. Directory.EnumerateFiles(folder)
            .Where(path => Path.GetFileName(path) is not (StoreLayout.EventsFile or StoreLayout.ResultFile)
            && !path.EndsWith(".tmp", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(path =>
            {
                using FileStream stream = File.OpenRead(path);
                return new ArtifactDigest(Path.GetFileName(path), stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
            })];

    public void Dispose() => _events.Dispose();

    /// <summary>Durations in records: seconds to the millisecond.</summary>
    public static double Seconds(TimeSpan duration) => Math.Round(Math.Max(0, duration.TotalSeconds), 3);
}
