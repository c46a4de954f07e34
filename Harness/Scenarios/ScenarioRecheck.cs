using Tandem.Harness.Scenarios.Definitions;
using Tandem.Records.Scenarios;

namespace Tandem.Harness.Scenarios;

/// <summary>Checks the answers of a record again, by the expectations of now. No model is asked.</summary>
internal static class ScenarioRecheck
{
    /// <summary>The record's next revision.</summary>
    /// <param name="experiment">The definition.</param>
    /// <param name="planned">What the case is made of now.</param>
    /// <param name="record">Has a conversation of that definition.</param>
    /// <param name="revision">The new revision's number.</param>
    /// <param name="runId">The invocation that makes it.</param>
    public static ScenarioRecord Revise(ScenarioExperiment experiment, PlannedConversation planned, ScenarioRecord record, int revision,
        string runId)
    {
        IReadOnlyList<ScenarioCheck> checks = Expectations.Check(experiment.Scenario(record.ScenarioId),
            experiment.Variant(record.Variant), record.ResponseText ?? "", record.ToolCalls);
        return record with
        {
            RunId = runId,
            Revision = revision,
            ExpectationsDigest = planned.ExpectationsDigest,
            Checks = checks,
            Passed = checks.All(check => check.Passed),
        };
    }
}
