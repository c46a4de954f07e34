using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.Analysis.Agreement;
using Tandem.Analysis.Judgements;
using Tandem.Analysis.Tests.Judgements;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Xunit;

namespace Tandem.Analysis.Tests.Agreement;

[Trait("Tier", "Slow")]
public sealed class StoreAgreementTests
{
    private static readonly CaseId[] s_ids = [.. Enumerable.Range(1, 6).Select(task => Sample.Case(Setting.CoopComm, task))];

    [Fact]
    public void The_verb_takes_an_experiment_and_marks_simulated_judges()
    {
        using StoreBuilder store = TwoJudges();

        (int code, string output, string error) = store.Call("agreement", "default");

        (code, error).Should().Be((0, ""));
        output.Should().Contain("rubric symptoms").And.Contain("6 units, 2 judges, 11 judgements, 1 missing")
            .And.MatchRegex(@"builtin:rules \(simulated\) / gpt-4o +5 +80\.0 %")
            .And.MatchRegex(@"judge +labelled +none +voided +failed +missing +stale\n")
            .And.MatchRegex(@"gpt-4o +4 +1 +0 +1 +0 +0\n");
    }

    [Fact]
    public void Without_a_name_all_experiments_of_the_store_are_meant_and_json_is_for_programs()
    {
        using StoreBuilder store = TwoJudges();

        JsonNode experiment = JsonNode.Parse(store.Call("agreement", "--format", "json").Output)![0]!;

        ((string)experiment["experiment"]!, (string)experiment["rubrics"]![0]!["rubric"]!).Should().Be(("default", "symptoms"));
        ((string)experiment["rubrics"]![0]!["all"]!["alpha"]![0]!["scale"]!).Should().Be("nominal");
    }

    [Theory]
    [InlineData("none", "The store * holds no experiment 'none'.*Name one of these: default.*")]
    [InlineData("default", "No judgement is stored for default.*./run.sh judge default --rubric symptoms --judge-model builtin:rules*")]
    [InlineData("none.csv", "There is no file none.csv.*")]
    public void What_cannot_be_done_is_said(string what, string error)
    {
        using StoreBuilder store = StoreBuilder.Sound();

        (int code, string output, string said) = store.Call("agreement", what);

        (code, output).Should().Be((2, ""));
        said.Should().Match($"error: {error}");
    }

    [Fact]
    public void A_file_and_an_experiment_at_once_are_refused()
    {
        using StoreBuilder store = TwoJudges();

        store.Call("agreement", "default", "a.csv").Error.Should().Contain("Name one file alone, or experiments alone.");
    }

    [Fact]
    public void Simulated_judges_are_left_out_where_two_others_are_there()
    {
        using StoreBuilder store = TwoJudges();
        store.Judge(s_ids.Select(id => SampleJudgement.By("symptoms", "claude", id, "work-overlap")));

        StoreAgreement agreement = Of(store);

        agreement.WithoutSimulated!.Judges.Should().Equal("claude", "gpt-4o");
        agreement.Main.Should().BeSameAs(agreement.WithoutSimulated);
    }

    [Fact]
    public void Judges_are_held_against_imported_labels_in_lines_of_their_own()
    {
        using StoreBuilder store = TwoJudges();
        store.ImportLabels($"case,rubric,judge,label\n{s_ids[0]},symptoms,anna,work-overlap\n{s_ids[1]},symptoms,anna,repetition\n")
            .Should().Match<(int ExitCode, string, string)>(run => run.ExitCode == 2, "the rubric has no such label");
        store.ImportLabels($"case,rubric,judge,label\n{s_ids[0]},symptoms,anna,work-overlap\n"
            + $"{s_ids[1]},symptoms,anna,divergent-architecture\n").ExitCode.Should().Be(0);

        Of(store).WithImported.Select(pair => (pair.One, pair.Other, pair.Units)).Should().Equal(
            ("anna (imported)", "builtin:rules (simulated)", 2), ("anna (imported)", "gpt-4o", 2));
        store.Call("agreement", "default").Output.Should().MatchRegex(@"with imported labels .*\n +anna \(imported\) / builtin:rules");
    }

    [Fact]
    public void On_an_ordinal_scale_the_order_is_the_rubrics_and_not_the_alphabets()
    {
        string[] order = ["low", "fair", "high"];
        double Alpha(string far)
        {
            using var store = new StoreBuilder();
            foreach (CaseId id in s_ids)
                store.Add(Sample.Run(id));
            string[] given = ["low", "fair", "high", "low", "fair", "high"];
            foreach ((int place, CaseId id) in s_ids.Index())
            {
                string other = place == 0 ? far : given[place];
                store.Judge(new[] { ("a", given[place]), ("b", other) }.Select(one =>
                    SampleJudgement.By("clarity", one.Item1, id, one.Item2) with { Scale = RatingScale.Ordinal, RubricLabels = order }));
            }
            AlphaEstimate alpha = Of(store).All.Alpha.Should().ContainSingle().Which;
            alpha.Scale.Should().Be(RatingScale.Ordinal);
            return alpha.Value!.Value;
        }

        // In the alphabet 'fair' comes first and 'low' last, so that 'fair' would be the farther one.
        Alpha(far: "fair").Should().BeGreaterThan(Alpha(far: "high"));
    }

