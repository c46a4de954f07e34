using System.Diagnostics;
using Tandem.Harness.Models;
using Tandem.Records.Json;
using Tandem.Records.Scenarios;

namespace Tandem.Harness.Telemetry;

/// <summary>What the spans of a scenario's case have in common, so that a store of traces can filter and group by them.</summary>
/// <param name="Id">The case.</param>
/// <param name="Experiment">The experiment's name.</param>
/// <param name="RunId">The invocation.</param>
/// <param name="Model">The model's name.</param>
internal sealed record ScenarioTags(ScenarioCaseId Id, string Experiment, string RunId, string Model);

/// <summary>The spans of scenarios: a case, and below it its model calls.</summary>
internal static class ScenarioSpans
{
    /// <summary>All attempts at a case by one process.</summary>
    public static Activity? Case(ScenarioTags tags) =>
        Tag(Instrumentation.Source.StartActivity($"case {tags.Id}"), tags)?.SetTag("tandem.case", tags.Id.ToString());

    /// <summary>A model call: all tries of it, and the waiting between them.</summary>
    public static Activity? ModelCall(ScenarioTags tags, int turn, ModelProvider provider) =>
        Tag(Instrumentation.ModelCall(tags.Id.Variant, turn, tags.Model, provider), tags);

    /// <summary>What an attempt came to.</summary>
    public static void Recorded(Activity? span, ScenarioRecord record)
    {
        string outcome = record.IsMissingData ? record.Interrupted ? "interrupted" : "infra_error"
            : record.Passed == true ? "passed" : "failed";
        span?.SetTag("tandem.outcome", outcome)
            .SetTag("tandem.attempt", record.Attempt)
            .SetTag("tandem.reruns", record.Reruns)
            .SetTag("tandem.cost_usd", (double?)record.Cost);
        if (record.Error is ScenarioError error)
            span?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", EnumNames.NameOf(error.Class));
        Instrumentation.CountAttempt("scenario", outcome);
    }

    private static Activity? Tag(Activity? span, ScenarioTags tags) => span
        ?.SetTag("tandem.experiment", tags.Experiment)
        .SetTag("tandem.run_id", tags.RunId)
        .SetTag("tandem.scenario", tags.Id.Scenario)
        .SetTag("tandem.variant", tags.Id.Variant)
        .SetTag("tandem.rep", tags.Id.Repetition)
        .SetTag("gen_ai.request.model", tags.Model)
        // The names under which two services look for what one filters by.
        .SetTag("langsmith.metadata.variant", tags.Id.Variant)
        .SetTag("langsmith.metadata.run_id", tags.RunId)
        .SetTag("langsmith.metadata.rep", tags.Id.Repetition)
        .SetTag("langfuse.trace.metadata.variant", tags.Id.Variant)
        .SetTag("langfuse.trace.metadata.run_id", tags.RunId)
        .SetTag("langfuse.trace.metadata.rep", tags.Id.Repetition)
        .SetTag("langfuse.session.id", tags.RunId);
}
