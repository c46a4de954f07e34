using System.Security.Cryptography;
using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Evaluation;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Cases;

/// <summary>Derived files that come from a record and the files beside it, without a sandbox.</summary>
internal static class RecordedWork
{
    private const string EvaluationRole = "evaluation";

    /// <summary>Whether the agents of a record came to an end of their own.</summary>
    public static bool IsFinished(RunRecord record) => record.Agents.Count > 0
        && record.Agents.All(agent => agent.Status != AgentStatus.Unknown)
        && !(record.IsMissingData && record.Error is { Phase: CasePhase.Planned or CasePhase.Provision or CasePhase.Agent });

    /// <summary>The agents' report as the record has it.</summary>
    public static AgentsReport Agents(RunRecord record) => new(
        RunRecord.CurrentSchemaVersion,
        IsFinished(record),
        record.Provenance.BaseCommit,
        [.. record.Agents.Select(agent => agent with { ApplyStatus = null, Dropped = null })],
        record.Messages,
        record.Provenance.Image,
        record.Provenance.ImageId,
        [.. record.Sandboxes.Where(sandbox => sandbox.Role != EvaluationRole)],
        new TimeBreakdown(null, record.Time.Provision, record.Time.Agent, null, null));

    /// <summary>A derived file's bytes. Where several could be meant, those with the recorded digest.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="record">The latest revision of the attempt's record.</param>
    /// <param name="file">The file at fault.</param>
    /// <param name="history">All records of the case.</param>
    /// <returns>Null if it cannot be made from these alone.</returns>
    public static byte[]? TryMake(StoreLayout layout, RunRecord record, FileFault file, IReadOnlyList<RunRecord> history)
    {
        string? digest = record.Artifacts.FirstOrDefault(artifact => artifact.Path == file.Name)?.Sha256;
        string folder = layout.AttemptFolder(record.CaseId, record.Attempt);
        IEnumerable<byte[]> candidates = file.Plain switch
        {
            StoreLayout.AgentsFile => AgentsFiles(record, history),
            StoreLayout.ConversationFile => Conversations(record, folder),
            var name when Revisions.IsGradedPatch(name) => GradedPatches(record, folder, name),
            _ => [],
        };
        byte[]? first = null;
        foreach (byte[] content in candidates)
        {
            if (Is(content, digest))
                return content;
            first ??= content;
        }
        return first;
    }

    /// <summary>Whether content has a digest; without one to compare with, it has.</summary>
    private static bool Is(byte[] content, string? digest) =>
        digest is null || Convert.ToHexStringLower(SHA256.HashData(content)) == digest;

    // An evaluation that was asked for has another image than the agents had; what they had is in the record that it took up.
    private static IEnumerable<byte[]> AgentsFiles(RunRecord record, IReadOnlyList<RunRecord> history)
    {
        AgentsReport report = Agents(record);
        foreach ((string? image, string? id) in history.Select(one => (one.Provenance.Image, one.Provenance.ImageId))
            .Prepend((report.Image, report.ImageId)).Distinct())
        {
            foreach (string? commit in new[] { report.BaseCommit, null }.Distinct())
            {
                AgentsReport one = report with { Image = image, ImageId = id, BaseCommit = commit };
                yield return StoreJson.ToFile(one);
                yield return StoreJson.ToFile(one with { Finished = !one.Finished });
            }
        }
    }

    private static IEnumerable<byte[]> Conversations(RunRecord record, string folder)
    {
        yield return StoreJson.ToFile(record.Messages);
        if (Recording.TryRead(Path.Combine(folder, StoreLayout.TrajectoryFile)) is Recording recording)
            yield return StoreJson.ToFile(recording.Conversation(
                id => record.Agents.FirstOrDefault(agent => agent.AgentId == id)?.Features[0] ?? 0));
    }

    private static IEnumerable<byte[]> GradedPatches(RunRecord record, string folder, string name)
    {
        string agentId = name[..^StoreLayout.GradedPatch("").Length];
        string raw = StoreLayout.RawPatch(agentId);
        ArtifactDigest? source = record.Artifacts.FirstOrDefault(artifact => artifact.Path == raw);
        // An agent that left no patch is graded by an empty one.
        if (source is not null && FileFault.Of(folder, source) is not null)
            yield break;
        byte[] content = source is null ? [] : RegularFile.ReadOwn(Path.Combine(folder, raw));
        IReadOnlyList<PatchOmission> dropped = record.Agents.FirstOrDefault(agent => agent.AgentId == agentId)?.Dropped ?? [];
        yield return PatchFilter.Grade(content, DroppedPaths.Recorded(dropped)).Content.ToArray();
        yield return PatchFilter.GradeByNames(content).Content.ToArray();
    }
}
