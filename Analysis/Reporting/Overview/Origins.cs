using System.Text;
using System.Text.Json;
using Tandem.Analysis.Markup;
using Tandem.Analysis.Reporting.Runs;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Reporting.Overview;

/// <summary>What the records that stand for the cases rest on; where they do not agree, how many say what.</summary>
internal sealed class Origins
{
    private const int ValuesShown = 5;
    private readonly SortedDictionary<int, (string Name, SortedDictionary<string, int> Counts)> _facts = [];
    private int _records;

    public DateTimeOffset? First { get; private set; }

    public DateTimeOffset? Last { get; private set; }

    public void Add(CaseContent run)
    {
        if (run.Chosen is not { } record)
            return;
        Provenance from = record.Provenance;
        _records++;
        Count(0, "agent", record.Simulated ? $"{record.Agent} (simulated)" : record.Agent);
        Count(1, "model", record.Model ?? "none");
        Count(2, "harness", from.Harness);
        Count(3, "task set", from.TaskSet);
        Count(4, "settings hash", from.SettingsHash);
        Count(5, "engine", from.Engine);
        Count(6, "host", from.Host);
        Count(7, "prompts", from.PromptDigest ?? "none");
        Count(8, "prices", from.PriceTableDigest ?? "none");
        DateTimeOffset end = record.StartedAt.AddSeconds(double.IsFinite(record.DurationSeconds)
            ? Math.Clamp(record.DurationSeconds, 0, 1e8) : 0);
        First = First is { } first && first < record.StartedAt ? first : record.StartedAt;
        Last = Last is { } last && last > end ? last : end;
    }

    /// <summary>The agent and its model, for the report's first lines.</summary>
    public string Who => _records == 0 ? "no records" : $"agent {Join(0)}{(Join(1) == "none" ? "" : $", model {Join(1)}")}";

    public void Write(HtmlWriter html, JsonElement settings)
    {
        html.Add($"<table class=facts>");
        foreach ((string name, SortedDictionary<string, int> counts) in _facts.Values)
            html.Add($"<tr><th scope=row>{name}<td>{(counts.Count > 1 ? "differs: " : "")}{Join(counts)}");
        html.Add($"<tr><th scope=row>began<td>{Say.Time(First)}<tr><th scope=row>ended<td>{Say.Time(Last)}</table>\n");
        html.Add($"<details><summary>Settings, as used</summary><pre tabindex=0>");
        html.AddText(Indented(settings));
        html.Add($"</pre></details>\n");
    }

    private static string Indented(JsonElement settings)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
            settings.WriteTo(writer);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private void Count(int place, string name, string value)
    {
        if (!_facts.TryGetValue(place, out (string Name, SortedDictionary<string, int> Counts) fact))
            _facts[place] = fact = (name, new SortedDictionary<string, int>(StringComparer.Ordinal));
        fact.Counts[value] = fact.Counts.GetValueOrDefault(value) + 1;
    }

    private string Join(int place) => Join(_facts[place].Counts);

    private static string Join(SortedDictionary<string, int> counts)
    {
        if (counts.Count == 1)
            return counts.Keys.First();
        string shown = string.Join(", ", counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .Take(ValuesShown).Select(pair => $"{pair.Key} ({Say.Count(pair.Value)})"));
        return counts.Count > ValuesShown ? $"{shown} and {counts.Count - ValuesShown} more" : shown;
    }
}
