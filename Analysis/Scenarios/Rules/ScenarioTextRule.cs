using Tandem.Analysis.Rules;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Analysis.Scenarios.Rules;

/// <summary>A model that says nothing may be a fault of the endpoint that nobody noticed.</summary>
internal sealed class ScenarioTextRule : IScenarioRule
{
    public string Id => "SCEN-03";

    public string Title => "No record that counts has an empty answer, unless the plan allows it and the answer calls tools";

    public string Remedy =>
        "Look at the record: did the endpoint cut the answer? Run the case again with --force. Where models may answer by tool calls "
        + "alone, say so in the experiment's definition (allow_empty_text).";

    public RuleOutcome Check(ScenarioDataset dataset)
    {
        StoredScenario[] empty = [.. dataset.Counting.Where(stored => IsEmpty(stored.Record))];
        StoredScenario[] allowed = [.. empty.Where(stored => IsAllowed(dataset.Plan, stored.Record))];
        StoredScenario[] unanswered = [.. empty.Except(allowed).Where(stored => IsUnanswered(stored.Record))];
        return new RuleOutcome(
            empty.Except(allowed).Except(unanswered).Select(stored => ScenarioFinding.At(stored, dataset.Plan.AllowsEmptyText
                ? "its answer is empty and calls no tool" : "its answer is empty")),
            $"{empty.Length} empty answers among {dataset.Counting.Count()} records that count"
            + (dataset.Plan.AllowsEmptyText ? $"; {allowed.Length} of them call tools, which the plan allows" : "")
            + (unanswered.Length > 0 ? $"; {unanswered.Length} of them were refused or too long before any answer" : ""));
    }

    /// <summary>Whether the model's last answer has no text.</summary>
    public static bool IsEmpty(ScenarioRecord record) => string.IsNullOrWhiteSpace(record.ResponseText);

    /// <summary>Whether the conversation ended before the model said anything: there is no answer that could be empty.</summary>
    private static bool IsUnanswered(ScenarioRecord record) =>
        record is { ResponseText: null, EndedBy: ScenarioEnd.Refused or ScenarioEnd.ContextOverflow };

    private static bool IsAllowed(ScenarioPlan plan, ScenarioRecord record) =>
        plan.AllowsEmptyText && record.Turns.Count > 0 && record.Turns[^1].ToolCalls > 0;
}
