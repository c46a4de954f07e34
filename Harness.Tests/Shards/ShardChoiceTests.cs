using FluentAssertions;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Shards;

/// <summary>How many shards there are, and which is meant, by the variables of engines and ours.</summary>
public sealed class ShardChoiceTests
{
    private const string Of8 = "SLURM_ARRAY_TASK_COUNT=8 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_STEP=1";
    private const string AloneAt5 = "SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_COUNT=1 SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_MAX=5";

    [Theory]
    [InlineData("", null)]
    [InlineData("TANDEM_SHARD=1/1", null)]
    [InlineData("TANDEM_SHARD=1/1 SLURM_ARRAY_TASK_ID=3 " + Of8, null)]
    [InlineData("TANDEM_SHARD=1/1 JOB_COMPLETION_INDEX=3", null)]
    [InlineData("SLURM_JOB_ID=77 SLURM_NTASKS=4", null)]
    [InlineData("CI_NODE_TOTAL=1", null)]
    [InlineData("CI_NODE_INDEX=2", null)]
    [InlineData("TANDEM_SHARDS=16", "-/16")]
    [InlineData("TANDEM_SHARD=3/16", "3/16")]
    [InlineData("TANDEM_SHARD=3/16 SLURM_ARRAY_TASK_ID=7 JOB_COMPLETION_INDEX=7 CI_NODE_INDEX=1 CI_NODE_TOTAL=2", "3/16")]
    [InlineData("SLURM_ARRAY_TASK_ID=3 " + Of8, "4/8")]
    [InlineData("SLURM_ARRAY_TASK_ID=3 JOB_COMPLETION_INDEX=6 TANDEM_SHARDS=8 " + Of8, "4/8")]
    [InlineData("SLURM_ARRAY_TASK_ID=8 SLURM_ARRAY_TASK_COUNT=8 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=8", "8/8 from 1 by 1")]
    [InlineData("SLURM_ARRAY_TASK_ID=4 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_STEP=2",
        "3/4 from 0 by 2")]
    [InlineData("TANDEM_SHARDS=4 SLURM_ARRAY_TASK_ID=12 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=10 SLURM_ARRAY_TASK_MAX=16 "
        + "SLURM_ARRAY_TASK_STEP=2", "2/4 from 10 by 2")]
    [InlineData("TANDEM_SHARDS=16 " + AloneAt5, "6/16")]
    [InlineData("TANDEM_SHARDS=2500 TANDEM_SHARD_OFFSET=1000 SLURM_ARRAY_TASK_ID=7 " + Of8, "1008/2500")]
    [InlineData("TANDEM_SHARDS=4 JOB_COMPLETION_INDEX=0", "1/4")]
    [InlineData("TANDEM_SHARDS=4 JOB_COMPLETION_INDEX=3 CI_NODE_INDEX=1 CI_NODE_TOTAL=2", "4/4")]
    [InlineData("CI_NODE_INDEX=4 CI_NODE_TOTAL=4", "4/4")]
    [InlineData("TANDEM_SHARDS=4 CI_NODE_INDEX=1 CI_NODE_TOTAL=4", "1/4")]
    public void At_a_first_start_the_variables_say_all(string variables, string? expected) =>
        Text(ShardChoice.Of(Environment(variables), frozen: null)).Should().Be(expected);

    [Theory]
    [InlineData(AloneAt5, "6/16")]
    [InlineData("TANDEM_SHARDS=16 " + AloneAt5, "6/16")]
    [InlineData("SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_MAX=9", "4/16")]
    [InlineData("TANDEM_SHARD_OFFSET=10 " + AloneAt5, "16/16")]
    [InlineData("JOB_COMPLETION_INDEX=3", "4/16")]
    [InlineData("TANDEM_SHARD=2/8", "2/8")]
    public void A_task_that_is_submitted_again_goes_by_what_the_store_has_frozen(string variables, string expected) =>
        Text(ShardChoice.Of(Environment(variables), ShardDivision.ByHash(16))).Should().Be(expected);

    [Fact]
    public void First_index_and_step_come_from_the_store_too()
    {
        ShardDivision frozen = ShardDivision.ByHash(4, new ShardTasks(1, 2));

        Text(ShardChoice.Of(Environment(AloneAt5), frozen)).Should().Be("3/4 from 1 by 2");
        Refusal("SLURM_ARRAY_TASK_ID=4 SLURM_ARRAY_TASK_COUNT=1 SLURM_ARRAY_TASK_MIN=4 SLURM_ARRAY_TASK_MAX=4", frozen).Should()
            .Contain("SLURM_ARRAY_TASK_ID=4: no shard belongs to this index. The 4 shards have the indices 1-7:2.");
        Refusal("SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=3", frozen).Should()
            .Contain("This array is 0-3, and the store counts the tasks of its 4 shards as 1-7:2. Submit it with --array=1-7:2.");
    }

