using FluentAssertions;
using Tandem.Harness.Processes;
using Tandem.Harness.TaskSets;
using Xunit;

namespace Tandem.Harness.Tests.TaskSets;

public sealed class TaskSetLoaderTests : IDisposable
{
    private readonly TaskSetFolder _set = new();

    public void Dispose() => _set.Dispose();

    [Fact]
    public void Repositories_and_tasks_come_in_the_ordinal_order_of_their_names()
    {
        _set.WithTask("pillow_task", 68).WithTask("pillow_task", 290).WithTask("pillow_task", 25).WithTask("Zebra_task", 1)
            .WithTask("apple_task", 0);

        TaskSet set = _set.Load();

        set.Tasks.Select(task => $"{task.Repo}/{task.TaskId}").Should()
            .Equal("Zebra_task/1", "apple_task/0", "pillow_task/25", "pillow_task/290", "pillow_task/68");
        set.Faults.Should().BeEmpty();
    }

    [Fact]
    public void Pairs_are_all_twos_of_the_features_ascending_by_number()
    {
        _set.WithTask("click_task", 7, 3).WithFeature("click_task", 7, 10);

        _set.Load().Pairs.Select(pair => pair.Features.ToString()).Should().Equal("f1_f2", "f1_f3", "f1_f10", "f2_f3", "f2_f10", "f3_f10");
    }

    [Fact]
    public void What_is_no_part_of_the_layout_is_left_alone()
    {
        _set.WithTask("go_chi_task", 56)
            .With("README.md")
            .With("gold_conflict_report.json", "{}")
            .With(".cache/huggingface/download.lock")
            .With("go_chi_task/notes.txt")
            .With("go_chi_task/task56/test_features.sh")
            .With("go_chi_task/task56/features.txt")
            .With("go_chi_task/task56/feature1/feature.filtered.patch")
            .With("go_chi_task/task56/feature1/meta_tests.patch", "")
            .With("go_chi_task/task56/feature2/test_report/report.xml")
            .With("go_chi_task/task56/feature2/resolution_patches/vs_feature1.patch")
            .With("documents/a.txt");

        TaskSet set = _set.Load();

        set.Faults.Should().BeEmpty();
        set.Pairs.Should().ContainSingle();
    }

    [Theory(Timeout = 20_000)]
    [InlineData("click_task/task1/runner.sh")]
    [InlineData("click_task/task1/feature2/feature.patch")]
    [InlineData("click_task/task1/data/deep.bin")]
    [InlineData("subsets/some.json")]
    public async Task A_pipe_in_the_place_of_a_file_is_a_fault_and_not_waited_for(string file)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo is of Unix.");
        _set.WithTask("click_task", 1).WithTask("click_task", 2).With(file).Without(file);
        (await ChildProcess.RunAsync(new ChildCommand("mkfifo", _set.In(file)) { Environment = ChildEnvironment.Usual() },
            TestContext.Current.CancellationToken)).ThrowOnFailure();

        TaskSet set = await Task.Run(_set.Load, TestContext.Current.CancellationToken);

