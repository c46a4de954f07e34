using Tandem.Analysis.Formats;
using Tandem.Analysis.Markup;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Reporting.Runs;

/// <summary>What each agent did, step by step, folded: commands with their exit codes, answers with tokens and cost.</summary>
internal static class StepsSection
{
    private const int FirstShown = 300;
    private const int LastShown = 100;

    public static void Write(HtmlWriter html, RunRecord record, KeptFiles files)
    {
        html.Add($"<h2>Steps</h2>");
        WriteTotals(html, record);
        if (files.Trajectory() is not { } events)
        {
            html.Add($"<p class=none>The trajectory was not kept.</p>\n");
            return;
        }
        var byAgent = new SortedDictionary<string, Kept>(StringComparer.Ordinal);
        int unreadable = 0;
        foreach (TrajectoryEvent? one in events)
        {
            if (one is null)
            {
                unreadable++;
                continue;
            }
            if (!byAgent.TryGetValue(one.AgentId, out Kept? kept))
                byAgent[one.AgentId] = kept = new Kept();
            kept.Add(one);
        }
        foreach ((string agent, Kept kept) in byAgent)
            WriteAgent(html, record, agent, kept);
        if (byAgent.Count == 0)
            html.Add($"<p class=none>The trajectory holds no step.</p>\n");
        if (unreadable > 0)
            html.Add($"<p class=note>{Say.Plural(unreadable, "line")} of the trajectory cannot be read.</p>\n");
    }

    private static void WriteTotals(HtmlWriter html, RunRecord record)
    {
        if (record.Agents.Count == 0)
            return;
        html.Add($"{WideBox.Begin("Agents")}<table><thead><tr><th>agent<th>ended<th class=n>steps<th class=n>model calls<th class=n>tokens "
            + $"in<th class=n>cached<th "
            + $"class=n>tokens out<th class=n>cost<th class=n>time</thead><tbody>");
        foreach (AgentReport agent in record.Agents)
        {
            html.Add($"<tr><td>{agent.AgentId}<td>{agent.Status.ToString()}{(agent.Limit is null ? "" : $" ({agent.Limit})")}<td "
                + $"class=n>{Say.Count(agent.Steps)}<td class=n>{Say.Count(agent.ModelCalls)}");
            if (agent.MalformedCalls > 0)
                html.Add($" ({agent.MalformedCalls.Value} malformed)");
            html.Add($"<td class=n>{Say.Count(agent.Tokens?.Input)}<td class=n>{Say.Count(agent.Tokens?.CacheRead)}<td "
                + $"class=n>{Say.Count(agent.Tokens?.Output)}<td class=n>{Say.Usd(agent.Cost)}<td class=n>{Say.Seconds(agent.Seconds)}");
            if (agent.MessageCalls == 0)
                html.Add($"<tr><td colspan=9 class=note>{agent.AgentId} never asked to send or to read a message.");
            if (agent.Error is not null)
                html.Add($"<tr><td colspan=9 class=err>{TerminalText.Plain(agent.Error)}");
        }
        html.Add($"</tbody></table>{WideBox.End}");
    }

    private static void WriteAgent(HtmlWriter html, RunRecord record, string agent, Kept kept)
    {
        html.Add($"<details class=fold><summary><b>{agent}</b> <span class=meta>{Say.Plural(kept.Count, "event")}, "
            + $"{Say.Plural(kept.Commands, "command")}");
        if (kept.FailedCommands > 0)
            html.Add($", {kept.FailedCommands} with another exit code than 0");
        html.Add($"</span></summary><ol class=steps>");
        foreach (TrajectoryEvent one in kept.First)
            WriteEvent(html, record, one);
        if (kept.Omitted > 0)
            html.Add($"<li class=cut>{Say.Plural(kept.Omitted, "event")} left out here</li>");
        foreach (TrajectoryEvent one in kept.Last)
            WriteEvent(html, record, one);
        html.Add($"</ol></details>\n");
    }

    private static void WriteEvent(HtmlWriter html, RunRecord record, TrajectoryEvent one)
    {
        string text = one.Text ?? "";
        html.Add($"<li><details><summary><span class=step>{one.Step}</span><span class=kind>{one.Kind}</span><span "
            + $"class=first>{FirstLine(text)}</span><span class=meta>");
        if (one.ExitCode is int code)
            html.Add($"<span class={(code == 0 ? "ok" : "bad")}>exit {code}</span> ");
        if (one.Tokens is { } tokens)
        {
            html.Add($"{Say.Count(tokens.Input)} in");
            if (tokens.CacheRead is long cached)
                html.Add($" ({Say.Count(cached)} cached)");
            html.Add($", {Say.Count(tokens.Output)} out ");
        }
        if (one.Cost is decimal cost)
            html.Add($"{Say.Usd(cost)} ");
        if (one.Seconds is double seconds)
            html.Add($"{Say.Seconds(seconds)} ");
        html.Add($"{Say.After(record.StartedAt, one.At)}</span></summary>");
        WriteText(html, text, one.Kind == "command" ? "cmd" : "say");
        if (one.Output is { Length: > 0 } output)
            WriteText(html, TerminalText.Plain(output), "out");
        html.Add($"</details>");
    }

    private static void WriteText(HtmlWriter html, string text, string kind)
    {
        if (text.Length == 0)
            return;
        html.Add($"<pre class={kind} tabindex=0>");
        Excerpt.Of(text, head: 4000, tail: 3000).Write(html, (to, part) => to.AddText(part));
        html.Add($"</pre>");
    }

    private static string FirstLine(string text)
    {
        ReadOnlySpan<char> line = text.AsSpan().TrimStart();
        int end = line.IndexOfAny('\n', '\r');
        if (end >= 0)
            line = line[..end];
        return line.Length <= 160 ? line.ToString() : string.Concat(line[..160], "\u2026");
    }

    /// <summary>The first events and the last ones, of however many.</summary>
    private sealed class Kept
    {
        public List<TrajectoryEvent> First { get; } = [];

        public Queue<TrajectoryEvent> Last { get; } = new();

        public int Count { get; private set; }

        public int Omitted => Count - First.Count - Last.Count;

        public int Commands { get; private set; }

        public int FailedCommands { get; private set; }

        public void Add(TrajectoryEvent one)
        {
            Count++;
            if (one.Kind == "command")
            {
                Commands++;
                FailedCommands += one.ExitCode is int code && code != 0 ? 1 : 0;
            }
            if (First.Count < FirstShown)
            {
                First.Add(one);
                return;
            }
            Last.Enqueue(one);
            if (Last.Count > LastShown)
                Last.Dequeue();
        }
    }
}
