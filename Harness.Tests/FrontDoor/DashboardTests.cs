using System.Globalization;
using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.Cli;
using Tandem.FakeModel;
using Tandem.Harness.Processes;
using Tandem.Harness.Tests.Dashboard;
using Tandem.Harness.Tests.Sandboxes.Docker;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>A run as a receiver of OTLP that others wrote sees it.</summary>
[Slow]
public sealed class DashboardTests : FrontDoorTests
{
    private const int BackstopMs = 15 * 60_000;

    // The first run of a machine makes its images.
    private static readonly TimeSpan s_runTime = TimeSpan.FromMinutes(5);

    [Fact(Timeout = BackstopMs)]
    [Long]
    public async Task A_run_of_two_agents_arrives_whole_at_an_aspire_dashboard()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await DockerEngine.RequireOrSkip();
        await using AspireDashboard dashboard = await AspireDashboard.StartAsync(Folder, token);
        await using FakeModelServer model = await FakeModelServer.StartAsync(FakeScript.Default);

        try
        {
            ChildResult run = await RunTracedAsync(dashboard.OtlpEndpoint, model.BaseUrl.ToString(), token);
            run.ExitCode.Should().Be(ExitCodes.Ok, run.Stdout.Text + run.Stderr.Text);
            await ShouldHaveArrivedAsync(dashboard, model.BaseUrl.Port, Records().Should().ContainSingle().Subject, token);
        }
        catch
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"The dashboard printed:\n{dashboard.Output}");
            throw;
        }
    }

    [Fact(Timeout = BackstopMs)]
    [Long]
    public async Task A_scenario_arrives_with_variant_run_and_repetition_on_each_span()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using AspireDashboard dashboard = await AspireDashboard.StartAsync(Folder, token);
        ChildResult run = await ChildProcess.RunAsync(
            new ChildCommand("dotnet", Programs.Built("Cli"), "run", "--experiment", "assistant-tools", "--variant", "applike",
                "--scenario", "note-save", "--rep", "2", "--store", Store)
            {
                Environment = With(("OTEL_EXPORTER_OTLP_ENDPOINT", dashboard.OtlpEndpoint), ("TANDEM_RUN_ID", "traced-run")),
                TimeLimit = s_runTime,
            },
            token);
        run.ExitCode.Should().Be(ExitCodes.Ok, run.Stdout.Text + run.Stderr.Text);

        IReadOnlyList<Span> spans = await SpansAsync(dashboard, token);

        Span root = One(spans, "case scenario/applike/note-save/rep2");
        root.Parent.Should().BeNull();
        root.Attributes.Should().Contain("tandem.outcome", "passed").And.Contain("tandem.reruns", "0");
        Span[] chats = [.. spans.Where(span => span.Name == "chat builtin:echo" && span.Parent == root.Id)];
        chats.Should().HaveCount(2, "a tool is called, and its answer said back");
        foreach (Span span in chats.Prepend(root))
        {
            span.Attributes.Should().Contain("tandem.variant", "applike").And.Contain("tandem.rep", "2")
                .And.Contain("tandem.run_id", "traced-run").And.Contain("tandem.scenario", "note-save")
                .And.Contain("gen_ai.request.model", "builtin:echo")
                .And.Contain("langsmith.metadata.variant", "applike").And.Contain("langsmith.metadata.rep", "2")
                .And.Contain("langfuse.trace.metadata.run_id", "traced-run").And.Contain("langfuse.session.id", "traced-run");
        }
    }

    private Task<ChildResult> RunTracedAsync(string otlpEndpoint, string modelUrl, CancellationToken token) => ChildProcess.RunAsync(
        Command("--agent", "shell", "--model", "fake", "--setting", "coop-comm", "--smoke", "1", "--sandbox", "docker") with
        {
            Environment = With(
                ("OTEL_EXPORTER_OTLP_ENDPOINT", otlpEndpoint), ("TANDEM_EXPERIMENT", "default"), ("TANDEM__Model__BaseUrl", modelUrl)),
            TimeLimit = s_runTime,
        },
        token);

    private static async Task ShouldHaveArrivedAsync(AspireDashboard dashboard, int modelPort, RunRecord record, CancellationToken token)
    {
        JsonNode resource = (await dashboard.ReadAsync("resources", token)).AsArray().Should().ContainSingle().Subject!;
        ((string?)resource["name"], (bool)resource["hasTraces"]!, (bool)resource["hasMetrics"]!).Should().Be(("tandem", true, true));
        ((int)(await dashboard.ReadAsync("traces", token))["totalCount"]!).Should().Be(1);
        IReadOnlyList<Span> spans = await SpansAsync(dashboard, token);

        Span root = One(spans, $"case {record.CaseId}");
        root.Parent.Should().BeNull();
        Span attempt = One(spans, "attempt 1");
        attempt.Parent.Should().Be(root.Id);
        foreach (string phase in new[] { "provision", "merge", "tests", "invoke_agent agent1", "invoke_agent agent2" })
            One(spans, phase).Parent.Should().Be(attempt.Id, phase);
        One(spans, "merge").Attributes.Should().BeEquivalentTo(
            new Dictionary<string, string> { ["tandem.merge_outcome"] = "merge_clean", ["tandem.merge_strategy"] = "naive" });

        foreach (AgentReport agent in record.Agents)
        {
            Span invoked = One(spans, $"invoke_agent {agent.AgentId}");
            invoked.Attributes.Should().Contain("gen_ai.operation.name", "invoke_agent")
                .And.Contain("gen_ai.provider.name", "openai_compatible")
                .And.Contain("gen_ai.agent.name", agent.AgentId).And.Contain("gen_ai.request.model", "fake");
            Span[] chats = [.. spans.Where(span => span.Name == "chat fake" && span.Parent == invoked.Id)];
            chats.Should().HaveCount(agent.ModelCalls!.Value).And.AllSatisfy(chat =>
            {
                chat.IsClient.Should().BeTrue();
                chat.Attributes.Should().Contain("gen_ai.operation.name", "chat").And.Contain("gen_ai.provider.name", "openai_compatible")
                    .And.Contain("gen_ai.request.model", "fake").And.Contain("server.address", "127.0.0.1")
                    .And.Contain("server.port", modelPort.ToString(CultureInfo.InvariantCulture))
                    .And.NotContainKey("gen_ai.usage.cache_creation.input_tokens", "the fake model does not say it");
            });
            Sum(chats, "gen_ai.usage.input_tokens").Should().Be(agent.Tokens!.Input);
            Sum(chats, "gen_ai.usage.output_tokens").Should().Be(agent.Tokens.Output);
            Sum(chats, "gen_ai.usage.cache_read.input_tokens").Should().Be(agent.Tokens.CacheRead).And.BePositive();
            spans.Where(span => span.Name == "execute_tool bash" && span.Parent == invoked.Id).Should().NotBeEmpty();
        }
        spans.Except([root]).Should().OnlyContain(span => spans.Any(other => other.Id == span.Parent), "no span hangs in the air");
    }

    private static Span One(IReadOnlyList<Span> spans, string name) => spans.Should().ContainSingle(span => span.Name == name).Subject;

    private static long Sum(IEnumerable<Span> spans, string attribute) =>
        spans.Sum(span => long.Parse(span.Attributes[attribute], CultureInfo.InvariantCulture));

    private static async Task<IReadOnlyList<Span>> SpansAsync(AspireDashboard dashboard, CancellationToken cancellationToken)
    {
        JsonNode answer = await dashboard.ReadAsync("spans", cancellationToken);
        ((int)answer["returnedCount"]!).Should().Be((int)answer["totalCount"]!, "nothing is left out");
        return
        [
            .. answer["data"]!["resourceSpans"]!.AsArray()
                .SelectMany(resource => resource!["scopeSpans"]!.AsArray())
                .SelectMany(scope => scope!["spans"]!.AsArray())
                .Select(Span.Read!),
        ];
    }

    /// <summary>A span as the dashboard gives it: OTLP in JSON, but every value a text.</summary>
    private sealed record Span(string Id, string? Parent, string Name, bool IsClient, IReadOnlyDictionary<string, string> Attributes)
    {
        private const int ClientKind = 3;

        public static Span Read(JsonNode span) => new(
            (string)span["spanId"]!,
            (string?)span["parentSpanId"],
            (string)span["name"]!,
            (int)span["kind"]! == ClientKind,
            (span["attributes"]?.AsArray() ?? []).ToDictionary(one => (string)one!["key"]!, one => (string)one!["value"]!["stringValue"]!));
    }
}
