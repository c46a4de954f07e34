using FluentAssertions;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Analysis.Tests.Rules;

public sealed class MergeRuleTests
{
    [Theory]
    // setting, outcome, status, strategy, naive conflict
    [InlineData("solo", "merge_clean", null, null, null, true)]
    [InlineData("solo", "merge_union", null, null, null, false)]
    [InlineData("solo", "merge_failed", null, null, null, false)]
    [InlineData("solo", "merge_clean", "clean", null, null, false)]
    [InlineData("solo", "merge_clean", null, "naive", null, false)]
    [InlineData("solo", "merge_clean", null, null, false, false)]
    [InlineData("solo", null, null, null, null, false)]
    [InlineData("coop-comm", "merge_clean", "clean", "naive", false, true)]
    [InlineData("coop-nocomm", "merge_clean", "clean", "naive", true, false)]
    [InlineData("coop-comm", "merge_clean", "conflicts", "naive", false, false)]
    [InlineData("coop-comm", "merge_clean", "clean", "union", false, false)]
    [InlineData("coop-comm", "merge_clean", "clean", "naive", null, false)]
    [InlineData("coop-comm", "merge_union", "conflicts", "union", true, true)]
    [InlineData("coop-comm", "merge_union", "clean", "union", true, false)]
    [InlineData("coop-comm", "merge_union", "conflicts", "union", false, false)]
    [InlineData("coop-comm", "merge_failed", "missing_input", "naive", false, true)]
    [InlineData("coop-comm", "merge_failed", "missing_input", "naive", true, false)]
    [InlineData("coop-comm", "merge_failed", "missing_input", "union", true, true)]
    [InlineData("coop-comm", "merge_failed", "missing_input", null, true, true)]
    [InlineData("coop-comm", "merge_failed", "missing_input", null, null, true)]
    [InlineData("coop-comm", "merge_failed", "missing_input", null, false, false)]
    [InlineData("coop-comm", "merge_failed", "conflicts", null, true, true)]
    [InlineData("coop-comm", "merge_failed", "conflicts", "union", true, false)]
    [InlineData("coop-comm", "merge_failed", "clean", "naive", false, false)]
    [InlineData("coop-comm", "merge_failed", "error", null, null, false)]
    [InlineData("coop-comm", null, null, null, null, false)]
    public void The_fields_of_a_record_with_a_verdict_agree_or_are_found(string setting, string? outcome, string? status, string? strategy,
        bool? naiveConflict, bool isSound)
    {
        Setting parsed = Parse<Setting>(setting)!.Value;
        RunRecord record = Sample.Run(Sample.Case(parsed)) with
        {
            MergeOutcome = Parse<MergeOutcome>(outcome),
            MergeStatus = Parse<MergeStatus>(status),
            MergeStrategy = Parse<MergeStrategy>(strategy),
            NaiveConflict = naiveConflict,
        };
        using StoreBuilder store = new StoreBuilder().Add(record);

        new MergeRule().Check(store.Read()).Passed.Should().Be(isSound);
    }

    [Theory]
    [InlineData("solo")]
    [InlineData("coop-comm")]
    public void A_record_without_a_verdict_needs_no_outcome(string setting)
    {
        Setting parsed = Parse<Setting>(setting)!.Value;
        using StoreBuilder store = new StoreBuilder().Add(Sample.Infra(Sample.Case(parsed)));

        new MergeRule().Check(store.Read()).Passed.Should().BeTrue();
    }

    [Fact]
    public void A_merge_that_worked_before_the_tests_were_lost_may_be_kept()
    {
        CaseId id = Sample.Case(Setting.CoopComm);
        RunRecord sample = Sample.Run(id);
        using StoreBuilder store = new StoreBuilder().Add(Sample.Infra(id) with
        {
            MergeOutcome = sample.MergeOutcome,
            MergeStatus = sample.MergeStatus,
            MergeStrategy = sample.MergeStrategy,
            NaiveConflict = sample.NaiveConflict,
        });

        new MergeRule().Check(store.Read()).Passed.Should().BeTrue();
    }

    [Fact]
    public void Outcomes_are_counted_with_both_verdicts()
    {
        using var store = new StoreBuilder();
        store.Add(Union(1, passed: true)).Add(Union(2, passed: false)).Add(Union(3, passed: false));
        store.Add(Sample.Run(Sample.Case(Setting.CoopComm, 4)));
        store.Add(Sample.Run(Sample.Case(Setting.Solo)));
        store.Add(Sample.Infra(Sample.Case(Setting.CoopComm, 5)));

        new MergeRule().Check(store.Read()).Details.Should().Equal(
            "setting     outcome         passed  failed",
            "solo        merge_clean          1       0",
            "coop-comm   merge_clean          1       0",
            "coop-comm   merge_union          1       2");
    }

    private static RunRecord Union(int task, bool passed) => Sample.Run(Sample.Case(Setting.CoopComm, task), passed) with
    {
        MergeOutcome = MergeOutcome.MergeUnion,
        MergeStatus = MergeStatus.Conflicts,
        MergeStrategy = MergeStrategy.Union,
        NaiveConflict = true,
    };

    private static TEnum? Parse<TEnum>(string? name)
        where TEnum : struct, Enum => name is null ? null : EnumNames.TryParse(name, out TEnum value)
        ? value : throw new ArgumentException(name);
}
