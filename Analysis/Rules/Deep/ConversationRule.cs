using System.Text.Json;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Rules.Deep;

/// <summary>A record's messages are those of its conversation. Records from elsewhere may have none of that name.</summary>
internal sealed class ConversationRule : DeepRule
{
    public override string Id => "STORE-09";

    public override string Title => "Messages are those of conversation.json";

    public override string Remedy =>
        "Where the record is right, './run.sh regenerate NAME' makes conversation.json again from it. Else put the record back from a "
        + "copy of the store, or run the case again with --force.";

    public override int Look(AttemptFiles attempt, ICollection<Finding> findings)
    {
        if (attempt.Record.Setting != Setting.CoopComm || attempt.Read(attempt.NameOf(StoreLayout.ConversationFile)) is not byte[] content)
            return 0;
        try
        {
            if (Difference(StoreJson.Read<IReadOnlyList<MessageRecord>>(content), attempt.Record.Messages, attempt.Facts.Interrupted)
                is string difference)
                findings.Add(attempt.Finding(difference));
        }
        catch (JsonException exception)
        {
            findings.Add(attempt.Unreadable(StoreLayout.ConversationFile, (exception.LineNumber ?? 0) + 1, exception));
        }
        return 1;
    }

    public override string Note(int looked) => $"{looked} conversations";

    // Of an attempt that was killed, times are those of its trajectory.
    private static string? Difference(IReadOnlyList<MessageRecord> conversation, IReadOnlyList<MessageRecord> messages, bool isInterrupted)
    {
        if (conversation.Count != messages.Count)
            return $"{StoreLayout.ConversationFile} has {conversation.Count} messages, the record {messages.Count}";
        for (int i = 0; i < messages.Count; i++)
        {
            bool isSame = isInterrupted
                ? (conversation[i].From, conversation[i].To, conversation[i].Message) == (messages[i].From, messages[i].To,
                messages[i].Message)
                : conversation[i] == messages[i];
            if (!isSame)
                return $"message {i + 1} of {StoreLayout.ConversationFile} is not that of the record";
        }
        return null;
    }
}
