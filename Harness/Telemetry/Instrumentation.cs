using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.Json;
using Tandem.Harness.Models;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Harness.Telemetry;

/// <summary>
/// Traces and metrics of a run. What OpenTelemetry's semantic conventions 1.41.0 name has that name; the rest is under <c>tandem.*</c>.
/// <c>docs/telemetry.md</c> lists them all. Spans nest: case, attempt, phases and agents, then commands and model calls.
/// They hold no prompt, no answer and no output: those are in the trajectory. What is unknown is left out.
/// Costs nothing while nobody listens.
/// </summary>
public static class Instrumentation
{
    /// <summary>The name of the source and of the meter.</summary>
    public const string Name = "Tandem";

    /// <summary>The harness's version, with its commit where it was built from one; <c>unknown</c> if the assembly has none.</summary>
    public static string HarnessVersion { get; } =
        typeof(Instrumentation).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static readonly ActivitySource s_source = new(Name, HarnessVersion);

    /// <summary>The source of all spans.</summary>
    internal static ActivitySource Source => s_source;

    private static readonly Meter s_meter = new(Name, HarnessVersion);

    private static readonly Counter<long> s_cases =
        s_meter.CreateCounter<long>("tandem.attempts", "{attempt}", "Attempts that came to a record");

    private static readonly Counter<double> s_cost = s_meter.CreateCounter<double>("tandem.cost", "USD", "What model calls cost");

    private static readonly Histogram<double> s_queue =
        s_meter.CreateHistogram<double>("tandem.queue", "s", "Time for which cases waited for a place");

    // The boundaries of these two are the conventions' own.
    private static readonly Histogram<long> s_tokens = s_meter.CreateHistogram(
        "gen_ai.client.token.usage",
        "{token}",
        "Input and output tokens of model calls",
        tags: null,
        new InstrumentAdvice<long>
        {
            HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
        });

