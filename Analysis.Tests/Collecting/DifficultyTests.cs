using FluentAssertions;
using Tandem.Analysis.Data;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Analysis.Tests.Collecting;

public sealed class DifficultyTests
{
    [Theory]
    [InlineData(3, 3, 0, 0)]
    [InlineData(2, 3, 0.3333, 3)]
    [InlineData(1, 3, 0.6667, 6)]
    [InlineData(0, 3, 1, 9)]
    public void Three_seeds_give_four_difficulties(int passed, int runs, double value, int bucket)
    {
        var difficulty = new Difficulty(passed, runs);

        difficulty.Value.Should().Be(value);
        difficulty.Bucket.Should().Be(bucket);
    }

    [Theory]
    [InlineData(7, 10, 3)] // 1 - 0.7 is 0.30000000000000004, ten times of it 3.0000000000000004
    [InlineData(9, 10, 1)] // 1 - 0.9 is 0.09999999999999998: by floating point this would be bucket 0
    [InlineData(4, 5, 2)] // 1 - 0.8 is 0.19999999999999996: bucket 1
    [InlineData(1, 10, 9)]
    [InlineData(0, 1, 9)]
    [InlineData(1, 1, 0)]
    public void A_bucket_is_not_moved_by_floating_point(int passed, int runs, int bucket) =>
        new Difficulty(passed, runs).Bucket.Should().Be(bucket);

    [Theory]
    [InlineData(31, 32, 0.0313)] // 0.03125: a midpoint goes up
    [InlineData(29, 32, 0.0938)] // 0.09375
    [InlineData(5, 7, 0.2857)]
    [InlineData(1, 7, 0.8571)]
    public void The_value_has_four_decimals_and_midpoints_go_up(int passed, int runs, double value) =>
        new Difficulty(passed, runs).Value.Should().Be(value);

    [Fact]
    public void Bucket_and_value_follow_the_definition_for_all_small_counts()
    {
        for (int runs = 1; runs <= 60; runs++)
        {
            for (int passed = 0; passed <= runs; passed++)
            {
                var difficulty = new Difficulty(passed, runs);
                decimal exact = (decimal)(runs - passed) / runs;
                difficulty.Value.Should().Be((double)Math.Round(exact, 4, MidpointRounding.AwayFromZero), $"{passed} of {runs} passed");
                difficulty.Bucket.Should()
                    .Be((int)Math.Min(Math.Floor((decimal)(10 * (runs - passed)) / runs), 9), $"{passed} of {runs} passed");
            }
        }
    }

    [Fact]
    public void It_comes_from_the_solo_records_that_count_and_from_nothing_else()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Sample.Case(Setting.Solo, seed: 0), passed: true));
        store.Add(Sample.Run(Sample.Case(Setting.Solo, seed: 1), passed: false));
        store.Add(Sample.Infra(Sample.Case(Setting.Solo, seed: 2)));
        store.Add(Sample.Interrupted(Sample.Case(Setting.Solo, seed: 3)));
        store.Add(Sample.Run(Sample.Case(Setting.CoopComm), passed: false));

        store.Read().Difficulties.ByPair.Should()
            .Equal(new Dictionary<string, Difficulty> { ["click_task/1/f1_f2"] = new(Passed: 1, Runs: 2) });
    }

    [Fact]
    public void A_pair_whose_solo_runs_were_all_lost_has_none()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Infra(Sample.Case(Setting.Solo)));
        store.Add(Sample.Run(Sample.Case(Setting.CoopComm)));

        store.Read().Difficulties.For(Sample.Case(Setting.CoopComm)).Should().BeNull();
    }

    [Fact]
    public void An_exceeded_limit_is_a_failure_whatever_was_written()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Sample.Case(Setting.Solo)) with { AgentStatus = AgentStatus.LimitsExceeded, BothPassed = true });

        store.Read().Difficulties.For(Sample.Case(Setting.Solo)).Should().Be(new Difficulty(Passed: 0, Runs: 1));
    }

    [Fact]
    public void A_case_counts_once_however_often_it_was_tried()
    {
        using var store = new StoreBuilder();
        CaseId id = Sample.Case(Setting.Solo);
        store.Add(Sample.Infra(id));
        store.Add(Sample.Run(id, passed: true, attempt: 2));
        store.Add(Sample.Run(id, passed: false, attempt: 3) with { AttemptReason = AttemptReason.Force });

        store.Read().Difficulties.For(id).Should().Be(new Difficulty(Passed: 0, Runs: 1));
    }
}
