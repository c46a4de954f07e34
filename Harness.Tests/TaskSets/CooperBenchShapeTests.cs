using System.Diagnostics;
using System.Text;
using FluentAssertions;
using Tandem.Harness.TaskSets;
using Xunit;

namespace Tandem.Harness.Tests.TaskSets;

/// <summary>A made dataset of CooperBench's shape: its repositories, task numbers, numbers of features, and subsets of lite's and flash's
/// sizes.</summary>
[Slow]
public sealed class CooperBenchShapeTests : IDisposable
{
    private static readonly (string Repo, (int Id, int Features)[] Tasks, int Pairs, int Lite, string Language)[] Shape =
    [
        ("dottxt_ai_outlines_task", [(1371, 4), (1655, 10), (1706, 8)], 79, 5, "python"),
        ("dspy_task", [(8394, 5), (8563, 6), (8587, 6), (8635, 6)], 55, 9, "python"),
        ("go_chi_task", [(26, 4), (27, 4), (56, 5)], 22, 5, "go"),
        ("huggingface_datasets_task", [(3997, 5), (6252, 6), (7309, 2)], 26, 3, "python"),
        ("llama_index_task", [(17070, 3), (17244, 7), (18813, 6)], 39, 3, "python"),
        ("openai_tiktoken_task", [(0, 10)], 45, 5, "python"),
        ("pallets_click_task", [(2068, 12), (2800, 7), (2956, 8)], 115, 20, "python"),
        ("pallets_jinja_task", [(1465, 10), (1559, 10), (1621, 10)], 135, 28, "python"),
        ("pillow_task", [(25, 5), (290, 5), (68, 5)], 30, 8, "python"),
        ("react_hook_form_task", [(153, 6), (85, 5)], 25, 2, "typescript"),
        ("samuelcolvin_dirty_equals_task", [(43, 9)], 36, 5, "python"),
        ("typst_task", [(6554, 10)], 45, 7, "rust"),
    ];

    private readonly TaskSetFolder _set = new();

    public CooperBenchShapeTests()
    {
        foreach ((string repo, (int Id, int Features)[] tasks, _, _, _) in Shape)
        {
            foreach ((int id, int features) in tasks)
                _set.WithTask(repo, id, features);
        }
        _set.With("subsets/lite.json", Lite());
    }

    public void Dispose() => _set.Dispose();

    [Fact]
    public void All_of_it_is_counted()
    {
        TaskSet set = _set.Load();

        set.Faults.Should().BeEmpty();
        set.Tasks.Select(task => task.Repo).Distinct().Should().Equal(Shape.Select(repo => repo.Repo));
        set.Tasks.Select(task => task.TaskId).Should()
            .Equal(Shape.SelectMany(repo => repo.Tasks).Select(task => task.Id), "the table is in the order of the loader");
        set.Tasks.Should().HaveCount(30);
        set.Tasks.Sum(task => task.Features.Count).Should().Be(199);
        set.Pairs.Should().HaveCount(652);
        foreach ((string repo, _, int pairs, _, string language) in Shape)
        {
            set.Pairs.Count(pair => pair.Task.Repo == repo).Should().Be(pairs, repo);
            set.Tasks.Where(task => task.Repo == repo).Should().OnlyContain(task => task.Language == language);
        }
        set.Select(TaskFilter.All with { TaskIds = [0] }).Should().HaveCount(45);
    }

    [Fact]
    public void Lite_is_a_hundred_pairs_of_all_repositories()
    {
        IReadOnlyList<TaskPair> lite = _set.Load().Select(TaskFilter.All with { Subset = "lite" });

        lite.Should().HaveCount(100).And.OnlyHaveUniqueItems();
        lite.GroupBy(pair => pair.Task.Repo).Select(repo => (repo.Key, repo.Count())).Should()
            .Equal(Shape.Select(repo => (repo.Repo, repo.Lite)));
        lite.Select(pair => pair.Task).Distinct().Should().HaveCount(26);
    }

    [Fact]
    public void It_is_read_in_little_time()
    {
        _set.Load();
        var watch = Stopwatch.StartNew();

        _set.Load().Pairs.Should().HaveCount(652);

        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(1));
    }

    /// <summary>The first pairs of each task, dealt over 26 of the 30 tasks.</summary>
    private static string Lite()
    {
        var left = new HashSet<int> { 1706, 18813, 68, 85 };
        var json = new StringBuilder(
            """{"name": "lite", "description": "made", "stats": {"tasks": 26, "pairs": 100, "repos": 12}, "tasks": [""");
        foreach ((string repo, (int Id, int Features)[] all, _, int pairs, _) in Shape)
        {
            (int Id, int Features)[] tasks = [.. all.Where(task => !left.Contains(task.Id))];
            for (int i = 0; i < tasks.Length; i++)
            {
                int share = (pairs / tasks.Length) + (i < pairs % tasks.Length ? 1 : 0);
                IEnumerable<string> chosen =
                    (from a in Enumerable.Range(1, tasks[i].Features)
                     from b in Enumerable.Range(1, tasks[i].Features)
                     where a < b
                     select $"[{a},{b}]").Take(share);
                json.Append(json[^1] == '[' ? "" : ",")
                    .Append($$"""{"repo": "{{repo}}", "task_id": {{tasks[i].Id}}, "pairs": [{{string.Join(",", chosen)}}]}""");
            }
        }
        return json.Append("]}").ToString();
    }
}
