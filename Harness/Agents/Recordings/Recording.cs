using System.Text.RegularExpressions;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Agents.Recordings;

/// <summary>What an earlier attempt's agents did, by its trajectory, up to the last whole line.</summary>
internal sealed class Recording
{
    private Recording(IReadOnlyList<TrajectoryEvent> events, string folder) => (Events, Folder) = (events, folder);

    /// <summary>The folder of the attempt that it is of.</summary>
    public string Folder { get; }

    /// <summary>The events of all agents, in the order in which they were written.</summary>
    public IReadOnlyList<TrajectoryEvent> Events { get; }

    /// <summary>Model calls that are in it: what a resumption does not pay again.</summary>
    public int Responses => Events.Count(e => e.Kind == TrajectoryKinds.Response);

    /// <summary>What its model calls cost; null if one has no price.</summary>
    public decimal? Cost => Events.Any(e => e is { Kind: TrajectoryKinds.Response or TrajectoryKinds.Unusable, Cost: null }) ? null
        : Events.Sum(e => e.Cost ?? 0);

    /// <summary>Reads a trajectory; null if there is none, or a line before its last cannot be read.</summary>
    public static Recording? TryRead(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            return new Recording([.. JsonLines.Read(path, 0, 0).Where(line => line.IsTerminated)
                .Select(line => StoreJson.Read<TrajectoryEvent>(line.Utf8.Span))], Path.GetDirectoryName(path)!);
        }
        catch (Exception exception) when (exception is IOException or System.Text.Json.JsonException)
        {
            return null;
        }
    }

    /// <summary>The events that a resumption begins with: all but the ends of agents that were stopped from outside.</summary>
    public Recording WithoutInterruptedEnds()
    {
        string[] ends = [AgentStatus.Unknown.ToString(), AgentStatus.Error.ToString()];
        return new Recording([.. Events.Where(e => e.Kind != TrajectoryKinds.End || !ends.Contains(e.Text?.Split(' ')[0]))], Folder);
    }

    /// <summary>The messages that were sent, in their order, with what became of them.</summary>
    /// <param name="featureOf">The feature of an agent.</param>
    public IReadOnlyList<MessageRecord> Conversation(Func<string, int> featureOf)
    {
        var messages = new List<MessageRecord>();
        foreach (TrajectoryEvent e in Events.Where(e => e.Kind == TrajectoryKinds.MessageSent))
        {
            (string to, string text) = Parts(e.Text!);
            messages.Add(new MessageRecord(e.AgentId, to, text, e.At, null, null, featureOf(e.AgentId), e.Step, null));
        }
        foreach (TrajectoryEvent e in Events.Where(e => e.Kind is TrajectoryKinds.MessageReceived or TrajectoryKinds.MessageRead))
        {
            (string from, string text) = Parts(e.Text!);
            int at = messages.FindIndex(m => m.From == from && m.To == e.AgentId && m.Message == text && m.DeliveredAt is null);
            // The sender was killed between its sending and its line of the trajectory.
            MessageRecord message = at >= 0 ? messages[at]
                : new MessageRecord(from, e.AgentId, text, e.At, null, null, featureOf(from), null, null);
            message = message with
            {
                DeliveredAt = e.At,
                DeliveredStep = e.Step,
                ReadAt = e.Kind == TrajectoryKinds.MessageRead
                ? e.At : null
            };
            if (at >= 0)
                messages[at] = message;
            else
                messages.Add(message);
        }
        return [.. messages.OrderBy(m => m.SentAt)];
    }

    public AgentRecording Of(string agentId) => new([.. Events.Where(e => e.AgentId == agentId)]);

    /// <summary>The time that one agent's events show it at work: without the pauses before it was taken up again, and without what a clock
    /// that was set back took away.</summary>
    public static TimeSpan Worked(IReadOnlyList<TrajectoryEvent> events)
    {
        TimeSpan worked = TimeSpan.Zero;
        for (int i = 1; i < events.Count; i++)
        {
            if (events[i].Kind != TrajectoryKinds.Resumed && events[i].At > events[i - 1].At)
                worked += events[i].At - events[i - 1].At;
        }
        return worked;
    }

    /// <summary>The two parts of a message's event: the other agent, and the text.</summary>
    public static (string Agent, string Text) Parts(string text)
    {
        int colon = text.IndexOf(": ", StringComparison.Ordinal);
        return colon < 0 ? (text, "") : (text[..colon], text[(colon + 2)..]);
    }
}

