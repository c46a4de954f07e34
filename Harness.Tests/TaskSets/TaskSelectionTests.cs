using FluentAssertions;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Harness.Tests.TaskSets;

public sealed class TaskSelectionTests : IDisposable
{
    private readonly TaskSetFolder _set = new TaskSetFolder().WithTask("click_task", 0, 3).WithTask("click_task", 7)
        .WithTask("jinja_task", 7, 3);

    public void Dispose() => _set.Dispose();

    [Fact]
    public void No_filter_leaves_all() => Select(TaskFilter.All).Should().Equal(
        "click_task/0/f1_f2", "click_task/0/f1_f3", "click_task/0/f2_f3", "click_task/7/f1_f2", "jinja_task/7/f1_f2", "jinja_task/7/f1_f3",
            "jinja_task/7/f2_f3");

    [Fact]
    public void Task_zero_is_a_task() =>
        Select(TaskFilter.All with { TaskIds = [0] }).Should().HaveCount(3).And.OnlyContain(pair => pair.StartsWith("click_task/0/"));

    [Fact]
    public void Filters_narrow_each_other() =>
        Select(new TaskFilter(["click_task", "jinja_task"], [7], [FeatureSet.Create([3, 2])], null)).Should().Equal("jinja_task/7/f2_f3");

    [Fact]
    public void A_subset_gives_its_pairs_in_the_order_of_its_file_and_all_where_it_lists_none()
    {
        Subset("""{"name": "s", "description": "d", "stats": {"pairs": 9}, "tasks": [{"repo": "jinja_task", "task_id": 7, "pairs":"""
            + """ [[2,3],[1,2]]}, {"repo": "click_task", "task_id": 0}]}""");

        Select(TaskFilter.All with { Subset = "s" }).Should().Equal(
            "click_task/0/f1_f2", "click_task/0/f1_f3", "click_task/0/f2_f3", "jinja_task/7/f2_f3", "jinja_task/7/f1_f2");
        _set.Load().Faults.Should().BeEmpty();
    }

    [Fact]
    public void A_filter_narrows_a_subset_and_never_widens_it()
    {
        Subset("""{"tasks": [{"repo": "jinja_task", "task_id": 7, "pairs": [[1,2],[2,3]]}]}""");

        Select(TaskFilter.All with { Subset = "s", Pairs = [FeatureSet.Create([2, 3])] }).Should().Equal("jinja_task/7/f2_f3");
        Selecting(TaskFilter.All with { Subset = "s", Pairs = [FeatureSet.Create([1, 3])] }).Should().Throw<TaskSetException>()
            .WithMessage("No pair of * is left by subset s with pair f1_f3*");
    }

    [Fact]
    public void What_a_subset_names_in_vain_is_a_fault_and_is_left_out()
    {
        Subset("""{"tasks": [{"repo": "click_task", "task_id": 7, "pairs": [[1,2],[1,9]]}, {"repo": "gone_task", "task_id": 1}]}""");

        Select(TaskFilter.All with { Subset = "s" }).Should().Equal("click_task/7/f1_f2");
        _set.Load().Faults.Select(fault => fault.What).Should().BeEquivalentTo(
            "The subset names pair f1_f9 of click_task/7, whose features are not all there; that part is left out.",
            "The subset names task gone_task/1, which is not there or cannot be used; that part is left out.");
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"tasks": {}}""")]
    [InlineData("""{"tasks": [3]}""")]
    [InlineData("""{"tasks": [{"repo": "click_task"}]}""")]
    [InlineData("""{"tasks": [{"repo": "click_task", "task_id": "7"}]}""")]
    [InlineData("""{"tasks": [{"repo": "click_task", "task_id": 7.5}]}""")]
    [InlineData("""{"tasks": [{"repo": "click_task", "task_id": 7, "pairs": null}]}""")]
    [InlineData("""{"tasks": [{"repo": "click_task", "task_id": 7, "pairs": [1, 2]}]}""")]
    [InlineData("""{"tasks": [{"repo": "click_task", "task_id": 7, "pairs": [[1]]}]}""")]
    [InlineData("""{"tasks": [{"repo": "click_task", "task_id": 0, "pairs": [[1, 2, 3]]}]}""")]
    [InlineData("""{"tasks": [{"repo": "click_task", "task_id": 7, "pairs": [[0, 1]]}]}""")]
    [InlineData("""{"tasks": [{"repo": "click_task", "task_id": 7, "pairs": [[1, 1]]}]}""")]
    [InlineData("""{"tasks": [{"repo": "click_task", "task_id": 7, "pairs": [[1, 2], [2, 1]]}]}""")]
    [InlineData("""{"tasks": [{"repo": "click_task", "task_id": 7}, {"repo": "click_task", "task_id": 7}]}""")]
    public void A_subset_that_is_none_is_a_fault_of_the_set_and_an_error_where_it_is_asked_for(string json)
    {
        Subset(json);

        _set.Load().Faults.Should().ContainSingle().Which.Should().Match<TaskSetFault>(fault => fault.Path == _set.In("subsets/s.json")
            && fault.What.StartsWith("this is no subset"));
        Selecting(TaskFilter.All with { Subset = "s" }).Should().Throw<TaskSetException>().WithMessage("*s.json: this is no subset*");
        Select(TaskFilter.All).Should().HaveCount(7);
    }

    [Fact]
    public void A_name_that_is_not_there_is_answered_with_those_that_are()
    {
        Subset("""{"tasks": []}""");

        Selecting(TaskFilter.All with { Repos = ["clack_task"] }).Should().Throw<TaskSetException>()
            .WithMessage("There is no repository 'clack_task'*It has: click_task, jinja_task.");
        Selecting(TaskFilter.All with { TaskIds = [8] }).Should().Throw<TaskSetException>()
            .WithMessage("There is no task 8*It has: click_task/0, click_task/7, jinja_task/7.");
        Selecting(TaskFilter.All with { Subset = "lite" }).Should().Throw<TaskSetException>()
            .WithMessage("There is no subset 'lite'*It has: s.");
        Selecting(TaskFilter.All with { Subset = "../subsets/s" }).Should().Throw<TaskSetException>().WithMessage("There is no subset*");
        Selecting(TaskFilter.All with { Subset = "s" }).Should().Throw<TaskSetException>().WithMessage("No pair of*is left by subset s.*");
    }

    [Fact]
    public void A_set_without_subsets_says_so() =>
        Selecting(TaskFilter.All with { Subset = "lite" }).Should().Throw<TaskSetException>()
            .WithMessage("There is no subset 'lite'*It has none.");

    [Fact]
    public void A_pair_names_its_cases()
    {
        TaskPair pair = _set.Load().Select(TaskFilter.All with { TaskIds = [0], Pairs = [FeatureSet.Create([1, 3])] }).Single();

        pair.Case(Setting.CoopComm, 2).ToString().Should().Be("coop-comm/click_task/0/f1_f3/seed2");
    }

    private void Subset(string json) => _set.With("subsets/s.json", json);

    private IEnumerable<string> Select(TaskFilter filter) =>
        _set.Load().Select(filter).Select(pair => $"{pair.Task.Repo}/{pair.Task.TaskId}/{pair.Features}");

    private Action Selecting(TaskFilter filter) => () => _set.Load().Select(filter);
}
