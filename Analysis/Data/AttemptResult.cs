using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Data;

/// <param name="File">Relative to the experiment's folder, with '/'.</param>
/// <param name="Line">From 1.</param>
/// <param name="Offset">Of the line's first byte in the file, from 0.</param>
/// <param name="Length">Of the line in bytes, without the line feed.</param>
internal readonly record struct RecordPlace(string File, int Line, long Offset, int Length)
{
    /// <summary><c>file(line)</c>.</summary>
    public override string ToString() => $"{File}({Line})";

    /// <summary>Whether another line is the same, byte for byte.</summary>
    public bool HasSameLine(RecordPlace other, StoreLayout layout) =>
        Length == other.Length && Bytes(layout).AsSpan().SequenceEqual(other.Bytes(layout));

    private byte[] Bytes(StoreLayout layout)
    {
        using FileStream file = RegularFile.OpenOwn(Path.Combine(layout.ExperimentFolder, File));
        file.Position = Offset;
        byte[] line = new byte[Length];
        file.ReadExactly(line);
        return line;
    }
}

/// <summary>A file that a record names, and the size it should have.</summary>
internal readonly record struct ArtifactSize(string Path, long Bytes);

/// <summary>
/// What the rules, the summary and the statistics need of one record. The rest (messages, agents, provenance) stays on disk, so that memory
/// hardly grows with the number of records.
/// </summary>
internal sealed record AttemptResult : IAttemptResult
{
    public required RecordPlace Place { get; init; }

    public required CaseId CaseId { get; init; }

    public required int Attempt { get; init; }

    public required int Revision { get; init; }

    public required string AttemptId { get; init; }

    public required AttemptReason AttemptReason { get; init; }

    public required AttemptKind AttemptKind { get; init; }

    public required string Agent { get; init; }

    /// <summary>The model's name; null where the agent uses none.</summary>
    public required string? Model { get; init; }

    /// <summary>The language of the repository, as the task set names it.</summary>
    public required string? Language { get; init; }

    /// <summary>What the agents' model calls cost, in USD, all agents added; null if the model has no price.</summary>
    public required decimal? TotalCost { get; init; }

    /// <summary>The agents' steps, added; null if no agent came to run.</summary>
    public required int? TotalSteps { get; init; }

