using System.Text;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Tests.Stores;

/// <summary>The files that a sound attempt leaves beside its record, as that says what was in them.</summary>
internal static class SampleFiles
{
    /// <summary>The files by their names.</summary>
    public static Dictionary<string, byte[]> Of(RunRecord record)
    {
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            [StoreLayout.AttemptFile] = StoreJson.ToFile(Intent(record)),
            [StoreLayout.TrajectoryFile] =
                [.. record.Agents.SelectMany(Events).SelectMany(e => (byte[])[.. StoreJson.ToLine(e), (byte)'\n'])],
        };
        foreach (AgentReport agent in record.Agents)
            files[StoreLayout.RawPatch(agent.AgentId)] = Encoding.UTF8
                .GetBytes(string.Create((int)(agent.PatchBytes ?? 0), agent.AgentId, static (span, id) => span.Fill(id[^1])));
        if (record.Setting == Setting.CoopComm)
            files[StoreLayout.ConversationFile] = StoreJson.ToFile(record.Messages);
        if (!record.InfraError && !record.Interrupted)
            files[StoreLayout.Revised(StoreLayout.EvaluationFile, record.Revision)] = StoreJson.ToFile(Evaluation(record));
        return files;
    }

    /// <summary>A line of a trajectory.</summary>
    public static TrajectoryEvent Event(string agentId, string kind, string? text = null, decimal? cost = null, TokenCounts? tokens = null,
        double seconds = 0) =>
        new(FixedClock.Time.AddSeconds(seconds), agentId, 1, kind, text, null, null, null, cost, tokens);

    private static IEnumerable<TrajectoryEvent> Events(AgentReport agent)
    {
        yield return Event(agent.AgentId, "start", "Build the feature.");
        if (agent.ModelCalls > 0)
            yield return Event(agent.AgentId, "response", "I have built it.", agent.Cost, agent.Tokens);
        yield return Event(agent.AgentId, "end", "Submitted");
    }

    private static AttemptIntent Intent(RunRecord record) => new()
    {
        SchemaVersion = RunRecord.CurrentSchemaVersion,
        RunId = record.RunId,
        Experiment = record.Experiment,
        CaseId = record.CaseId,
        Attempt = record.Attempt,
        AttemptId = record.AttemptId,
        AttemptKind = record.AttemptKind,
        AttemptReason = record.AttemptReason,
        TakesUp = null,
        StartedAt = record.StartedAt,
        Owner = ProcessIdentity.Current,
        Sandboxes = [],
        SettingsHash = record.Provenance.SettingsHash,
        TaskDigest = record.Provenance.TaskDigest,
    };

    private static EvaluationReport Evaluation(RunRecord record) => new()
    {
        SchemaVersion = RunRecord.CurrentSchemaVersion,
        CaseId = record.CaseId,
        ApplyStatus = [.. record.Agents.Select(agent => agent.ApplyStatus ?? ApplyStatus.Applied)],
        MergeOutcome = record.MergeOutcome,
        MergeStatus = record.MergeStatus,
        MergeStrategy = record.MergeStrategy,
        NaiveConflict = record.NaiveConflict,
        MergeOutput = null,
        Tests = record.Tests,
        Suspect = record.Suspect,
        EvalError = record.EvalError,
        EvaluatedAt = FixedClock.Time,
    };
}
