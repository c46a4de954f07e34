using System.Text.Json;
using Tandem.Analysis.Upstream;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Importing;

/// <summary>Reads <c>conversation.json</c>: what was sent. Whether it arrived upstream does not write down.</summary>
internal static class ImportedConversation
{
    private const string Unknown = "unknown";

    /// <summary>The messages, in the order of sending as far as it is known.</summary>
    /// <param name="file">The file.</param>
    /// <param name="utf8">Its bytes.</param>
    /// <param name="features">The pair.</param>
    /// <param name="agents">The case's agents.</param>
    /// <param name="startedAt">When the case began: stands in for the time of a message that has none, and none before it.</param>
    /// <param name="clock">Reads times.</param>
    public static IReadOnlyList<MessageRecord> Of(UpstreamFile file, byte[] utf8, FeatureSet features, ImportedAgents agents,
        DateTimeOffset startedAt, UpstreamClock clock)
    {
        if (file.TryParse(utf8) is not JsonElement list)
            return [];
        if (list.ValueKind != JsonValueKind.Array)
        {
            file.Warn("holds no list of messages; they are unknown");
            return [];
        }
        var messages = new List<(MessageRecord Message, bool IsTimed)>();
        int number = 0;
        foreach (JsonElement item in list.EnumerateArray())
        {
            number++;
            if (item.ValueKind != JsonValueKind.Object)
                file.Warn($"message {number} is no object; left out");
            else if (MessageOf(new UpstreamObject(file, item, $"message {number}: "), features, agents, clock)
                is (MessageRecord message, var isTimed))
                messages.Add((message, isTimed));
        }
        int untimed = messages.Count(message => !message.IsTimed);
        if (untimed > 0)
            file.Warn($"{untimed} of {messages.Count} messages have no time; that of the message before it in the file, or the start of "
                + $"the case, stands for it");
        return [.. WithTimes(messages, startedAt).OrderBy(message => message.SentAt)];
    }

    // Among the others by what is known: a message that stood before its own time would be no conversation that can have been.
    private static IEnumerable<MessageRecord> WithTimes(List<(MessageRecord Message, bool IsTimed)> messages, DateTimeOffset startedAt)
    {
        DateTimeOffset last = messages.Where(message => message.IsTimed).Select(message => message.Message.SentAt).Append(startedAt).Min();
        foreach ((MessageRecord message, bool isTimed) in messages)
        {
            last = isTimed ? message.SentAt : last;
            yield return message with { SentAt = last };
        }
    }

    private static (MessageRecord, bool)? MessageOf(UpstreamObject item, FeatureSet features, ImportedAgents agents, UpstreamClock clock)
    {
        string? from = item.Text("from");
        int sender = from is null ? -1 : agents.UpstreamIds.ToList().IndexOf(from);
        int? feature = item.Count("feature_id");
        if (sender < 0 && feature is int own && features.Contains(own))
            sender = features.ToList().IndexOf(own);
        if (sender < 0)
        {
            item.Warn("from", from is null ? "is missing, and so is a feature of the pair; the message is left out"
                : $"is '{from}', which is no agent of the case; the message is left out");
            return null;
        }
        string? text = item.Content("message");
        if (text is null)
            item.Warn("message", "is null; it is taken as empty");
        DateTimeOffset? time = item.Time("timestamp", clock);
        return (
            new MessageRecord(agents.Reports[sender].AgentId, RecipientOf(item, agents), text ?? "", time
                ?? default, DeliveredAt: null, ReadAt: null, features[sender], SentStep: null, DeliveredStep: null),
            time is not null);
    }

    // Upstream takes a message to anybody, and lets one to nobody vanish.
    private static string RecipientOf(UpstreamObject item, ImportedAgents agents)
    {
        string? to = item.Text("to");
        if (to is null)
            item.Warn("to", $"is missing; it is taken as '{Unknown}'");
        int recipient = to is null ? -1 : agents.UpstreamIds.ToList().IndexOf(to);
        return recipient >= 0 ? agents.Reports[recipient].AgentId : to ?? Unknown;
    }
}
