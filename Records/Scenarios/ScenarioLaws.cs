namespace Tandem.Records.Scenarios;

/// <summary>What the members of a scenario's record must say of each other.</summary>
public static class ScenarioLaws
{
    /// <summary>What contradicts, one sentence each; empty for a sound record.</summary>
    public static IEnumerable<string> Faults(ScenarioRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (record.SchemaVersion != ScenarioRecord.CurrentSchemaVersion)
            yield return $"Schema version {record.SchemaVersion} is not known; this harness reads {ScenarioRecord.CurrentSchemaVersion}.";
        if (record.Type != ScenarioRecord.ResultType)
            yield return $"Its type is '{record.Type}', not '{ScenarioRecord.ResultType}'.";
        ScenarioCaseId id = record.CaseId;
        if (id.Variant != record.Variant || id.Scenario != record.ScenarioId || id.Repetition != record.Rep)
            yield return $"The case id {id} does not say what the record's own fields say.";
        if (record.Attempt < 1 || record.Revision < 1)
            yield return "Attempts and revisions are counted from 1.";
        if (record.Calls < 0 || record.Reruns < 0 || record.DurationSeconds < 0 || record.LatencySeconds < 0 || record.Cost < 0)
            yield return "A count, a duration or a cost is below zero.";
        if (record.Reruns != record.FailedTries.Count)
            yield return $"It counts {record.Reruns} reruns, and names the faults of {record.FailedTries.Count}.";
        if (record.IsMissingData != (record.Passed is null) || record.IsMissingData != (record.EndedBy is null))
            yield return "A conversation that came to an end has a verdict, and no other has one.";
        if (record.Passed is bool passed && passed != record.Checks.All(check => check.Passed))
            yield return "Its verdict is not that of its checks.";
        if (record.EndedBy is not null && record.Checks.Count == 0)
            yield return "It has no checks.";
        for (int i = 0; i < record.Turns.Count; i++)
        {
            if (record.Turns[i].Turn != i + 1)
                yield return "Its turns are not numbered from 1.";
            if (record.Turns[i].ToolCalls != record.ToolCalls.Count(call => call.Turn == i + 1))
                yield return $"Turn {i + 1} counts {record.Turns[i].ToolCalls} tool calls, and the list of calls says otherwise.";
        }
        if (record.ToolCalls.Any(call => call.Turn < 1 || call.Turn > record.Turns.Count))
            yield return "A tool call belongs to no turn.";
        if (record.ToolCalls.Any(call => call.Arguments is null != call.ArgumentsFault is not null))
            yield return "Arguments that are no JSON object have a fault, and no others have one.";
    }
}