    [Theory]
    [InlineData(AloneAt5, "may be a part of an array that was submitted again*Set TANDEM_SHARDS*TANDEM_SHARD=1/1")]
    [InlineData("SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=9", "Set TANDEM_SHARDS")]
    [InlineData("SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=7 SLURM_ARRAY_TASK_MAX=9", "Set TANDEM_SHARDS")]
    [InlineData("TANDEM_SHARD_OFFSET=1000 SLURM_ARRAY_TASK_ID=0 " + Of8, "Set TANDEM_SHARDS")]
    [InlineData("SLURM_ARRAY_TASK_ID=3", "SLURM_ARRAY_TASK_COUNT=(not set)")]
    [InlineData("TANDEM_SHARDS=4 " + AloneAt5, "SLURM_ARRAY_TASK_ID=5: no shard belongs to this index. The 4 shards have the indices 0-3.")]
    [InlineData("TANDEM_SHARDS=16 TANDEM_SHARD_OFFSET=16 SLURM_ARRAY_TASK_ID=0 " + Of8,
        "SLURM_ARRAY_TASK_ID=0 with TANDEM_SHARD_OFFSET=16: no shard")]
    [InlineData("JOB_COMPLETION_INDEX=3",
        "each would run and pay for all cases. Set TANDEM_SHARDS*To run all cases here, set TANDEM_SHARD=1/1")]
    [InlineData("TANDEM_SHARDS=3 JOB_COMPLETION_INDEX=3", "JOB_COMPLETION_INDEX=3: no shard belongs to this index")]
    [InlineData("CI_NODE_INDEX=0 CI_NODE_TOTAL=4", "nodes count from 1 to 4")]
    [InlineData("CI_NODE_INDEX=5 CI_NODE_TOTAL=4", "nodes count from 1 to 4")]
    [InlineData("TANDEM_SHARDS=8 CI_NODE_INDEX=1 CI_NODE_TOTAL=4", "is divided into 8 shards, so 8 nodes are needed")]
    [InlineData("TANDEM_SHARD=5/4", "--shard (TANDEM_SHARD): There is no shard 5 of 4")]
    [InlineData("TANDEM_SHARDS=0", "TANDEM_SHARDS=0: a whole number from 1 to 10000 is expected")]
    [InlineData("TANDEM_SHARDS=10001", "TANDEM_SHARDS=10001: a whole number from 1 to 10000")]
    [InlineData("SLURM_ARRAY_TASK_ID=x", "SLURM_ARRAY_TASK_ID=x: a whole number")]
    [InlineData("TANDEM_SHARDS=4 TANDEM_SHARD_OFFSET=-1 JOB_COMPLETION_INDEX=0", "TANDEM_SHARD_OFFSET=-1: a whole number")]
    public void What_leaves_the_shard_open_is_refused(string variables, string message) =>
        Refusal(variables, frozen: null).Should().Match($"*{message}*");

    [Theory]
    [InlineData(0, 1, "3 7 8 9", 1001, "0:2,6-8")]
    [InlineData(1, 1, "3 7 8 9", 1001, "0:3,7-9")]
    [InlineData(10, 2, "1 2 3 5", 1001, "0:10-14:2,18")]
    [InlineData(0, 1, "1001", 1001, "0:1000")]
    [InlineData(0, 1, "1 2 1000 1001 1002 2500", 1001, "0:0-1,999 1000:0-1 2000:499")]
    [InlineData(1, 1, "3 4 5 6", 5, "0:3 4:0-2")]
    [InlineData(0, 1, "", 1001, "")]
    public void An_array_is_given_in_windows_where_its_indices_are_above_the_limit(int first, int step, string shards, int most,
        string expected)
    {
        int[] numbers = [.. shards.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
        var tasks = new ShardTasks(first, step);

        IReadOnlyList<TaskWindow> windows = TaskWindow.Of(tasks, numbers, most);

        string.Join(' ', windows.Select(window => $"{window.Offset}:{window.Array}")).Should().Be(expected);
    }

    [Fact]
    public void The_tasks_of_every_window_are_the_shards_that_they_were_made_of()
    {
        int[] numbers = [.. Enumerable.Range(1, 2500).Where(number => number % 7 != 0)];

        int[] found = [.. TaskWindow.Of(ShardTasks.Plain, numbers, TaskWindow.UsualMost)
            .SelectMany(window => Indices(window.Array).Select(index => ShardChoice.Of(Environment(
                $"TANDEM_SHARD_OFFSET={window.Offset} SLURM_ARRAY_TASK_ID={index} SLURM_ARRAY_TASK_COUNT=9"),
                ShardDivision.ByHash(2500))!.Number!.Value))];

        found.Should().Equal(numbers);
    }

    private static IEnumerable<int> Indices(string array) => array.Split(',').Select(range => range.Split('-').Select(int.Parse).ToArray())
        .SelectMany(range => Enumerable.Range(range[0], range[^1] - range[0] + 1));

    private static string? Text(ShardChoice? choice) => choice is null ? null
        : $"{choice.Number?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-"}/{choice.Count}"
            + (choice.Tasks is ShardTasks tasks ? $" from {tasks.First} by {tasks.Step}" : "");

    private static string Refusal(string variables, ShardDivision? frozen)
    {
        Action choose = () => ShardChoice.Of(Environment(variables), frozen);
        return choose.Should().Throw<SettingsException>().Which.Message;
    }

    private static Dictionary<string, string> Environment(string variables) => variables
        .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one => one.Split('=', 2)).ToDictionary(one => one[0], one => one[1]);
}