    public required bool AgentsWorked { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The content id of the image; null if none was reached, or nobody said.</summary>
    public required string? ImageId { get; init; }

    public required string TaskDigest { get; init; }

    /// <summary>The host that the attempt ran on, by its own name; empty where nobody said.</summary>
    public string Host { get; init; } = "";

    /// <summary>Agents that had messages, as far as it was counted what they did with them.</summary>
    public required int AgentsWithMessages { get; init; }

    /// <summary>Those of them that never asked to send or to read one.</summary>
    public required int AgentsWithoutMessageCall { get; init; }

    /// <summary>The agents' tokens, added; null where no model was called or it did not say.</summary>
    public required TokenCounts? Tokens { get; init; }

    /// <summary>The time of a whole run, in seconds, see <see cref="RunRecord.WorkSeconds"/>; null if the attempt was only a part of
    /// one.</summary>
    public required double? WorkSeconds { get; init; }

    /// <summary>The agents' part of it, in seconds; null if they were not reached.</summary>
    public required double? AgentSeconds { get; init; }

    /// <summary>Whether each agent's patch applied, in the order of the agents; null where that was not tried.</summary>
    public required ApplyStatus?[] PatchesApplied { get; init; }

    /// <summary>Whether its agents only stood in for real ones.</summary>
    public required bool Simulated { get; init; }

    public required bool InfraError { get; init; }

    public required bool Interrupted { get; init; }

    public required AgentStatus AgentStatus { get; init; }

    public required bool? BothPassed { get; init; }

    public required bool? Feature1Passed { get; init; }

    public required bool? Feature2Passed { get; init; }

    public required MergeOutcome? MergeOutcome { get; init; }

    /// <summary>Agents whose patch is empty.</summary>
    public int EmptyPatches => PatchesApplied.Count(applied => applied == ApplyStatus.Skipped);

    /// <summary>Whether it had agents, and all of them left empty patches.</summary>
    public bool HadNoPatch => PatchesApplied.Length > 0 && EmptyPatches == PatchesApplied.Length;

    /// <summary>Whether several agents left fewer than two patches that are not empty: whatever git said of them is no merge.</summary>
    public bool HadNothingToMerge => PatchesApplied.Length > 1 && PatchesApplied.Length - EmptyPatches < 2;

    /// <summary>What became of a pair's patches; null where there was no merge, or nothing to merge.</summary>
    public MergeOutcome? Merged => HadNothingToMerge ? null : MergeOutcome;

    /// <summary>Whether git's own merge conflicted; null where it was not tried, or there was nothing to merge.</summary>
    public bool? Conflicted => HadNothingToMerge ? null : NaiveConflict;

    public required MergeStatus? MergeStatus { get; init; }

    public required MergeStrategy? MergeStrategy { get; init; }

    public required bool? NaiveConflict { get; init; }

    /// <summary>Class of the record's error; null if it has none.</summary>
    public required ErrorClass? ErrorClass { get; init; }

    bool IAttemptResult.TakesVerdictBack => ErrorClass == Tandem.Records.Runs.ErrorClass.NoWork;

    public required bool HasEvalError { get; init; }

    /// <summary>Whether it was imported from upstream's logs, which say less than ours.</summary>
    public bool Imported { get; init; }

    /// <summary>Whether an agent crashed and left no patch, or an empty one: such a pair may have been failed without a test.</summary>
    public required bool CrashedWithoutPatch { get; init; }

    /// <summary>See <see cref="IdleRun"/>.</summary>
    public bool IsIdle { get; init; }

    /// <summary>When its record was made, about.</summary>
    public DateTimeOffset EndedAt { get; init; }

    public required int MessagesCount { get; init; }

    /// <summary>What its messages say, counted; null if it holds none.</summary>
    public required MessageCounts? Messages { get; init; }

    /// <summary>What cannot be true of a record whose fields are all there; empty, as a rule.</summary>
    public required IReadOnlyList<Breach> Breaches { get; init; }

    /// <summary>The features that passed although a test of theirs failed: the runner's exit code was 0 all the same. Null if there is
    /// none, as a rule.</summary>
    public required int[]? PassedWithFailures { get; init; }

    /// <summary>The rules that marked its verdict, in words; empty where nothing was found, null where nobody looked.</summary>
    public string? Suspect { get; init; }

    /// <summary>Whether its verdict is marked.</summary>
    public bool IsSuspect => Suspect is { Length: > 0 };

    public required double? Difficulty { get; init; }

    public required int? Bucket { get; init; }

    public required ArtifactSize[] Artifacts { get; init; }

    /// <summary>Whether the verdict differs from what was written, because a limit was exceeded.</summary>
    public bool IsOverridden => this.Verdict is { } verdict && BothPassed != verdict;


    public static AttemptResult Of(RunRecord record, RecordPlace place) => new()
    {
        Place = place,
        CaseId = record.CaseId,
        Attempt = record.Attempt,
        Revision = record.Revision,
        AttemptId = record.AttemptId,
        AttemptReason = record.AttemptReason,
        AttemptKind = record.AttemptKind,
        Agent = string.Intern(record.Agent),
        Model = Interned(record.Model),
        Language = Interned(record.Language),
        TotalCost = record.TotalCost,
        TotalSteps = record.TotalSteps,
        AgentsWorked = record.AgentsWorked,
        StartedAt = record.StartedAt,
        ImageId = Interned(record.Provenance.ImageId),
        TaskDigest = string.Intern(record.Provenance.TaskDigest),
        Host = string.Intern(record.Provenance.Host),
        AgentsWithMessages = record.Agents.Count(agent => agent.MessageCalls is not null),
        AgentsWithoutMessageCall = record.Agents.Count(agent => agent.MessageCalls == 0),
        Tokens = record.Tokens,
        WorkSeconds = record.WorkSeconds,
        AgentSeconds = record.Time.Agent,
        PatchesApplied = [.. record.Agents.Select(agent => agent.ApplyStatus)],
        Simulated = record.Simulated,
        InfraError = record.InfraError,
        Interrupted = record.Interrupted,
        AgentStatus = record.AgentStatus,
        BothPassed = record.BothPassed,
        Feature1Passed = record.Feature1Passed,
        Feature2Passed = record.Feature2Passed,
        MergeOutcome = record.MergeOutcome,
        MergeStatus = record.MergeStatus,
        MergeStrategy = record.MergeStrategy,
        NaiveConflict = record.NaiveConflict,
        ErrorClass = record.Error?.Class,
        HasEvalError = record.EvalError is not null,
        Imported = record.Provenance.Harness == Provenance.Imported,
        CrashedWithoutPatch = record.Agents.Any(agent => agent.Status == AgentStatus.Error && agent.PatchBytes is null or 0),
        IsIdle = IdleRun.Is(record),
        EndedAt = IdleRun.EndOf(record),
        MessagesCount = record.MessagesCount,
        Messages = MessageCounts.Of(record.Messages),
        Breaches = RecordLaws.Of(record),
        PassedWithFailures = record.Tests.Any(IsPassWithFailures)
            ? [.. record.Tests.Where(IsPassWithFailures).Select(test => test.FeatureId)] : null,
        Suspect = record.Suspect is null ? null : Interned(SuspectWords.Rules(record.Suspect)),
        Difficulty = record.Difficulty,
        Bucket = record.Bucket,
        // The same dozen of names in every record: one string each.
        Artifacts = [.. record.Artifacts.Select(artifact => new ArtifactSize(string.Intern(artifact.Path), artifact.Bytes))],
    };

    private static bool IsPassWithFailures(FeatureTestReport test) => test is { Passed: true, TestsFailed: > 0 };

    private static string? Interned(string? text) => text is null ? null : string.Intern(text);
}
