using System.Diagnostics;
using System.Diagnostics.Metrics;
using Tandem.Harness.Models;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Harness.Runs;

/// <summary>
/// Traces and metrics of a run, under OpenTelemetry's names where it has some (<c>gen_ai.*</c>), else under <c>tandem.*</c>. Spans nest: case, attempt, phases and agents, steps, then commands and model calls. They hold no prompt, no
/// answer and no output: those are in the trajectory. Costs nothing while nobody listens.
/// </summary>
public static class Telemetry
{
    /// <summary>The name of the source and of the meter.</summary>
    public const string Name = "Tandem";

    private static readonly ActivitySource s_source = new(Name, RunEnvironment.HarnessVersion);
    private static readonly Meter s_meter = new(Name, RunEnvironment.HarnessVersion);
    private static readonly Counter<long> s_cases = s_meter.CreateCounter<long>("tandem.attempts", "{attempt}", "Attempts that came to a record");
    private static readonly Counter<double> s_cost = s_meter.CreateCounter<double>("tandem.cost", "USD", "What model calls cost");
    private static readonly Counter<long> s_tokens = s_meter.CreateCounter<long>("gen_ai.client.token.usage", "{token}", "Tokens of model calls");
    private static readonly Histogram<double> s_calls = s_meter.CreateHistogram<double>("gen_ai.client.operation.duration", "s", "Time of model calls");
    private static readonly Histogram<double> s_queue = s_meter.CreateHistogram<double>("tandem.queue", "s", "Time for which cases waited for a place");

    /// <summary>All attempts at a case by one process.</summary>
    internal static Activity? Case(RunEnvironment environment, CaseId caseId)
    {
        Activity? span = s_source.StartActivity($"case {caseId}");
        span?.SetTag("tandem.experiment", environment.Settings.Name).SetTag("tandem.run_id", environment.RunId).SetTag("tandem.case", caseId.ToString())
            .SetTag("tandem.setting", EnumNames.NameOf(caseId.Setting)).SetTag("tandem.pair", caseId.PairKey).SetTag("tandem.seed", caseId.Seed)
            .SetTag("tandem.variant", EnumNames.NameOf(caseId.Setting)).SetTag("tandem.rep", caseId.Seed)
            .SetTag("tandem.agent", environment.Agent.Kind).SetTag("gen_ai.request.model", environment.Settings.Model.Name);
        return span;
    }

    /// <summary>One attempt.</summary>
    internal static Activity? Attempt(AttemptIntent intent) => s_source.StartActivity($"attempt {intent.Attempt}")
        ?.SetTag("tandem.attempt", intent.Attempt).SetTag("tandem.attempt_id", intent.AttemptId).SetTag("tandem.attempt_kind", EnumNames.NameOf(intent.AttemptKind));

    /// <summary>A phase of an attempt.</summary>
    internal static Activity? Phase(CasePhase phase) => s_source.StartActivity(EnumNames.NameOf(phase));

    /// <summary>One agent at work.</summary>
    internal static Activity? Agent(string agentId, string kind) => s_source.StartActivity($"invoke_agent {agentId}")
        ?.SetTag("gen_ai.operation.name", "invoke_agent").SetTag("gen_ai.agent.id", agentId).SetTag("gen_ai.agent.name", kind);

    /// <summary>A command of an agent.</summary>
    internal static Activity? Command(string agentId, int step) => s_source.StartActivity("execute_tool bash", ActivityKind.Internal)
        ?.SetTag("gen_ai.operation.name", "execute_tool").SetTag("gen_ai.tool.name", "bash").SetTag("gen_ai.agent.id", agentId).SetTag("tandem.step", step);

    /// <summary>A model call.</summary>
    internal static Activity? ModelCall(string agentId, int step, string? model) => s_source.StartActivity($"chat {model}", ActivityKind.Client)
        ?.SetTag("gen_ai.operation.name", "chat").SetTag("gen_ai.request.model", model).SetTag("gen_ai.agent.id", agentId).SetTag("tandem.step", step);

    /// <summary>What a model call came to.</summary>
    internal static void Answered(Activity? span, string? model, ChatReply reply)
    {
        span?.SetTag("gen_ai.usage.input_tokens", reply.Tokens?.Input).SetTag("gen_ai.usage.output_tokens", reply.Tokens?.Output)
            .SetTag("gen_ai.response.finish_reasons", reply.FinishReason is null ? null : new[] { reply.FinishReason })
            .SetTag("tandem.cost_usd", (double?)reply.Cost).SetTag("tandem.retries", reply.Retries);
        var tags = new TagList { { "gen_ai.operation.name", "chat" }, { "gen_ai.request.model", model } };
        s_calls.Record(reply.Latency.TotalSeconds, tags);
        if (reply.Cost is decimal cost)
            s_cost.Add((double)cost, tags);
        if (reply.Tokens is not TokenCounts tokens)
            return;
        s_tokens.Add(tokens.Input, [.. tags, new("gen_ai.token.type", "input")]);
        s_tokens.Add(tokens.Output, [.. tags, new("gen_ai.token.type", "output")]);
    }

    /// <summary>What an attempt came to.</summary>
    internal static void Recorded(Activity? span, RunRecord record)
    {
        string outcome = record.Interrupted ? "interrupted" : record.InfraError ? "infra_error" : record.BothPassed == true ? "pass" : "fail";
        span?.SetTag("tandem.outcome", outcome).SetTag("tandem.agent_status", record.AgentStatus.ToString()).SetTag("tandem.cost_usd", (double?)record.TotalCost).SetTag("tandem.steps", record.TotalSteps);
        if (record.InfraError || record.Interrupted)
            span?.SetStatus(ActivityStatusCode.Error, record.Error?.Message).SetTag("error.type", record.Error is RunError error ? EnumNames.NameOf(error.Class) : null);
        s_cases.Add(1, new TagList { { "tandem.setting", EnumNames.NameOf(record.Setting) }, { "tandem.outcome", outcome } });
        if (record.Time.Queue is double queue)
            s_queue.Record(queue);
    }
}
