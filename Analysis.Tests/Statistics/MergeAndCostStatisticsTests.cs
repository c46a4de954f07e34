using FluentAssertions;
using Tandem.Analysis.Statistics;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Analysis.Tests.Statistics;

/// <summary>What an experiment's agents made of their patches, wrote to each other, and cost.</summary>
public sealed class MergeAndCostStatisticsTests
{
    [Fact]
    public void Merges_are_counted_naive_and_union()
    {
        using var store = new StoreBuilder();
        RunRecord Coop(Setting setting, int task) => Sample.Run(Sample.Case(setting, task));
        RunRecord Union(Setting setting, int task) => Coop(setting, task) with
        {
            MergeOutcome = MergeOutcome.MergeUnion,
            MergeStatus = MergeStatus.Conflicts,
            MergeStrategy = MergeStrategy.Union,
            NaiveConflict = true,
        };
        store.Add(Coop(Setting.CoopComm, 1));
        store.Add(Coop(Setting.CoopComm, 2));
        store.Add(Union(Setting.CoopComm, 3));
        store.Add(Coop(Setting.CoopNocomm, 1));
        store.Add(Union(Setting.CoopNocomm, 2));
        store.Add(Coop(Setting.CoopNocomm, 3) with
        {
            BothPassed = false,
            MergeOutcome = MergeOutcome.MergeFailed,
            MergeStatus = MergeStatus.MissingInput,
            MergeStrategy = MergeStrategy.Naive,
            NaiveConflict = false,
            Agents = [Sample.Agent("agent1", [1]) with { ApplyStatus = ApplyStatus.Failed }, Sample.Agent("agent2", [2])],
        });
        store.Add(Sample.Infra(Sample.Case(Setting.CoopNocomm, 4)));

        MergeStatistics merges = Of(store).Merges;

        merges.BySetting.Select(m => (m.Setting, m.Clean, m.Union, m.Failed, m.NotApplied, m.NaiveConflict)).Should().Equal(
            (Setting.CoopComm, 2, 1, 0, 0, new Proportion(1, 3)), (Setting.CoopNocomm, 1, 1, 1, 1, new Proportion(1, 3)));
        merges.BySetting[1].Missing.InfraErrors.Should().Be(1);
        merges.BySetting[1].AfterUnion.Should().Be(new Proportion(2, 3));
        merges.AfterNaive!.Table.Should().Be(new PairedTable(Both: 1, OnlyBaseline: 0, OnlyOther: 1, Neither: 1));
        merges.AfterUnion!.Difference.Should().BeApproximately(1.0 / 3, 1e-12);
        merges.Conflicts!.Difference.Should().BeApproximately(0, 1e-12);
    }

    [Fact]
    public void Without_two_patches_there_is_neither_a_clean_merge_nor_a_conflict()
    {
        using var store = new StoreBuilder();
        RunRecord record = Sample.Run(Sample.Case(Setting.CoopNocomm, 1), passed: false);
        store.Add(record with { Agents = [.. record.Agents.Select(Empty)] });
        RunRecord other = Sample.Run(Sample.Case(Setting.CoopNocomm, 2));
        store.Add(other with { Agents = [Empty(other.Agents[0]), other.Agents[1]] });

        MergeRates rates = Of(store).Merges.BySetting.Should().ContainSingle().Subject;

        (rates.Clean, rates.NotMerged, rates.NothingHandedIn, rates.OnePatch).Should().Be((0, 2, 1, 1));
        rates.NaiveConflict.Should().Be(new Proportion(0, 0));

        static AgentReport Empty(AgentReport agent) => agent with { ApplyStatus = ApplyStatus.Skipped, PatchBytes = 0 };
    }

    [Fact]
    public void Messages_are_counted_over_the_runs_that_count()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Sample.Case(Setting.CoopComm, 1)) with { TotalSteps = 10 });
        store.Add(Sample.Run(Sample.Case(Setting.CoopComm, 2)) with { TotalSteps = 10, Messages = [], MessagesCount = 0 });
        store.Add(Sample.Infra(Sample.Case(Setting.CoopComm, 3)));

        CommunicationStatistics communication = Of(store).Communication!;

        communication.Runs.Should().Be(2);
        communication.WithMessages.Should().Be(1);
        communication.Missing.Total.Should().Be(1);
        communication.MessagesPerRun.Should().Match<Distribution>(d => d.Known == 2 && d.Mean == 0.5);
        communication.ShareOfSteps.Should().BeApproximately(0.05, 1e-12);
        communication.StepsKnown.Should().Be(2);
        communication.Delivered.Should().Be(new Proportion(1, 1));
        communication.PlanFirst.Should().Be(new Proportion(0, 1));
        communication.PathsPerRun.Mean.Should().Be(1, "the message names core.py");
        communication.WithoutConflict.Runs.Should().Be(1);
    }

    [Fact]
    public void Costs_that_are_not_known_are_counted_and_sunk_ones_are_shown()
    {
        using var store = new StoreBuilder();
        CaseId first = Sample.Case(Setting.Solo, 1);
        store.Add(Sample.Interrupted(first) with { TotalCost = 0.5m });
        store.Add(Sample.Run(first, attempt: 2) with { TotalCost = 2m, Tokens = new TokenCounts(100, 10, null, null) });
        store.Add(Sample.Run(Sample.Case(Setting.Solo, 2), passed: false) with { TotalCost = 1m });
        store.Add(Sample.Run(Sample.Case(Setting.CoopComm, 1)));

        IReadOnlyList<CostStatistics> costs = Of(store).Costs;

        CostStatistics solo = costs.Single(c => c.Setting == Setting.Solo);
        solo.CostUsd.Should().Match<Distribution>(d => d.Known == 2 && d.Total == 3 && d.Median == 1.5);
        solo.CostPerSuccess.Should().Be(3, "one of the two runs that cost 3 USD passed");
        solo.Spent.Should().Match<Tandem.Records.Store.Spending>(s => s.Usd == 3.5m && s.SunkUsd == 0.5m);
        solo.InputTokens.Should().Match<Distribution>(d => d.Known == 1 && d.Missing == 1 && d.Total == 100);
        CostStatistics coop = costs.Single(c => c.Setting == Setting.CoopComm);
        coop.CostUsd.Should().Match<Distribution>(d => d.Known == 0 && d.Missing == 1 && d.Mean == null);
        coop.CostPerSuccess.Should().BeNull();
        costs[^1].Should().Match<CostStatistics>(c => c.Setting == null && c.Runs == 3 && c.Spent.Unpriced == 1);
    }

    private static ExperimentStatistics Of(StoreBuilder store) => ExperimentStatistics.Of(store.Read());
}
