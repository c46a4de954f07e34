using System.Text.Json.Serialization;

namespace Tandem.Records.Runs;

/// <summary>
/// A reason for a person to look at a verdict before it is believed. Tests run in one process with the code that they test, so that this
/// code can make them say what it likes. A mark changes no verdict, and an honest patch can have one.
/// </summary>
/// <param name="Rule">The rule that found it, see docs/task-sets.md; <see cref="CountsRule"/> or <see cref="PathRule"/> where it was no
/// line.</param>
public sealed record SuspectMark(string Rule)
{
    /// <summary>A feature passed with fewer tests than with its gold patch, or with far more.</summary>
    public const string CountsRule = "test_counts";

    /// <summary>A patch touched a path of the tests in a form that only git could read. The path was put back before the tests
    /// ran.</summary>
    public const string PathRule = "protected_path";

    /// <summary>Marks that a record has at most.</summary>
    public const int Most = 50;

    /// <summary>Characters that <see cref="Excerpt"/> has at most.</summary>
    public const int MostExcerpt = 160;

    /// <summary>The changed file, relative to the repository; null for counts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? File { get; init; }

    /// <summary>The added line in the tested tree, from 1; null where it is the file as a whole.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Line { get; init; }

    /// <summary>What stands there, around what the rule looks for; safe to print.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Excerpt { get; init; }

    /// <summary>The feature whose tests were counted; null for what is in a patch.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? FeatureId { get; init; }

    /// <summary>Tests that passed; null for what is in a patch.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Got { get; init; }

    /// <summary>Tests that pass with the feature's gold patch; null for what is in a patch.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Gold { get; init; }
}
