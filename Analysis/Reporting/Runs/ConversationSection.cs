using Tandem.Analysis.Markup;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Reporting.Runs;

/// <summary>Who said what, a column for each agent, on a time line from the begin of the agents' phase.</summary>
internal static class ConversationSection
{
    private const int MessagesShown = 500;

    /// <param name="html">Where to.</param>
    /// <param name="record">Whose messages.</param>
    /// <param name="marks">The passages that judges quote.</param>
    public static void Write(HtmlWriter html, RunRecord record, QuoteMarks marks)
    {
        if (record.Setting == Setting.Solo)
            return;
        html.Add($"<h2>Conversation</h2>");
        if (record.Setting == Setting.CoopNocomm && record.Messages.Count == 0)
        {
            html.Add($"<p class=none>In this setting the agents cannot write to each other.</p>\n");
            return;
        }
        if (record.Messages.Count == 0)
        {
            html.Add(record.MessagesCount == 0 ? (Html)new("<p class=none>Nobody wrote anything.</p>\n")
                : new("<p class=none>The messages were not kept.</p>\n"));
            return;
        }
        // Upstream's logs do not record deliveries.
        bool knowsDelivery = record.Messages.Any(message => message.DeliveredAt is not null || message.SentStep is not null);
        int undelivered = record.Messages.Count(message => message.DeliveredAt is null);
        string delivered = !knowsDelivery ? "deliveries were not recorded"
            : undelivered == 0 ? "all delivered" : $"{undelivered} never delivered";
        html.Add($"<p>{Say.Plural(record.Messages.Count, "message")}, {delivered}. Times count from the attempt's begin; the steps are "
            + $"those of the sender and of the recipient.</p>");
        // Whoever wrote, and whoever was there: an imported record may name other agents in its messages.
        string[] agents = [.. record.Agents.Select(agent => agent.AgentId).Concat(record.Messages.Select(message => message.From))
            .Distinct(StringComparer.Ordinal).Take(6)];
        html.Add($"<div class=talk style=\"--n:{agents.Length}\"><div class=at></div>");
        foreach (string agent in agents)
            html.Add($"<div class=who><b>{agent}</b> {FeaturesOf(record, agent)}</div>");
        foreach ((int index, MessageRecord message) in record.Messages.Take(MessagesShown).Index())
            WriteMessage(html, record, message, (to, text) => marks.Write(to, index + 1, text),
                Math.Max(0, Array.IndexOf(agents, message.From)), knowsDelivery);
        html.Add($"</div>\n");
        if (record.Messages.Count > MessagesShown)
            html.Add($"<p class=note>{record.Messages.Count - MessagesShown} more are left out here; conversation.json has all.</p>");
    }

    private static void WriteMessage(HtmlWriter html, RunRecord record, MessageRecord message, Action<HtmlWriter, string> write, int column,
        bool knowsDelivery)
    {
        html.Add($"<div class=at>{Say.After(record.StartedAt, message.SentAt)}</div><div "
            + $"class=\"msg{(knowsDelivery && message.DeliveredAt is null ? " lost" : "")} c{column % 3}\" "
            + $"style=\"grid-column:{column + 2}\"><div class=text>");
        Excerpt.Of(message.Message, head: 6000, tail: 2000).Write(html, write);
        html.Add($"</div><div class=meta>sent{Step(message.SentStep)}, ");
        html.Add(!knowsDelivery ? (Html)new("delivery not recorded")
            : message.DeliveredAt is null ? new("<b>never delivered</b>")
            : new($"delivered {HtmlEscaping.Escape(Say.After(record.StartedAt, message.DeliveredAt))}{Step(message.DeliveredStep)}"));
        if (message.ReadAt is not null)
            html.Add($", read {Say.After(record.StartedAt, message.ReadAt)}");
        html.Add($", to {message.To}</div></div>");
    }

    private static string Step(int? step) => step is int number ? $" (step {number})" : "";

    private static string FeaturesOf(RunRecord record, string agent) =>
        record.Agents.FirstOrDefault(report => report.AgentId == agent) is { } known ? FeatureText.Of(known.Features) : "";
}
