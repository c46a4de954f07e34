using Tandem.Records.Judgements;

namespace Tandem.Harness.Judging.Answers;

/// <summary>What an answer of a judge comes to.</summary>
internal abstract record JudgeResult
{
    private JudgeResult()
    {
    }

    public JudgementOutcome Status => this switch
    {
        Labelled => JudgementOutcome.Labelled,
        NoLabel => JudgementOutcome.None,
        Voided => JudgementOutcome.Voided,
        Failed => JudgementOutcome.Failed,
        _ => throw new NotSupportedException(GetType().Name),
    };

    /// <summary>What the judge gave, voided labels included.</summary>
    public IReadOnlyList<JudgementLabel> Given => this switch
    {
        Labelled labelled => labelled.Labels,
        Voided voided => voided.Labels,
        _ => [],
    };

    /// <summary>At least one label holds; where there is a primary label, that one.</summary>
    public sealed record Labelled(IReadOnlyList<JudgementLabel> Labels) : JudgeResult;

    /// <summary>No label fits.</summary>
    public sealed record NoLabel : JudgeResult;

    /// <summary>Labels whose quotes do not bear them.</summary>
    public sealed record Voided(IReadOnlyList<JudgementLabel> Labels) : JudgeResult;

    /// <summary>No answer that could be read.</summary>
    /// <param name="Reason">Why, one sentence.</param>
    public sealed record Failed(string Reason) : JudgeResult;
}

/// <summary>An answer cannot be read; the message says why, in one sentence.</summary>
internal sealed class AnswerException(string reason) : Exception(reason);
