using System.Text.Json;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Records.Store;

/// <summary>How far an agent is.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Step">Its latest step, from 1; 0 before the first.</param>
public readonly record struct AgentStep(string AgentId, int Step);

/// <summary>A case that a process is at work on at this moment, as the files say.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="Attempt">Its open attempt; null while there is none: it was claimed and has not begun yet, or pauses between two
/// attempts.</param>
/// <param name="Phase">What it is in; null without an open attempt.</param>
/// <param name="Steps">How far its agents are, as far as they have begun.</param>
/// <param name="Owner">The process.</param>
public sealed record RunningCase(CaseId CaseId, AttemptIntent? Attempt, CasePhase? Phase, IReadOnlyList<AgentStep> Steps,
    ProcessIdentity Owner)
{
    /// <summary>What of a trajectory's end is looked at, in bytes: a step or two of each agent.</summary>
    private const int TailBytes = 64 * 1024;

    /// <summary>The latest attempt of a case if it is open: it has an intent and no record, and its process is not proven dead. Else
    /// null.</summary>
    public static RunningCase? TryRead(StoreLayout layout, CaseId caseId, int latestRecorded)
    {
        if (layout.AttemptNumbers(caseId) is not [.., int number] || number <= latestRecorded)
            return null;
        string folder = layout.AttemptFolder(caseId, number);
        try
        {
            AttemptIntent intent = StoreJson.Read<AttemptIntent>(RegularFile.ReadOwn(Path.Combine(folder, StoreLayout.AttemptFile)));
            return intent.Owner.IsProvenDead
                ? null
                : new RunningCase(caseId, intent, PhaseOf(Path.Combine(folder, StoreLayout.EventsFile), intent.AttemptKind),
                StepsOf(Path.Combine(folder, StoreLayout.TrajectoryFile)), intent.Owner);
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            // It is about to begin, or was just moved away.
            return null;
        }
    }

    /// <summary>The phase behind the last one that ended.</summary>
    private static CasePhase PhaseOf(string eventsFile, AttemptKind kind)
    {
        var ended = CasePhase.Planned;
        if (File.Exists(eventsFile))
        {
            foreach (JsonLines.Line line in JsonLines.Read(eventsFile).Where(line => line.IsTerminated))
                ended = StoreJson.Read<AttemptEvent>(line.Utf8.Span).Phase;
        }
        return ended switch
        {
            CasePhase.Planned => kind == AttemptKind.Regrade ? CasePhase.Merge : CasePhase.Provision,
            CasePhase.Provision => CasePhase.Agent,
            CasePhase.Agent => CasePhase.Merge,
            CasePhase.Merge => CasePhase.Tests,
            CasePhase.Tests or CasePhase.Record => CasePhase.Record,
            _ => throw new InvalidDataException($"Unknown phase {ended}."),
        };
    }

    /// <summary>The latest steps, from the trajectory's end alone. An agent that did nothing within it is left out.</summary>
    private static AgentStep[] StepsOf(string trajectoryFile)
    {
        if (!File.Exists(trajectoryFile))
            return [];
        using FileStream stream = RegularFile.OpenOwn(trajectoryFile);
        byte[] tail = new byte[Math.Min(TailBytes, stream.Length)];
        stream.Position = stream.Length - tail.Length;
        ReadOnlySpan<byte> text = tail.AsSpan(0, stream.ReadAtLeast(tail, tail.Length, throwOnEndOfStream: false));
        var steps = new SortedDictionary<string, int>(StringComparer.Ordinal);
        // What is before the first line feed is the rest of a line, unless the file begins here; what is behind the last is still being
        // written.
        int start = stream.Length <= TailBytes ? 0 : text.IndexOf((byte)'\n') + 1;
        for (int length; (length = text[start..].IndexOf((byte)'\n')) >= 0; start += length + 1)
        {
            if (TryRead(text.Slice(start, length)) is TrajectoryEvent entry)
                steps[entry.AgentId] = Math.Max(steps.GetValueOrDefault(entry.AgentId), entry.Step);
        }
        return [.. steps.Select(step => new AgentStep(step.Key, step.Value))];
    }

    private static TrajectoryEvent? TryRead(ReadOnlySpan<byte> line)
    {
        try
        {
            return StoreJson.Read<TrajectoryEvent>(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
