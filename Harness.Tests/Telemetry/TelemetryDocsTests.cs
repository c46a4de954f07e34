using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using FluentAssertions;
using Tandem.Harness.Configuration;
using Tandem.Harness.Models;
using Tandem.Harness.Telemetry;
using Tandem.Harness.Tests.Agents;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Telemetry;

/// <summary>The tables of docs/telemetry.md hold what is sent: every name, and no other.</summary>
[Slow]
public sealed partial class TelemetryDocsTests
{
    private static readonly ActivitySource s_source = new(Instrumentation.Name);

    [Fact]
    public async Task The_tables_of_spans_and_metrics_are_what_a_run_sends()
    {
        await using ShellCases cases = await ShellCases.StartAsync("true");
        using var ear = new TelemetryEar();
        RunRecord record = await cases.RecordAsync(RunsFixture.Coop);
        Fail(record);
        List<string[]> rows = [.. File.ReadLines(Path.Combine(ProjectFolder.Find(), "docs", "telemetry.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)[1..^1])];

        var spans = ear.Spans.GroupBy(span => span.OperationName.Split(' ')[0])
            .ToDictionary(group => group.Key, group => group.SelectMany(span => span.TagObjects).Select(tag => tag.Key).ToHashSet());
        rows.Where(row => row.Length == 3).ToDictionary(row => Names(row[0]).Single().Split(' ')[0], row => Names(row[2]))
            .Should().BeEquivalentTo(spans);

        var metrics = ear.Instruments.Values.ToDictionary(metric => metric.Name, metric => (
            Kind: metric.GetType().GetGenericTypeDefinition() == typeof(Histogram<>) ? "histogram" : "counter",
            metric.Unit,
            Tags: ear.Measurements.Where(one => one.Name == metric.Name).SelectMany(one => one.Tags.Keys).ToHashSet()));
        rows.Where(row => row.Length == 4)
            .ToDictionary(row => Names(row[0]).Single(), row => (Kind: row[1], Unit: (string?)Names(row[2]).Single(), Tags: Names(row[3])))
            .Should().BeEquivalentTo(metrics);
    }

    /// <summary>What a run sends where all goes wrong, or a cache is filled.</summary>
    private static void Fail(RunRecord record)
    {
        var provider = ModelProvider.Of("https://example.org");
        using (Activity? attempt = s_source.StartActivity("attempt 2"))
            Instrumentation.Recorded(
                attempt, record with { InfraError = true, Error = new RunError(ErrorClass.Disk, CasePhase.Merge, "full") });
        using (Activity? merge = Instrumentation.Phase(CasePhase.Merge))
            Instrumentation.Broken(merge, ErrorClass.Disk);
        using (Activity? tests = Instrumentation.Phase(CasePhase.Tests))
            Instrumentation.Broken(tests, ErrorClass.Engine);
        using (Activity? chat = Instrumentation.ModelCall("solo", 1, "m", provider))
            Instrumentation.NotAnswered(chat, "m", provider, ModelFault.Quota, TimeSpan.Zero);
        using (Activity? chat = Instrumentation.ModelCall("solo", 1, "m", provider))
        {
            Instrumentation.Answered(chat, "m", provider, new ChatReply
            {
                Content = null,
                ToolCalls = [],
                FinishReason = null,
                Tokens = new TokenCounts(9, 1, 2, 3),
                Cost = null,
                Latency = TimeSpan.Zero,
                Retries = 0,
                Message = [],
            });
        }
    }

    private static HashSet<string> Names(string cell) => [.. Quoted().Matches(cell).Select(match => match.Groups[1].Value)];

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
