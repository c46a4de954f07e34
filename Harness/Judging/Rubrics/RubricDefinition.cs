using System.Text.Json.Serialization;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Judgements;

namespace Tandem.Harness.Judging.Rubrics;

/// <summary>The form of an answer.</summary>
[JsonConverter(typeof(StrictEnumConverter<AnswerForm>))]
internal enum AnswerForm
{
    /// <summary>One label of the run, or none.</summary>
    [JsonStringEnumMemberName("one_label")]
    OneLabel,

    /// <summary>A first label of the run, and a second or none.</summary>
    [JsonStringEnumMemberName("primary_secondary")]
    PrimarySecondary,

    /// <summary>One label for each message.</summary>
    [JsonStringEnumMemberName("label_per_message")]
    LabelPerMessage,

    /// <summary>One number for the run.</summary>
    [JsonStringEnumMemberName("score")]
    Score,
}

/// <summary>A part of a run that a judge can read, in the order in which it is shown.</summary>
[JsonConverter(typeof(StrictEnumConverter<EvidencePart>))]
internal enum EvidencePart
{
    /// <summary>What the agents were asked to build.</summary>
    [JsonStringEnumMemberName("task")]
    Task,

    [JsonStringEnumMemberName("conversation")]
    Conversation,

    /// <summary>Each agent's change.</summary>
    [JsonStringEnumMemberName("patches")]
    Patches,

    /// <summary>What became of the changes.</summary>
    [JsonStringEnumMemberName("merge")]
    Merge,

    /// <summary>What the tests said, with their output.</summary>
    [JsonStringEnumMemberName("tests")]
    Tests,

    /// <summary>What the agents said and did, each step in short.</summary>
    [JsonStringEnumMemberName("trajectory")]
    Trajectory,
}

/// <summary>What a judge does not learn unless a rubric shows it.</summary>
[JsonConverter(typeof(StrictEnumConverter<ShownName>))]
internal enum ShownName
{
    [JsonStringEnumMemberName("setting")]
    Setting,

    [JsonStringEnumMemberName("model")]
    Model,

    /// <summary>The run's name, which holds experiment and setting.</summary>
    [JsonStringEnumMemberName("run")]
    Run,
}

/// <summary>What <c>rubric.json</c> says.</summary>
internal sealed record RubricDefinition
{
    /// <summary>The name of a label that says that none fits; the rubric's own labels cannot have it.</summary>
    public const string NoLabel = "none";

    public required string Name { get; init; }

    /// <summary>From 1; raised when a label or its meaning changes.</summary>
    public required int Version { get; init; }

    public required string Title { get; init; }

    public required RatingScale Scale { get; init; }

    public required AnswerForm Answer { get; init; }

    /// <summary>What it means that no label fits; null if one must.</summary>
    public string? None { get; init; }

    /// <summary>Empty for scores; on an ordinal scale from least to most.</summary>
    public IReadOnlyList<RubricLabel> Labels { get; init; } = [];

    /// <summary>For scores alone.</summary>
    public ScoreRange? Score { get; init; }

    /// <summary>How many passages must be quoted for each label, from 0.</summary>
    public int Quotes { get; init; } = 1;

    /// <summary>The parts that the judge reads, each with its greatest size in bytes.</summary>
    public required IReadOnlyDictionary<string, int> Evidence { get; init; }

    public RubricRuns Runs { get; init; } = new();

    /// <summary>Names that the judge learns; none by default.</summary>
    public IReadOnlyList<ShownName> Show { get; init; } = [];
}

/// <summary>One label.</summary>
/// <param name="Name">As it stands in answers.</param>
/// <param name="Meaning">When it fits, one sentence.</param>
/// <param name="NeedsConversation">Whether one of its quotes must be from the conversation.</param>
internal sealed record RubricLabel(string Name, string Meaning, bool NeedsConversation = false);

/// <summary>The scale of scores; both ends belong to it.</summary>
internal sealed record ScoreRange(double Min, double Max);

/// <summary>Which runs a rubric is for.</summary>
internal sealed record RubricRuns
{
    /// <summary>Empty is all.</summary>
    public IReadOnlyList<Setting> Settings { get; init; } = [];

    /// <summary>Whether only runs that did not succeed are judged.</summary>
    public bool FailedOnly { get; init; }

    /// <summary>Whether only runs with at least one message are judged.</summary>
    public bool WithMessages { get; init; }
}
