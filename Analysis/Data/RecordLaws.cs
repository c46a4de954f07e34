using System.Globalization;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Data;

/// <summary>What a record can contradict by itself.</summary>
internal enum Law
{
    /// <summary>Costs and durations are not negative.</summary>
    Amounts,

    /// <summary>Messages are counted right, and only coop-comm has any.</summary>
    Messages,

    /// <summary>Times follow each other.</summary>
    Times,
}

/// <summary>A law that a record breaks.</summary>
/// <param name="Law">Which.</param>
/// <param name="What">How.</param>
/// <param name="Back">Of times: how far the later one lies before the earlier.</param>
internal sealed record Breach(Law Law, string What, TimeSpan Back = default);

/// <summary>Finds what cannot be true of a record whose fields are all there. Taken while the whole record is at hand, since its messages
/// are not kept.</summary>
internal static class RecordLaws
{
    /// <summary>The laws that a record breaks, each once; none, as a rule.</summary>
    public static IReadOnlyList<Breach> Of(RunRecord record)
    {
        List<Breach>? breaches = null;
        foreach (Breach? breach in (ReadOnlySpan<Breach?>)[Amounts(record), Messages(record), Times(record)])
        {
            if (breach is not null)
                (breaches ??= []).Add(breach);
        }
        return breaches ?? (IReadOnlyList<Breach>)[];
    }

    private static Breach? Amounts(RunRecord record) =>
        record.TotalCost < 0 ? new(Law.Amounts, string.Create(CultureInfo.InvariantCulture, $"total_cost is {record.TotalCost}"))
        : record.DurationSeconds < 0
        ? new(Law.Amounts, string.Create(CultureInfo.InvariantCulture, $"duration_seconds is {record.DurationSeconds}"))
        : null;

    private static Breach? Messages(RunRecord record)
    {
        if (record.CaseId.Setting != Setting.CoopComm
            && (record.Messages.Count > 0 || record.Artifacts.Any(artifact => artifact.Path == StoreLayout.ConversationFile)))
            return new(Law.Messages, "its agents exchanged messages, which this setting does not let them do");
        return record.MessagesCount == record.Messages.Count
            ? null : new(Law.Messages, $"messages_count says {record.MessagesCount}, but there are {record.Messages.Count} messages");
    }

    // The one that lies furthest back stands for all: a clock that was set back explains all of a record's, or none.
    private static Breach? Times(RunRecord record)
    {
        Breach? worst = null;
        for (int i = 0; i < record.Messages.Count; i++)
        {
            MessageRecord message = record.Messages[i];
            Compare(i, "was sent", i == 0 ? message.SentAt : record.Messages[i - 1].SentAt, message.SentAt, "the one before it");
            Compare(i, "was delivered", message.SentAt, message.DeliveredAt, "it was sent");
            Compare(i, "was read", message.DeliveredAt ?? message.SentAt, message.ReadAt, "it was delivered");
            if (message is { ReadAt: not null, DeliveredAt: null })
                worst ??= new(Law.Times, $"message {i + 1} was read, but never delivered");
        }
        return worst;

        void Compare(int index, string what, DateTimeOffset earlier, DateTimeOffset? later, string than)
        {
            if (later is DateTimeOffset time && earlier - time is var back && back > TimeSpan.Zero && (worst is null || back > worst.Back))
                worst = new(Law.Times, string.Create(CultureInfo.InvariantCulture,
                    $"message {index + 1} {what} {back.TotalSeconds:0.###} s before {than} ({time:O}, {earlier:O})"), back);
        }
    }
}
