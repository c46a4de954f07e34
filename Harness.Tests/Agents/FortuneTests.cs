using FluentAssertions;
using Tandem.Harness.Agents.Simulated;
using Tandem.Harness.Configuration;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>What is drawn must be the same for ever: stored results rest on it. The numbers were computed by another program.</summary>
public sealed class FortuneTests
{
    [Theory]
    [InlineData("timespan_task", 14, 1, 0.8073928439872142)]
    [InlineData("timespan_task", 27, 1, 0.545112945424394)]
    [InlineData("confsh_task", 0, 3, 0.9145091714231595)]
    public void The_skill_for_a_feature_is_its_own_and_stays(string repo, int taskId, int featureId, double skill) =>
        Fortune.SkillOf(repo, taskId, featureId).Should().Be(skill);

    [Fact]
    public void Skills_lie_between_a_half_and_1_and_what_is_drawn_follows_them()
    {
        double[] skills = [.. Enumerable.Range(1, 4000).Select(feature => Fortune.SkillOf("repo", 1, feature))];
        skills.Should().OnlyContain(skill => skill > 0.5 && skill <= 1);
        skills.Average().Should().BeApproximately(0.75, 0.01);

        Fortune[] drawn = [.. Enumerable.Range(0, 4000).Select(seed => Draw(seed, skill: 0.7))];
        Share(drawn, f => f.Features[0].Quality == Quality.Right).Should().BeApproximately(0.7, 0.03);
        Share(drawn, f => f.Features[0].Quality == Quality.Weakened).Should().BeApproximately(0.3 * 0.8, 0.03);
        Share(drawn, f => f.Slip != Slip.None).Should().BeApproximately(0.3, 0.03);
        Enum.GetValues<Slip>().Should().OnlyContain(slip => Share(drawn, f => f.Slip == slip) > 0.05);
        Share(drawn, f => f.RepeatsItself).Should().BeApproximately(0.2, 0.03);
    }

    [Fact]
    public void With_skill_1_all_goes_right_and_with_0_nothing()
    {
        Enumerable.Range(0, 500).Select(seed => Draw(seed, skill: 1)).Should().OnlyContain(f => f.Features[0].Quality == Quality.Right
            && f.Slip == Slip.None);
        Enumerable.Range(0, 500).Select(seed => Draw(seed, skill: 0)).Should().OnlyContain(f => f.Features[0].Quality != Quality.Right
            && f.Slip != Slip.None);
    }

    [Fact]
    public void Pair_seed_and_agent_change_what_is_drawn_and_talking_does_not()
    {
        FeatureSet features = [1];
        string[] texts = [.. new[]
            { "coop-comm/r/1/f1_f2/seed0", "coop-comm/r/1/f1_f2/seed1", "coop-comm/r/1/f1_f3/seed0", "coop-comm/r/2/f1_f2/seed0" }
            .SelectMany(id => new[] { "agent1", "agent2" }.Select(agent => Numbers(id, agent)))];

        texts.Should().OnlyHaveUniqueItems();
        Numbers("coop-nocomm/r/1/f1_f2/seed0", "agent1").Should().Be(texts[0]);

        // Two hundred outcomes show whether two streams of numbers differ.
        string Numbers(string id, string agent) => string.Concat(Enumerable.Range(0, 200).Select(i => (int)Fortune.Draw(
            CaseId.Parse(id.Replace("/r/", $"/r{i}/", StringComparison.Ordinal)), agent, features, new AgentSettings
            { Skill = 0.5 }).Features[0].Quality));
    }

    private static Fortune Draw(int seed, double skill) =>
        Fortune.Draw(new CaseId(Setting.CoopComm, "repo", 1, [1, 2], seed), "agent1", [1], new AgentSettings { Skill = skill });

    private static double Share(Fortune[] drawn, Func<Fortune, bool> which) => (double)drawn.Count(which) / drawn.Length;
}
