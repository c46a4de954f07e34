namespace Tandem.Analysis.Agreement;

/// <summary>One judgement of one unit. Either <paramref name="Label"/> or <paramref name="Score"/> is given; neither is a judgement that is
/// missing.</summary>
/// <param name="Rubric">What was asked; empty where a table has only one question.</param>
/// <param name="Unit">What was judged: a case id, a row's name.</param>
/// <param name="Judge">A person or a model.</param>
/// <param name="Repetition">From 1: the same judge asked again.</param>
/// <param name="Label">A name on a nominal scale.</param>
/// <param name="Score">A number on an ordinal or interval scale, finite.</param>
internal sealed record Rating(string Rubric, string Unit, string Judge, int Repetition, string? Label, double? Score)
{
    /// <summary>What is drawn anew together with it: the run whose message it is; null for the unit by itself.</summary>
    public string? Cluster { get; init; }
}
