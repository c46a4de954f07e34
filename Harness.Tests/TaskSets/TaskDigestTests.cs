using FluentAssertions;
using Tandem.Harness.TaskSets;
using Xunit;

namespace Tandem.Harness.Tests.TaskSets;

public sealed class TaskDigestTests : IDisposable
{
    private readonly TaskSetFolder _set = new TaskSetFolder().WithTask("click_task", 1)
        .With("taskset.json", """{"image": "tandem/{name}:task{id}"}""").With("click_task/task1/base/a.py");

    public void Dispose() => _set.Dispose();

    [Theory]
    [InlineData("runner.sh", true)]
    [InlineData("Dockerfile", true)]
    [InlineData("base/a.py", true)]
    [InlineData("base/feature1/a.py", true)]
    [InlineData("setup.sh", true)]
    [InlineData("features.md", true)]
    [InlineData("combined.patch", false)]
    [InlineData("feature1/feature.md", false)]
    [InlineData("feature1/feature.patch", false)]
    [InlineData("feature12/tests.patch", false)]
    [InlineData("feature2/test_report/report.xml", false)]
    public void Descriptions_gold_patches_and_tests_never_go_into_a_build(string path, bool isBuildInput) =>
        CodingTask.IsBuildInput(path).Should().Be(isBuildInput);

    [Fact]
    public void Digests_are_of_names_and_bytes()
    {
        (string all, string build) = Digests();

        all.Should().MatchRegex("^[0-9a-f]{64}$");
        Digests().Should().Be((all, build));

        foreach (string file in Directory.EnumerateFiles(_set.Root, "*", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(file, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        Digests().Should().Be((all, build), "times of files do not count");

        _set.With("click_task/task1/base/a.py", "changed\n");
        Digests().All.Should().NotBe(all);
        Digests().Build.Should().NotBe(build);

        _set.With("click_task/task1/base/a.py");
        Digests().Should().Be((all, build));

        _set.With("click_task/task1/base/b.py", "").Without("click_task/task1/base/a.py").With("click_task/task1/base/a.pyc");
        Digests().Build.Should().NotBe(build, "names count");
    }

    [Fact]
    public void Links_count_with_where_they_lead_also_to_nowhere_and_in_a_circle()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        (string all, string build) = Digests();
        string link = _set.In("click_task/task1/base/link");
        foreach (string target in (string[])["nowhere", "..", "link", "a.py"])
        {
            File.CreateSymbolicLink(link, target);
            (string withLink, string buildWithLink) = Digests();
            withLink.Should().NotBe(all);
            buildWithLink.Should().NotBe(build);
            (all, build) = (withLink, buildWithLink);
            File.Delete(link);
        }

        File.CreateSymbolicLink(link, "a.py");
        _set.With("click_task/task1/base/a.py", "changed\n");
        Digests().All.Should().NotBe(all);
    }

    [Fact]
    public void A_features_files_change_the_tasks_digest_but_not_its_images()
    {
        (string all, string build) = Digests();

        _set.With("click_task/task1/feature1/tests.patch", "changed\n").With("click_task/task1/combined.patch", "changed\n");

        Digests().All.Should().NotBe(all);
        Digests().Build.Should().Be(build);
    }

    [Fact]
    public void Bytes_that_move_between_files_change_the_digest()
    {
        _set.With("click_task/task1/base/a.py", "ab").With("click_task/task1/base/b.py", "c");
        string before = Digests().All;

        _set.With("click_task/task1/base/a.py", "a").With("click_task/task1/base/b.py", "bc");

        Digests().All.Should().NotBe(before);
    }

    private (string All, string Build) Digests()
    {
        CodingTask task = _set.Load().Tasks.Single();
        return (task.Digest, task.Image.BuildDigest!);
    }
}