    [Fact]
    public void Messages_of_one_run_are_drawn_anew_together()
    {
        using var store = new StoreBuilder();
        foreach ((int place, CaseId id) in s_ids.Index())
        {
            string second = place < 3 ? "plan" : "question";
            store.Add(ExperimentJudgementsTests.WithMessages(id, 4)).Judge(
                SampleJudgement.Acts("a", id, "plan", "question", "plan", "question"),
                SampleJudgement.Acts("b", id, "plan", second, "plan", second));
        }
        RubricAgreement agreement = Of(store).All;
        double[][] units = [.. Enumerable.Range(0, 24).Select(i => (double[])[i % 2, i < 12 ? 0 : i % 2])];

        agreement.PairedUnits.Should().Be(24);
        Analysis.Statistics.Interval byRun = agreement.Alpha[0].Interval!.Value;
        Analysis.Statistics.Interval byMessage = new KrippendorffAlpha(units, RatingScale.Nominal).Interval()!.Value;
        agreement.Alpha[0].Value.Should().Be(new KrippendorffAlpha(units, RatingScale.Nominal).Value());
        (byRun.High - byRun.Low).Should().BeGreaterThan(byMessage.High - byMessage.Low, "six runs say less than 24 messages");
    }

    [Fact]
    public void A_judge_asked_again_is_held_against_itself()
    {
        using StoreBuilder store = TwoJudges();
        store.Judge(s_ids[2..4].Select(id => SampleJudgement.By("symptoms", "gpt-4o", id, "divergent-architecture", repetition: 2)));

        SelfAgreement self = Of(store).All.Repetitions.Should().ContainSingle().Which;

        (self.Judge, self.Units, self.Agreement).Should().Be(("gpt-4o", 2, 0.5));
    }

    [Fact]
    public void Disagreements_begin_with_those_of_the_most_judges()
    {
        using StoreBuilder store = TwoJudges();
        store.Judge(SampleJudgement.By("symptoms", "claude", s_ids[4], "divergent-architecture"));

        IReadOnlyList<Disagreement> units = Disagreement.AllOf(ExperimentJudgements.Of(store.Read()).Rubrics[0]);

        units.Select(unit => unit.CaseId).Should().Equal(s_ids[4], s_ids[1]);
        units[0].Given.Should().HaveCount(3);
    }

    [Fact]
    public void A_figure_takes_the_majority_of_real_judges_and_leaves_ties_out()
    {
        using StoreBuilder store = TwoJudges();
        JudgedLabels one = LabelsOf(store);
        (one.Judges.Single().Name, one.ByUnit.Count, one.Missing, one.IsSimulated).Should().Be(("gpt-4o", 5, 1, false));

        store.Judge(s_ids.Select(id => SampleJudgement.By("symptoms", "claude", id, "work-overlap")));
        JudgedLabels two = LabelsOf(store);

        two.Judges.Select(judge => judge.Name).Should().Equal("claude", "gpt-4o");
        (two.Ties, two.Missing, two.CountOf("work-overlap")).Should().Be((2, 0, 4));
    }

    [Fact]
    public void Without_a_real_judge_a_figure_takes_the_simulated_one()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(s_ids[0])).Judge(SampleJudgement.By("symptoms", "builtin:rules", s_ids[0], "repetition"));

        LabelsOf(store).IsSimulated.Should().BeTrue();
    }

    /// <summary>Six runs by two judges: they differ on the second; one says that no label fits the fifth, as the other does; the sixth has
    /// one judge, whose colleague failed.</summary>
    private static StoreBuilder TwoJudges()
    {
        var store = new StoreBuilder();
        foreach (CaseId id in s_ids)
            store.Add(Sample.Run(id));
        string?[] rules = ["work-overlap", "divergent-architecture", "work-overlap", "divergent-architecture", null, "work-overlap"];
        string?[] model = ["work-overlap", "work-overlap", "work-overlap", "divergent-architecture", null];
        store.Judge(s_ids.Zip(rules, (id, label) => SampleJudgement.By("symptoms", "builtin:rules", id, label)));
        store.Judge(s_ids.Zip(model, (id, label) => SampleJudgement.By("symptoms", "gpt-4o", id, label)));
        return store.Judge(SampleJudgement.Failed(s_ids[5]));
    }

    private static StoreAgreement Of(StoreBuilder store) => StoreAgreement.Of(ExperimentJudgements.Of(store.Read()).Rubrics[0]);

    private static JudgedLabels LabelsOf(StoreBuilder store) =>
        new JudgedExperiment(ExperimentJudgements.Of(store.Read())).LabelsOf("symptoms")!;
}
