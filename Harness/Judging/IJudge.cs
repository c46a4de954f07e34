using Tandem.Harness.Judging.Answers;
using Tandem.Harness.Judging.Evidences;
using Tandem.Harness.Judging.Rubrics;
using Tandem.Harness.Models;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;

namespace Tandem.Harness.Judging;

/// <summary>Reads the evidence of a run and answers a rubric.</summary>
internal interface IJudge
{
    JudgeIdentity Identity { get; }

    /// <summary>Judges once. What it asks and pays goes into the tally as it happens, so that it is known whatever ends the call.</summary>
    /// <exception cref="ModelException">The model gave no answer.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    Task<JudgeResult> JudgeAsync(JudgeRequest request, JudgeTally tally, CancellationToken cancellationToken);
}

/// <summary>Who judges.</summary>
/// <param name="Named">As it was named, perhaps by an alias.</param>
/// <param name="Model">What the name stands for: a model's name, or one that begins with <c>builtin:</c>.</param>
/// <param name="Digest">SHA-256 over the settings that change its answers, lower-case hex.</param>
/// <param name="Simulated">Whether it only simulates a judge.</param>
internal sealed record JudgeIdentity(string Named, string Model, string Digest, bool Simulated);

/// <summary>What a judge is to read.</summary>
/// <param name="Rubric">What is asked.</param>
/// <param name="Evidence">What is read.</param>
/// <param name="Repetition">From 1; also varies the seed of models that take one.</param>
internal sealed record JudgeRequest(Rubric Rubric, Evidence Evidence, int Repetition);

/// <summary>What a judge was asked, said and cost so far.</summary>
/// <param name="onAsk">Called before each call of a model, with the call counted; what it throws keeps the call from being
/// made.</param>
internal sealed class JudgeTally(Action<JudgeTally>? onAsk = null)
{
    private const int LongestReply = 20_000; // bytes

    private readonly List<ChatReply> _answers = [];

    /// <summary>How often it was asked, with calls that got no answer.</summary>
    public int Calls { get; private set; }

    public IReadOnlyList<JudgeReply> Replies => [.. _answers.Select(answer => new JudgeReply(
        answer.Content is string text ? EvidenceText.Begin(EvidenceText.Clean(text), LongestReply) : null, answer.FinishReason))];

    /// <summary>Of all answers; null where none said.</summary>
    public TokenCounts? Tokens => Totals.OfTokens(_answers.Select(answer => answer.AllTokens));

    /// <summary>USD of all answers, with those that could not be used; null without one, or if one has no price.</summary>
    public decimal? Cost => Totals.OfCosts(_answers.Select(answer => answer.AllCost));

    /// <summary>Of all answers; null without one.</summary>
    public double? AnswerSeconds =>
        _answers.Count == 0 ? null : Math.Round(_answers.Sum(answer => answer.Latency.TotalSeconds), 3);

    /// <summary>Whether a call has had no answer, or not yet.</summary>
    public bool IsWaiting => Calls > _answers.Count;

    /// <summary>Counts a call that is made now.</summary>
    public void Asks()
    {
        Calls++;
        try
        {
            onAsk?.Invoke(this);
        }
        catch
        {
            Calls--;
            throw;
        }
    }

    public void Answered(ChatReply answer) => _answers.Add(answer);
}
