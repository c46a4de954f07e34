using System.Text.Json.Serialization;
using Tandem.Records.Cases;
using Tandem.Records.Json;

namespace Tandem.Records.Runs;

/// <summary>The intent of an attempt (<c>attempt.json</c>), on disk before anything of it starts; the file is created
/// exclusively.</summary>
public sealed record AttemptIntent : IJsonOnDeserialized
{
    public required int SchemaVersion { get; init; }

    public required string RunId { get; init; }

    public required string Experiment { get; init; }

    public required CaseId CaseId { get; init; }

    /// <summary>The try, from 1.</summary>
    public required int Attempt { get; init; }

    public required string AttemptId { get; init; }

    public required AttemptKind AttemptKind { get; init; }

    public required AttemptReason AttemptReason { get; init; }

    /// <summary>The earlier attempt that it takes up (resumed, regrade); null if none.</summary>
    public required int? TakesUp { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required ProcessIdentity Owner { get; init; }

    /// <summary>Names of the sandboxes it may create.</summary>
    public required IReadOnlyList<string> Sandboxes { get; init; }

    /// <summary>Hash of the settings that change results.</summary>
    public required string SettingsHash { get; init; }

    /// <summary>SHA-256 over all files of the task's folder.</summary>
    public required string TaskDigest { get; init; }

    void IJsonOnDeserialized.OnDeserialized() => StrictList.HoldsNoNull(Sandboxes);
}

/// <summary>The end of a phase (a line of <c>events.jsonl</c>), flushed when it happens.</summary>
/// <param name="At">When.</param>
/// <param name="Phase">The phase that ended.</param>
/// <param name="Outcome"><c>ok</c>, or what ended it.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record AttemptEvent(DateTimeOffset At, CasePhase Phase, string Outcome, double Seconds);

/// <summary>First line of a run file.</summary>
/// <param name="SchemaVersion">Version of the records below it.</param>
/// <param name="Kind"><see cref="RunsKind"/>; other kinds of record have files of their own.</param>
/// <param name="Experiment">The experiment's name.</param>
/// <param name="RunName">See <see cref="Cases.RunName"/>.</param>
/// <param name="Setting">The setting of all its records.</param>
/// <param name="Seed">The seed of all its records.</param>
/// <param name="RunId">The invocation.</param>
/// <param name="Writer">The process that appends to it.</param>
/// <param name="CreatedAt">When it was begun.</param>
/// <param name="Harness">The harness's version.</param>
public sealed record RunFileHeader(
    int SchemaVersion, string Kind, string Experiment, string RunName, Setting Setting, int Seed, string RunId, ProcessIdentity Writer,
        DateTimeOffset CreatedAt, string Harness)
{
    public const string RunsKind = "runs";
}

/// <summary>What <c>experiment.json</c> holds: the frozen choice and the plan.</summary>
public sealed record ExperimentPlan : IJsonOnDeserialized
{
    public required int SchemaVersion { get; init; }

    public required string Experiment { get; init; }

    /// <summary>When the plan was first written.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Hash of what changes results: agent, model, limits, prompts, task digests.</summary>
    public required string SettingsHash { get; init; }

    /// <summary>The effective settings, as used.</summary>
    public required System.Text.Json.JsonElement Settings { get; init; }

    /// <summary>SHA-256 of each task's folder, by <c>repo/task</c>.</summary>
    public required IReadOnlyDictionary<string, string> TaskDigests { get; init; }

    /// <summary>Every case, in the order in which they are run.</summary>
    public required IReadOnlyList<CaseId> Cases { get; init; }

    void IJsonOnDeserialized.OnDeserialized()
    {
        StrictList.HoldsNoNull(Cases);
        StrictList.HoldsNoNull(TaskDigests.Values);
    }
}
