using FluentAssertions;
using Tandem.Harness.Experiments;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Shards;

/// <summary>The division of an experiment: made once, kept in the store, the same for all.</summary>
public sealed class ShardingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-shards-").FullName;

    private StoreLayout Layout => new(Path.Combine(_folder, "store"), "default");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("hash")]
    [InlineData("time")]
    public void Sixteen_shards_are_the_plan_and_no_case_is_in_two(string way)
    {
        CaseId[] all = Cases(View());

        CaseId[][] shards = [.. Enumerable.Range(1, 16).Select(number =>
            Cases(View(("TANDEM_SHARD", $"{number}/16"), ("TANDEM_SHARD_BY", way))))];

        all.Should().HaveCount(50);
        shards.SelectMany(shard => shard).Should().BeEquivalentTo(all).And.OnlyHaveUniqueItems();
        shards.Should().Contain(shard => shard.Length == 0, "by hash one of 16 shards of this plan is empty");
        Directory.Exists(Layout.StoreFolder).Should().BeFalse("a view writes nothing");
    }

    [Fact]
    public void A_cases_shard_does_not_depend_on_what_else_is_selected()
    {
        (string, string) few = (CaseSelection.Variable, new CaseSelection { Settings = [Setting.Solo], Smoke = 6 }.ToJson());
        CaseId[] whole = Cases(View(("TANDEM_SHARD", "1/2")));
        CaseId[] selected = Cases(View(few));

        CaseId[] both = Cases(View(("TANDEM_SHARD", "1/2"), few));

        both.Should().NotBeEmpty().And.Equal(selected.Where(whole.Contains));
        both.Length.Should().BeLessThan(selected.Length);
    }

    [Fact]
    public void An_empty_shard_is_no_fault_and_a_mistyped_selection_still_is()
    {
        ExperimentView empty = View(("TANDEM_SHARD", "14/16"));
        Action mistyped = () => View(("TANDEM_SHARD", "14/16"), (CaseSelection.Variable, new CaseSelection { Seeds = [99] }.ToJson()));

        empty.Cases.Should().BeEmpty();
        empty.IsShardEmpty.Should().BeTrue();
        empty.Sharding!.WhyEmpty.Should().StartWith("shard 14/16 has none of the selected cases");
        mistyped.Should().Throw<Exception>().WithMessage("No case of experiment 'default' is left by the selection*");
    }

    [Fact]
    public async Task Of_many_that_freeze_at_once_one_writes_and_all_have_the_same()
    {
        ExperimentView view = View(("TANDEM_SHARD", "3/16"));
        string[] cases = [.. view.Plan.Cases.Select(caseId => caseId.ToString())];
        using var start = new Barrier(16);

        Sharding[] frozen = await Task.WhenAll(Enumerable.Range(1, 16).Select(number => Task.Factory.StartNew(() =>
        {
            Sharding own = View(("TANDEM_SHARD", $"{number}/16")).Sharding!;
            start.SignalAndWait(TimeSpan.FromSeconds(30));
            return own.Freeze(Layout, cases);
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        frozen.Should().OnlyContain(one => one.IsFrozen && one.Division.Count == 16 && one.Division.By == ShardWay.Hash);
        frozen.Select(one => one.Shard!.Number).Should().BeEquivalentTo(Enumerable.Range(1, 16));
        (await File.ReadAllTextAsync(Layout.ShardsFile, TestContext.Current.CancellationToken)).Should().Be("""
            {
              "schema_version": 1,
              "count": 16,
              "by": "hash",
              "tasks": null,
              "assignment": null
            }

            """);
        Directory.GetFiles(Layout.ExperimentFolder).Should().ContainSingle();
    }

    [Fact]
    public void A_later_start_with_another_division_is_refused()
    {
        View(("TANDEM_SHARD", "3/16")).Sharding!.Freeze(Layout, []);

        Refusal(("TANDEM_SHARD", "3/8")).Should().Be($"The store {Layout.StoreFolder} divides experiment 'default' into 16 shards, and 8 "
            + "were asked for (--shard 3/8, TANDEM_SHARD). Shards of two divisions share cases and leave others out. Choose one of the 16 "
            + "shards, as in --shard 1/16, or name another store with --store.");
        Refusal(("TANDEM_SHARDS", "8")).Should().Contain("8 were asked for (--shards 8, TANDEM_SHARDS)");
        Refusal(("TANDEM_SHARD", "3/16"), ("TANDEM_SHARD_BY", "time")).Should().Contain("by hash, and time was asked for (--shard-by, ");
        View(("TANDEM_SHARD", "4/16")).Sharding!.IsFrozen.Should().BeTrue();
        Cases(View()).Should().HaveCount(50, "without a shard all cases are run");
        View().Sharding!.NameOf("solo/pallets_click_task/2068/f1_f2/seed0").Should().Be("16/16", "the store knows the shards");
    }

    [Fact]
    public void A_division_by_time_is_that_of_the_store_whatever_records_come_later()
    {
        CaseId[] plan = Cases(View());
        ShardDivision first = Divide(plan, 4, caseId => caseId.Setting == Setting.Solo ? 10 : 25);
        ShardFile.TryFreeze(Layout, first).Should().BeTrue();

        View(("TANDEM_SHARD", "2/4"), ("TANDEM_SHARD_BY", "time")).Sharding!.Division.Should().BeEquivalentTo(first);
        var other = new Sharding(Divide(plan, 4, caseId => caseId.TaskId), new Shard(1, 4), IsFrozen: false);
        Action freeze = () => other.Freeze(Layout, plan.Select(caseId => caseId.ToString()));
        freeze.Should().Throw<ExperimentMismatchException>().WithMessage("*Start the same command again*");
        first.NumberOf("solo/pallets_click_task/2068/f1_f2/seed0").Should()
            .Be(Shard.NumberByHash("solo/pallets_click_task/2068/f1_f2/seed0", 4), "a case that was planned later goes by hash");
    }

    [Fact]
    public void By_time_the_longest_cases_go_first_and_all_shards_end_at_about_the_same_time()
    {
        CaseId[] plan = Cases(View());
        static double SecondsOf(CaseId caseId) => (caseId.Setting == Setting.Solo ? 60 : 200) + (caseId.TaskId * 3) + caseId.Seed;

        ShardDivision division = Divide(plan, 4, SecondsOf);
        double[] loads = [.. plan.GroupBy(caseId => division.NumberOf(caseId.ToString())).Select(shard => shard.Sum(SecondsOf))];

        loads.Should().HaveCount(4);
        (loads.Max() / loads.Average()).Should().BeLessThan(1.02);
        Divide([.. plan.Reverse()], 4, SecondsOf).Should().BeEquivalentTo(division, "the order of the plan does not count");
        Divide(plan, 4, null).NumberOf(plan[0].ToString()).Should().Be(Shard.NumberByHash(plan[0].ToString(), 4), "nothing is known");
    }

    [Theory]
    [InlineData("""{"schema_version": 1, "count": 4, "by": "hash", "tasks": null}""", "assignment")]
    [InlineData("""{"schema_version": 2, "count": 4, "by": "hash", "tasks": null, "assignment": null}""", "Schema version 2 is not known")]
    [InlineData("""{"schema_version": 1, "count": 0, "by": "hash", "tasks": null, "assignment": null}""", "count 0 is not from 1 to 10000")]
    [InlineData("""{"schema_version": 1, "count": 4, "by": "luck", "tasks": null, "assignment": null}""", "'luck' is none of hash, time")]
    [InlineData("""{"schema_version": 1, "count": 4, "by": "time", "tasks": null, "assignment": null}""", "An assignment is there by time")]
    [InlineData("""{"schema_version": 1, "count": 4, "by": "time", "tasks": null, "assignment": {"x": 1}}""", "'x' in shard 1 is not")]
    [InlineData("""{"schema_version": 1, "count": 4, "by": "hash", "tasks": {"first": 0, "step": 0}, "assignment": null}""", "step from 1")]
    [InlineData("{", "shards.json(1)")]
    public void A_file_that_is_no_division_is_a_fault_with_its_place(string content, string what)
    {
        Directory.CreateDirectory(Layout.ExperimentFolder);
        File.WriteAllText(Layout.ShardsFile, content);

        Refusal(("TANDEM_SHARD", "1/4")).Should().Contain("cannot be read: shards.json").And.Contain(what);
    }

    private static ShardDivision Divide(CaseId[] plan, int count, Func<CaseId, double>? seconds) =>
        ShardBalance.Divide(plan, count, ExpectedTimes.Of(seconds is null ? [] : plan.Select(caseId => (caseId, seconds(caseId)))), null);

    private string Refusal(params (string Name, string Value)[] variables)
    {
        Action load = () => View(variables);
        return load.Should().Throw<ExperimentMismatchException>().Which.Message;
    }

    private static CaseId[] Cases(ExperimentView view) => [.. view.Cases.Select(selected => selected.CaseId)];

    private ExperimentView View(params (string Name, string Value)[] variables) =>
        ExperimentView.Load(variables.ToDictionary(one => one.Name, one => one.Value), Layout.StoreFolder, TimeProvider.System);
}
