using System.Security.Cryptography;
using System.Text;
using Tandem.Harness.Judging.Answers;
using Tandem.Harness.Judging.Rules;

namespace Tandem.Harness.Judging;

/// <summary>
/// The judge <c>builtin:rules</c>: word lists and counts, the same answer for the same evidence everywhere. It costs nothing and needs no
/// key, understands nothing, and is marked as simulated everywhere. Its answers go through the same check as those of models.
/// </summary>
/// <param name="named">As the judge was named; null is by its own name.</param>
internal sealed class RulesJudge(string? named = null) : IJudge
{
    public const string Name = "builtin:rules";

    /// <summary>Raised when the rules answer otherwise than before.</summary>
    private const int Version = 1;

    public JudgeIdentity Identity { get; } = new(named ?? Name, Name,
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Name} {Version}"))), Simulated: true);

    public Task<JudgeResult> JudgeAsync(JudgeRequest request, JudgeTally tally, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(WordRules.Answer(request.Rubric.Definition, request.Evidence) is string answer
            ? JudgeAnswer.Check(request.Rubric, request.Evidence, answer, finishReason: null)
            : new JudgeResult.Failed($"{Name} has no rules for the rubric {request.Rubric.Name}; it has some for "
                + $"{string.Join(", ", WordRules.Rubrics)}. Name a model as the judge."));
    }
}
