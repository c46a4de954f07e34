using Tandem.Records.Cases;
using Tandem.Records.Judgements;

namespace Tandem.Analysis.Judgements;

/// <summary>What one judge's reading of one run is for the analysis. All but the first two are missing data.</summary>
internal enum ReadingState
{
    /// <summary>A label or a score holds.</summary>
    Labelled,

    /// <summary>The judge says that no label fits, which is the label <c>none</c>.</summary>
    None,

    /// <summary>The judge gave a label that its quotes do not bear.</summary>
    Voided,

    /// <summary>There is no answer that could be read.</summary>
    Failed,

    /// <summary>The judge never read this run.</summary>
    Missing,

    /// <summary>It read an attempt of which the record that counts now says something else.</summary>
    Stale,
}

/// <summary>A label or a score of one unit: a run, or one message of it.</summary>
/// <param name="Message">The message's number, from 1; null for the run.</param>
/// <param name="Label">The label; null for a score.</param>
/// <param name="Score">The score; null for a label.</param>
internal readonly record struct UnitLabel(int? Message, string? Label, double? Score);

/// <summary>One run whose record counts, read by one judge in one repetition.</summary>
internal sealed record Reading
{
    /// <summary>The label that stands for a judgement without one.</summary>
    public const string NoLabel = "none";

    public required CaseId CaseId { get; init; }

    public required string Rubric { get; init; }

    public required JudgeName Judge { get; init; }

    /// <summary>From 1.</summary>
    public required int Repetition { get; init; }

    public required ReadingState State { get; init; }

    /// <summary>How many labels it could have: the run's messages, or 1.</summary>
    public required int Units { get; init; }

    /// <summary>The labels that hold, secondary ones left out; empty for missing data.</summary>
    public required IReadOnlyList<UnitLabel> Labels { get; init; }

    /// <summary>Secondary labels that hold: in no share and no agreement.</summary>
    public IReadOnlyList<string> Secondary { get; init; } = [];

    /// <summary>What the judge left; null for imported labels, and where it left nothing.</summary>
    public JudgementRecord? Record { get; init; }

    /// <summary>Why there is no label, or none that counts; null if nothing is known or there is one.</summary>
    public string? Reason { get; init; }

    public bool IsData => State is ReadingState.Labelled or ReadingState.None;
}
