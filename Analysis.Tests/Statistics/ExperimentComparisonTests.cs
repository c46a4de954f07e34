using FluentAssertions;
using Tandem.Analysis.Statistics;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Statistics;

public sealed class ExperimentComparisonTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Experiments_are_compared_case_by_case()
    {
        StoreBuilder a = New("a");
        StoreBuilder b = New("b");
        for (int task = 1; task <= 6; task++)
        {
            a.Add(Sample.Run(Sample.Case(Setting.Solo, task), passed: false));
            b.Add(Sample.Run(Sample.Case(Setting.Solo, task), passed: true));
        }
        a.Add(Sample.Run(Sample.Case(Setting.Solo, 7)));
        b.Add(Sample.Infra(Sample.Case(Setting.Solo, 7)));
        a.Add(Sample.Run(Sample.Case(Setting.Solo, 8)));
        b.Add(Sample.Run(Sample.Case(Setting.Solo, 1, seed: 1)));

        ExperimentContrast contrast = Of(a, b).Contrasts.Should().ContainSingle().Subject;

        contrast.Primary!.Table.Should().Be(new PairedTable(Both: 0, OnlyBaseline: 0, OnlyOther: 6, Neither: 0));
        contrast.P.Should().BeApproximately(2.0 / 64, 1e-12);
        contrast.BySeed.Should().ContainSingle("seed 1 is in one of them only");
        (contrast.OnlyInBaseline, contrast.OnlyInOther, contrast.WithoutVerdict).Should().Be((1, 1, 1));
        contrast.AllSeeds.OtherRate.Should().Be(1);
        contrast.AllSeeds.Pairs.Should().Be(6);
    }

    [Fact]
    public void Holm_counts_every_setting_of_every_experiment()
    {
        StoreBuilder[] stores = [New("a"), New("b"), New("c")];
        for (int task = 1; task <= 6; task++)
        {
            foreach (StoreBuilder store in stores)
            {
                store.Add(Sample.Run(Sample.Case(Setting.Solo, task), passed: store != stores[0]));
                store.Add(Sample.Run(Sample.Case(Setting.CoopComm, task)));
            }
        }

        ExperimentComparison comparison = Of(stores);

        comparison.Contrasts.Select(c => (c.Other, c.Setting)).Should()
            .Equal(("b", Setting.Solo), ("b", Setting.CoopComm), ("c", Setting.Solo), ("c", Setting.CoopComm));
        comparison.Contrasts.Select(c => c.HolmP).Should().Equal(0.125, 1, 0.125, 1);
    }

    [Fact]
    public void Difficulty_across_models_is_their_mean_stretched_to_0_and_1()
    {
        // Three models; tasks 1 to 3 are solved by 3, 2 and 1 of them: d = 0, 1/3, 2/3, stretched to 0, 1/2, 1. Task 4 lacks a verdict in
        // one.
        StoreBuilder[] stores = [New("a"), New("b"), New("c")];
        for (int model = 0; model < 3; model++)
        {
            for (int task = 1; task <= 3; task++)
            {
                stores[model].Add(Sample.Run(Sample.Case(Setting.Solo, task), passed: task + model <= 3));
                stores[model].Add(Sample.Run(Sample.Case(Setting.CoopComm, task), passed: task == 1));
            }
        }
        stores[0].Add(Sample.Run(Sample.Case(Setting.Solo, 4)));

        ExperimentComparison comparison = Of(stores);

        comparison.Difficulty.ByPair.Select(d => (d.Key, d.Value is double value ? Math.Round(value, 9) : (double?)null)).Should().Equal(
            ("click_task/1/f1_f2", 0), ("click_task/2/f1_f2", 0.5), ("click_task/3/f1_f2", 1), ("click_task/4/f1_f2", null));
        comparison.Difficulty.PairsWithout.Should().Be(1);
        comparison.Difficulty.Range!.Value.High.Should().BeApproximately(2.0 / 3, 1e-12);
        comparison.Pooled.Curves[0].Points.Select(p => (p.Bucket, p.Rate)).Should()
            .Equal((0, new Proportion(3, 3)), (5, new Proportion(2, 3)), (9, new Proportion(1, 3)));
        comparison.Pooled.Curves[0].WithoutDifficulty.Should().Be(1);
        // By hand, midpoints 0.05, 0.55, 0.95: solo 0.5 x 5/6 + 0.4 x 1/2, coop 0.5 x 1/2.
        comparison.Pooled.Contrasts.Should().ContainSingle().Which.Gap.Should().BeApproximately((0.5 * 5 / 6) + 0.2 - 0.25, 1e-9);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.1, 1)]
    [InlineData(0.3, 3)]
    [InlineData(0.7, 7)]
    [InlineData(0.9999, 9)]
    [InlineData(1, 9)]
    public void A_bucket_begins_with_its_tenth(double difficulty, int bucket) => ModelDifficulty.BucketOf(difficulty).Should().Be(bucket);

    [Fact]
    public void Pairs_that_are_all_equally_hard_have_no_bucket()
    {
        StoreBuilder[] stores = [New("a").Add(Sample.Run(Sample.Case(Setting.Solo))), New("b").Add(Sample.Run(Sample.Case(Setting.Solo)))];

        ExperimentComparison comparison = Of(stores);

        comparison.Difficulty.Should().Match<ModelDifficulty>(d => d.Pairs == 1 && d.ByPair.Values.Single() == null
            && d.Range == new Interval(0, 0));
        comparison.Pooled.Curves.Should().ContainSingle().Which.Points.Should().BeEmpty();
    }

    [Fact]
    public void Tasks_whose_files_differ_are_named()
    {
        StoreBuilder a = New("a").Add(Sample.Run(Sample.Case(Setting.Solo)));
        StoreBuilder b = New("b").Add(Sample.Run(Sample.Case(Setting.Solo)));
        ChangeDigest(a, "one");
        ChangeDigest(b, "two");

        Of(a, b).ChangedTasks.Should().Equal("click_task/1");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_text_says_what_was_compared_and_what_is_missing(bool isMarkdown)
    {
        StoreBuilder a = New("a").Add(Sample.Run(Sample.Case(Setting.Solo))).Add(Sample.Run(Sample.Case(Setting.CoopComm)));
        StoreBuilder b = New("b").Add(Sample.Run(Sample.Case(Setting.Solo), passed: false) with { Model = "large" });
        using var output = new StringWriter();

        new ComparisonText(output, isMarkdown).Write(Of(a, b));

        string text = output.ToString();
        text.Should().ContainAll("b against a", "b: simulated large", "SIMULATION", "1 cases only in a, 0 only in b",
            "one task alone: nothing can be drawn anew").And.NotContain("NaN").And.NotContain("-0.0");
        text.Split('\n').Count(line => line.StartsWith('|')).Should().Be(isMarkdown ? 17 : 0);
    }

    private StoreBuilder New(string name)
    {
        Directory.CreateDirectory(_folder.File("store"));
        return new StoreBuilder(name, _folder.File("store"));
    }

    private static void ChangeDigest(StoreBuilder store, string digest) =>
        File.WriteAllText(store.Layout.PlanFile, File.ReadAllText(store.Layout.PlanFile)
            .Replace("\"task_digests\": {}", $"\"task_digests\": {{\"click_task/1\": \"{digest}\"}}", StringComparison.Ordinal));

    private static ExperimentComparison Of(params StoreBuilder[] stores) =>
        ExperimentComparison.Of([.. stores.Select(store => store.Read())]);
}
