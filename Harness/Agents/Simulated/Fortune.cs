using System.Globalization;
using Tandem.Harness.Configuration;
using Tandem.Records.Cases;

namespace Tandem.Harness.Agents.Simulated;

/// <summary>What becomes of the work on one feature.</summary>
internal enum Quality
{
    /// <summary>The gold patch.</summary>
    Right,

    /// <summary>The gold patch with a hunk left out.</summary>
    Weakened,

    None,
}

/// <summary>What goes wrong in a conversation; at most one thing per agent.</summary>
internal enum Slip
{
    None,

    /// <summary>It sends its plan only when its work is done.</summary>
    SendsLate,

    /// <summary>The lines that it names are not the right ones.</summary>
    NamesWrongLines,

    /// <summary>It leaves questions unanswered.</summary>
    DoesNotAnswer,

    /// <summary>It agrees, and does what it had planned all the same.</summary>
    BreaksItsWord,
}

/// <summary>How well one feature turns out.</summary>
/// <param name="FeatureId">The feature.</param>
/// <param name="Skill">The probability that it turns out right.</param>
/// <param name="Quality">What was drawn.</param>
internal sealed record FeatureFortune(int FeatureId, double Skill, Quality Quality);

/// <summary>
/// Everything that chance decides about one agent of one case. It is drawn at the begin, from pair, seed and agent alone; the rest of a
/// case follows from it. An agent of a pair has the same luck with and without messages: what differs between coop-comm and coop-nocomm
/// then comes of what was said.
/// </summary>
/// <param name="Features">One entry per feature of the agent.</param>
/// <param name="Slip">What goes wrong in what it says.</param>
/// <param name="RepeatsItself">Whether it sends its plan twice.</param>
internal sealed record Fortune(IReadOnlyList<FeatureFortune> Features, Slip Slip, bool RepeatsItself)
{
    /// <summary>The skill of a feature lies between this and 1, each value as likely as the other.</summary>
    public const double LowestSkill = 0.5;

    /// <summary>Share of the work that is not right of which something is left: a weakened patch, not an empty one.</summary>
    private const double WeakenedShare = 0.8;

    private const double RepeatsShare = 0.2;

    private static readonly Slip[] s_slips = [Slip.SendsLate, Slip.NamesWrongLines, Slip.DoesNotAnswer, Slip.BreaksItsWord];

    /// <summary>The skill for a feature: <c>1 - h / 2</c>, where h is the first number drawn from <c>skill|repo|task|feature</c>.</summary>
    public static double SkillOf(string repo, int taskId, int featureId) =>
        1 - ((1 - LowestSkill) * new StableRandom(string.Create(CultureInfo.InvariantCulture, $"skill|{repo}|{taskId}|{featureId}"))
            .Next());

    /// <summary>Draws from <c>repo/task/f1_f2|seed|agent</c>, where the agent is <c>solo</c>, <c>agent1</c> or <c>agent2</c>.</summary>
    /// <param name="caseId">The case.</param>
    /// <param name="agentId">The agent.</param>
    /// <param name="features">Its features.</param>
    /// <param name="settings">May give one skill for all features.</param>
    public static Fortune Draw(CaseId caseId, string agentId, FeatureSet features, AgentSettings settings)
    {
        var random = new StableRandom(string.Create(CultureInfo.InvariantCulture, $"{caseId.PairKey}|{caseId.Seed}|{agentId}"));
        FeatureFortune[] fortunes = [.. features.Select(id =>
        {
            double skill = settings.Skill ?? SkillOf(caseId.Repo, caseId.TaskId, id);
            (double success, double remains) = (random.Next(), random.Next());
            return new FeatureFortune(id, skill, success < skill ? Quality.Right : remains < WeakenedShare
                ? Quality.Weakened : Quality.None);
        })];
        // Who works well also talks well.
        (double slips, double which, double repeats) = (random.Next(), random.Next(), random.Next());
        Slip slip = slips < 1 - fortunes[0].Skill ? s_slips[(int)(which * s_slips.Length)] : Slip.None;
        return new Fortune(fortunes, slip, repeats < RepeatsShare);
    }

    /// <summary>For the trajectory: the reasons of what follows.</summary>
    public string Explain(bool canTalk)
    {
        IEnumerable<string> parts =
            Features.Select(f => string.Create(CultureInfo.InvariantCulture,
            $"feature {f.FeatureId}, skill {f.Skill:0.00}: {InWords(f.Quality)}"));
        if (canTalk)
            parts = parts.Append($"talk: {InWords(Slip)}{(RepeatsItself ? ", and it repeats itself" : "")}");
        return $"[simulated agent: no model is asked; drawn from pair, seed and agent] {string.Join("; ", parts)}";
    }

    private static string InWords(Quality quality) => quality switch
    {
        Quality.Right => "it will turn out right",
        Quality.Weakened => "a part will be left out",
        Quality.None => "nothing will come of it",
        _ => throw new ArgumentOutOfRangeException(nameof(quality), quality, null),
    };

    private static string InWords(Slip slip) => slip switch
    {
        Slip.None => "nothing goes wrong",
        Slip.SendsLate => "it sends its plan too late",
        Slip.NamesWrongLines => "it names wrong lines",
        Slip.DoesNotAnswer => "it leaves questions unanswered",
        Slip.BreaksItsWord => "it does not keep what it agrees to",
        _ => throw new ArgumentOutOfRangeException(nameof(slip), slip, null),
    };
}