/// <summary>One agent's recorded events, used up one by one while it does the same again. Safe for concurrent use.</summary>
internal sealed partial class AgentRecording(IReadOnlyList<TrajectoryEvent> events)
{
    private readonly Lock _lock = new();
    private readonly bool[] _used = new bool[events.Count];

    /// <summary>How long the agent had worked.</summary>
    public TimeSpan Elapsed { get; } = Recording.Worked(events);

    /// <summary>How it ended, as its last line says; null if it did not.</summary>
    public string? End => events.LastOrDefault(e => e.Kind == TrajectoryKinds.End)?.Text;

    /// <summary>Whether a model call of this step or a later one is recorded.</summary>
    public bool Reaches(int step)
    {
        lock (_lock)
            return events.Where((e, i) => !_used[i] && e.Kind == TrajectoryKinds.Response && e.Step >= step).Any();
    }

    /// <summary>Uses up the next event of a kind in a step, with that text if one is given; null if there is none.</summary>
    public TrajectoryEvent? Use(string kind, int step, string? text = null)
    {
        lock (_lock)
        {
            for (int i = 0; i < events.Count; i++)
            {
                if (!_used[i] && events[i].Kind == kind && events[i].Step == step && (text is null || events[i].Text == text))
                {
                    _used[i] = true;
                    return events[i];
                }
            }
            return null;
        }
    }

    /// <summary>The events of a kind in a step that are not used up.</summary>
    public IReadOnlyList<TrajectoryEvent> Ahead(string kind, int step)
    {
        lock (_lock)
            return [.. events.Where((e, i) => !_used[i] && e.Kind == kind && e.Step == step)];
    }

    public static MessageRecord ToMessage(TrajectoryEvent delivery, bool byCommand)
    {
        (string from, string text) = Recording.Parts(delivery.Text!);
        return new MessageRecord(from, delivery.AgentId, text, delivery.At, delivery.At, byCommand ? delivery.At
            : null, 0, null, delivery.Step);
    }

    /// <summary>
    /// Whether two outputs say the same: durations, times of day, dates, hashes, addresses and names of temporary files may differ.
    /// </summary>
    public static bool AreAlike(string? recorded, string? now) => Mask(recorded ?? "") == Mask(now ?? "");

    private static string Mask(string text) => Volatile().Replace(text, "~");

    [GeneratedRegex(
        @"\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2} +(\d{2}:\d{2}(:\d{2})?( \d{4})?|\d{4})\b"
        + @"|\b(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b"
        + @"|\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?|\b\d{1,2}:\d{2}:\d{2}(\.\d+)?\b|\b0x[0-9a-fA-F]{6,}\b"
        + @"|/tmp/[\w./-]+|\b\d+\.\d+ ?(s|ms|sec|secs|seconds?)?\b|\b\d+ ?(ms|seconds?)\b",
        RegexOptions.CultureInvariant)]
    private static partial Regex Volatile();
}

/// <summary>A replay came to the end of its recording.</summary>
internal sealed class RecordingEndedException() : Exception("The recording holds no further answer of the model.");

/// <summary>A recorded agent, done again, does not come to the same: what had been paid for cannot be taken over.</summary>
internal sealed class DivergenceException(string agentId, int step, string difference)
    : Exception($"{agentId} departs from its recording in step {step}: {difference}");

/// <summary>The words of <see cref="TrajectoryEvent.Kind"/>.</summary>
internal static class TrajectoryKinds
{
    public const string Start = "start";
    public const string Prompt = "prompt";
    public const string Response = "response";
    public const string Unusable = "unusable";
    public const string Program = "program";
    public const string Gateway = "gateway";
    public const string Command = "command";
    public const string MessageSent = "message_sent";
    public const string MessageRefused = "message_refused";
    public const string MessageReceived = "message_received";
    public const string MessageRead = "message_read";
    public const string MessageUnanswered = "message_unanswered";
    public const string MessagesUnused = "messages_unused";
    public const string Compaction = "compaction";
    public const string Resumed = "resumed";
    public const string Divergence = "divergence";
    public const string End = "end";
}