        set.Faults.Should().ContainSingle().Which.ToString().Should().Contain(_set.In(file)).And.Contain("FIFO");
        set.Tasks.Should().HaveCount(file.StartsWith("click", StringComparison.Ordinal) ? 1 : 2);
        set.Tasks[^1].Digest.Should().NotBeEmpty();
    }

    [Theory]
    [InlineData("task1/runner.sh", "is missing: the tests cannot be run; the task is left out")]
    [InlineData("task1/feature1/feature.md", "is missing: an agent would have no task; the feature is left out")]
    [InlineData("task1/feature1/tests.patch", "is missing: the feature has no tests and is left out")]
    public void A_missing_file_is_a_fault_that_names_it_and_the_rest_loads(string file, string what)
    {
        _set.WithTask("click_task", 1, 2).WithTask("click_task", 2).Without($"click_task/{file}");

        TaskSet set = _set.Load();

        set.Tasks.Select(task => task.TaskId).Should().Equal(2);
        set.Faults.Should().Contain(fault => fault.Path == _set.In($"click_task/{file}") && fault.What.Contains(what) && !fault.IsWarning);
    }

    [Theory]
    [InlineData("task1/runner.sh")]
    [InlineData("task1/feature1/feature.md")]
    [InlineData("task1/feature1/tests.patch")]
    public void An_empty_file_is_as_good_as_none(string file)
    {
        _set.WithTask("click_task", 1, 3).With($"click_task/{file}", "");

        _set.Load().Faults.Should().Contain(fault => fault.Path == _set.In($"click_task/{file}") && fault.What.Contains("is empty"));
    }

    [Theory]
    [InlineData("task1/Dockerfile", "can be pulled but not built")]
    [InlineData("task1/feature1/feature.patch", "the oracle")]
    public void A_file_that_only_some_need_is_a_warning(string file, string what)
    {
        _set.WithTask("click_task", 1).Without($"click_task/{file}");

        TaskSet set = _set.Load();

        set.Pairs.Should().ContainSingle();
        set.Faults.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Path = _set.In($"click_task/{file}"), IsWarning = true });
        set.Faults[0].What.Should().Contain(what);
    }

    [Fact]
    public void A_broken_feature_leaves_the_others()
    {
        _set.WithTask("click_task", 1, 3).Without("click_task/task1/feature2/feature.md");

        TaskSet set = _set.Load();

        set.Pairs.Select(pair => pair.Features.ToString()).Should().Equal("f1_f3");
        set.Faults.Should().ContainSingle();
    }

    [Theory]
    [InlineData(1, "It has 1 usable feature; a pair needs two")]
    [InlineData(0, "It has 0 usable features; a pair needs two")]
    public void A_task_needs_two_features(int features, string what)
    {
        _set.WithTask("click_task", 1, features).WithTask("click_task", 2);

        TaskSet set = _set.Load();

        set.Tasks.Select(task => task.TaskId).Should().Equal(2);
        set.Faults.Should().ContainSingle().Which.What.Should().Contain(what);
    }

    [Theory]
    [InlineData("task01")]
    [InlineData("taskx")]
    [InlineData("task-1")]
    [InlineData("task")]
    [InlineData("task99999999999")]
    public void A_task_folder_of_another_name_is_a_fault(string name)
    {
        _set.WithTask("click_task", 1).With($"click_task/{name}/runner.sh");

        TaskSet set = _set.Load();

        set.Tasks.Should().ContainSingle();
        set.Faults.Should().ContainSingle().Which.Path.Should().Be(_set.In($"click_task/{name}"));
    }

    [Theory]
    [InlineData("feature0")]
    [InlineData("feature01")]
    [InlineData("feature_old")]
    [InlineData("features")]
    public void A_feature_folder_of_another_name_is_a_fault(string name)
    {
        _set.WithTask("click_task", 1).With($"click_task/task1/{name}/feature.md");

        TaskSet set = _set.Load();

        set.Tasks.Single().Features.Select(feature => feature.Id).Should().Equal(1, 2);
        set.Faults.Should().ContainSingle().Which.Path.Should().Be(_set.In($"click_task/task1/{name}"));
    }

    [Fact]
    public void A_repository_that_cannot_be_part_of_a_case_id_is_one_fault()
    {
        _set.WithTask("with space", 1).WithTask("with space", 2).WithTask("click_task", 1);

        TaskSet set = _set.Load();

        set.Tasks.Select(task => task.Repo).Should().Equal("click_task");
        set.Faults.Should().ContainSingle().Which.Path.Should().Be(_set.In("with space"));
    }

    [Fact]
    public void A_folder_without_tasks_is_a_fault_and_a_missing_folder_an_error()
    {
        _set.Load().Faults.Should().ContainSingle().Which.What.Should().Contain("no usable task");

        Action load = () => TaskSetLoader.Load(_set.In("nowhere"));
        load.Should().Throw<TaskSetException>().WithMessage("There is no task set at *nowhere*--tasks*");
    }

    [Fact]
    public void A_task_knows_its_files()
    {
        _set.WithTask("click_task", 0);

        CodingTask task = _set.Load().Tasks.Single();

        task.Folder.Should().Be(_set.In("click_task/task0"));
        task.RunnerFile.Should().Be(_set.In("click_task/task0/runner.sh"));
        task.CombinedPatchFile.Should().Be(_set.In("click_task/task0/combined.patch"));
        task.Feature(2).TestsPatchFile.Should().Be(_set.In("click_task/task0/feature2/tests.patch"));
        task.Feature(2).GoldPatchFile.Should().Be(_set.In("click_task/task0/feature2/feature.patch"));
        task.Feature(2).DescriptionFile.Should().Be(_set.In("click_task/task0/feature2/feature.md"));
        task.Invoking(t => t.Feature(3)).Should().Throw<TaskSetException>().WithMessage("*no usable feature 3*");
    }

    [Theory]
    [InlineData("click_task/task1/feature2/tests.patch", "/proc/self/environ")]
    [InlineData("click_task/task1/feature2/feature.md", "/etc/passwd")]
    [InlineData("click_task/task1/feature2/feature.patch", "/dev/zero")]
    [InlineData("click_task/task1/runner.sh", "../../../../etc/passwd")]
    [InlineData("click_task/task1/base/etc", "/etc")]
    [InlineData("click_task/task1/base/two", "one")] // a link to a link that leads out
    public void A_link_that_leads_out_of_the_set_leaves_its_task_out(string link, string target)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        _set.WithTask("click_task", 1).WithTask("click_task", 2).With("click_task/task1/base/a.py").Without(link);
        File.CreateSymbolicLink(_set.In("click_task/task1/base/one"), target == "one" ? "/etc" : "a.py");
        File.CreateSymbolicLink(_set.In(link), target);

        TaskSet set = _set.Load();

        set.Tasks.Select(task => task.TaskId).Should().Equal(2);
        set.Faults.Select(fault => fault.ToString()).Should()
            .ContainSingle(fault => fault.Contains(LinksOut.WhyNot, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("feature1/tests.patch")]
    [InlineData("nowhere")]
    [InlineData("more")]
    public void Links_within_the_set_to_nowhere_and_in_a_circle_do_no_harm(string target)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        _set.WithTask("click_task", 1);
        File.CreateSymbolicLink(_set.In("click_task/task1/more"), target);

        TaskSet set = _set.Load();

        set.Tasks.Should().ContainSingle();
        set.Faults.Should().BeEmpty();
    }
}