    private static readonly Histogram<double> s_calls = s_meter.CreateHistogram(
        "gen_ai.client.operation.duration",
        "s",
        "Time of model calls",
        tags: null,
        new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
        });

    /// <summary>All attempts at a case by one process.</summary>
    internal static Activity? Case(CaseId caseId, string experiment, string runId, string agentKind, string? model) =>
        s_source.StartActivity($"case {caseId}")
        ?.SetTag("tandem.experiment", experiment)
        .SetTag("tandem.run_id", runId)
        .SetTag("tandem.case", caseId.ToString())
        .SetTag("tandem.setting", EnumNames.NameOf(caseId.Setting))
        .SetTag("tandem.pair", caseId.PairKey)
        .SetTag("tandem.seed", caseId.Seed)
        .SetTag("tandem.variant", EnumNames.NameOf(caseId.Setting))
        .SetTag("tandem.rep", caseId.Seed)
        .SetTag("tandem.agent", agentKind)
        .SetTag("gen_ai.request.model", model);

    internal static Activity? Attempt(AttemptIntent intent) => s_source.StartActivity($"attempt {intent.Attempt}")
        ?.SetTag("tandem.attempt", intent.Attempt)
        .SetTag("tandem.attempt_id", intent.AttemptId)
        .SetTag("tandem.attempt_kind", EnumNames.NameOf(intent.AttemptKind));

    /// <summary>A phase of an attempt.</summary>
    internal static Activity? Phase(CasePhase phase) => s_source.StartActivity(EnumNames.NameOf(phase));

    /// <summary>A phase came to no end, for a reason that lies in the infrastructure.</summary>
    internal static void Broken(Activity? phase, ErrorClass error) => Fail(phase, EnumNames.NameOf(error));

    /// <summary>What the merge came to; a conflict is a result and no error.</summary>
    internal static void Merged(Activity? merge, MergeOutcome outcome, MergeStrategy? strategy) => merge
        ?.SetTag("tandem.merge_outcome", EnumNames.NameOf(outcome))
        .SetTag("tandem.merge_strategy", strategy is MergeStrategy worked ? EnumNames.NameOf(worked) : null);

    /// <summary>One agent at work.</summary>
    /// <param name="agentId">Its id in its case.</param>
    /// <param name="agentKind">Its kind.</param>
    /// <param name="provider">The provider of the experiment's model; null for an agent that does not ask it: nobody knows whom it
    /// asks.</param>
    /// <param name="model">The experiment's model; null as above.</param>
    internal static Activity? Agent(string agentId, string agentKind, string? provider, string? model) =>
        s_source.StartActivity($"invoke_agent {agentId}")
        ?.SetTag("gen_ai.operation.name", "invoke_agent")
        .SetTag("gen_ai.provider.name", provider)
        .SetTag("gen_ai.agent.id", agentId)
        .SetTag("gen_ai.agent.name", agentId)
        .SetTag("gen_ai.request.model", model)
        .SetTag("tandem.agent", agentKind);

    internal static Activity? Command(string agentId, int step) => s_source.StartActivity("execute_tool bash")
        ?.SetTag("gen_ai.operation.name", "execute_tool")
        .SetTag("gen_ai.tool.name", "bash")
        .SetTag("gen_ai.agent.id", agentId)
        .SetTag("tandem.step", step);

    /// <summary>A model call: all tries of it, and the waiting between them.</summary>
    internal static Activity? ModelCall(string agentId, int step, string? model, ModelProvider provider)
    {
        Activity? span = s_source.StartActivity($"chat {model}", ActivityKind.Client);
        if (span is null)
            return null;
        foreach ((string key, object? value) in TagsOf(model, provider))
            span.SetTag(key, value);
        return span.SetTag("gen_ai.agent.id", agentId).SetTag("tandem.step", step);
    }

    /// <summary>What a model call came to.</summary>
    internal static void Answered(Activity? span, string? model, ModelProvider provider, ChatReply reply)
    {
        span?.SetTag("gen_ai.usage.input_tokens", reply.Tokens?.Input)
            .SetTag("gen_ai.usage.output_tokens", reply.Tokens?.Output)
            .SetTag("gen_ai.usage.cache_read.input_tokens", reply.Tokens?.CacheRead)
            .SetTag("gen_ai.usage.cache_creation.input_tokens", reply.Tokens?.CacheWrite)
            .SetTag("gen_ai.response.finish_reasons", reply.FinishReason is null ? null : new[] { reply.FinishReason })
            .SetTag("tandem.cost_usd", (double?)reply.Cost)
            .SetTag("tandem.retries", reply.Retries);
        TagList tags = TagsOf(model, provider);
        s_calls.Record(reply.Latency.TotalSeconds, tags);
        if (reply.Cost is decimal cost)
            s_cost.Add((double)cost, tags);
        if (reply.Tokens is not TokenCounts tokens)
            return;
        s_tokens.Record(tokens.Input, [.. tags, new("gen_ai.token.type", "input")]);
        s_tokens.Record(tokens.Output, [.. tags, new("gen_ai.token.type", "output")]);
    }

    /// <summary>A model call had no answer.</summary>
    /// <param name="span">The call's.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="provider">Who was asked.</param>
    /// <param name="fault">Why.</param>
    /// <param name="duration">From the first try to giving up.</param>
    internal static void NotAnswered(Activity? span, string? model, ModelProvider provider, ModelFault fault, TimeSpan duration)
    {
        string error = JsonNamingPolicy.SnakeCaseLower.ConvertName(fault.ToString());
        Fail(span, error);
        s_calls.Record(duration.TotalSeconds, [.. TagsOf(model, provider), new("error.type", error)]);
    }

    /// <summary>What an attempt came to.</summary>
    internal static void Recorded(Activity? span, RunRecord record)
    {
        string outcome = EnumNames.NameOf(record.Outcome);
        span?.SetTag("tandem.outcome", outcome)
            .SetTag("tandem.agent_status", record.AgentStatus.ToString())
            .SetTag("tandem.cost_usd", (double?)record.TotalCost)
            .SetTag("tandem.steps", record.TotalSteps);
        if (record.IsMissingData)
        {
            span?.SetStatus(ActivityStatusCode.Error, record.Error?.Message)
                .SetTag("error.type", record.Error is RunError error ? EnumNames.NameOf(error.Class) : null);
        }
        CountAttempt(EnumNames.NameOf(record.Setting), outcome);
        if (record.Time.Queue is double queue)
            s_queue.Record(queue);
    }

    internal static void CountAttempt(string setting, string outcome) =>
        s_cases.Add(1, new TagList { { "tandem.setting", setting }, { "tandem.outcome", outcome } });

    /// <summary>What spans and metrics of a model call have in common.</summary>
    private static TagList TagsOf(string? model, ModelProvider provider) => new()
    {
        { "gen_ai.operation.name", "chat" },
        { "gen_ai.provider.name", provider.Name },
        { "gen_ai.request.model", model },
        { "server.address", provider.Host },
        { "server.port", provider.Port },
    };

    /// <summary>Without a description: messages of faults quote outputs.</summary>
    private static void Fail(Activity? span, string error) => span?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", error);
}
