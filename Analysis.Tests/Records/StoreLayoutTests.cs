using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class StoreLayoutTests : IDisposable
{
    private readonly TempFolder _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void An_attempt_has_a_folder_below_its_case()
    {
        var layout = new StoreLayout(_store.Path, "default");

        layout.AttemptFolder(Sample.Case(Setting.CoopComm), 3).Should()
            .Be(_store.File("default", "artifacts", "coop-comm", "click_task", "1", "f1_f2", "seed0", "attempt3"));
    }

    [Fact]
    public void Attempts_are_numbered_by_their_folders()
    {
        var layout = new StoreLayout(_store.Path, "default");
        CaseId id = Sample.Case(Setting.Solo);
        layout.AttemptNumbers(id).Should().BeEmpty();
        foreach (string name in new[] { "attempt10", "attempt2", "attempt0", "attempt-1", "attemptx", "attempt", "other" })
            Directory.CreateDirectory(Path.Combine(layout.CaseFolder(id), name));

        layout.AttemptNumbers(id).Should().Equal(2, 10);
    }

    [Theory]
    [InlineData("eval.json", 1, "eval.json")]
    [InlineData("eval.json", 2, "eval.r2.json")]
    [InlineData("merged.patch", 10, "merged.r10.patch")]
    [InlineData("agent1.graded.patch", 2, "agent1.graded.r2.patch")]
    public void A_revision_has_a_name_of_its_own(string name, int revision, string expected)
    {
        StoreLayout.Revised(name, revision).Should().Be(expected);
        Revisions.Unrevised(expected).Should().Be(name);
    }

    [Theory]
    [InlineData("attempt.json", true)]
    [InlineData("trajectory.jsonl", true)]
    [InlineData("agent1.patch", true)]
    [InlineData("solo.r.patch", true)]
    [InlineData("agent1.graded.r2.patch", false)]
    [InlineData("merged.r2.patch", false)]
    [InlineData("conversation.json", false)]
    [InlineData("tests_f1.log", false)]
    public void What_happened_itself_is_primary_and_the_rest_is_derived(string name, bool isPrimary) =>
        Revisions.IsPrimary(name).Should().Be(isPrimary);

    [Fact]
    public void The_latest_file_of_a_name_is_that_of_its_highest_revision()
    {
        string folder = Directory.CreateDirectory(_store.File("revisions")).FullName;
        Path.GetFileName(Revisions.Latest(folder, "agent.json")).Should().Be("agent.json");
        foreach (string name in
            new[] { "agent.json", "agent.r2.json", "agent.r10.json", "agent.rx.json", "agent.r2.json.1.tmp", "eval.r11.json" })
            File.WriteAllText(Path.Combine(folder, name), "");

        Path.GetFileName(Revisions.Latest(folder, "agent.json")).Should().Be("agent.r10.json");
        Revisions.Highest(folder).Should().Be(11);
    }

    [Fact]
    public void Experiments_are_the_folders_with_a_plan()
    {
        foreach (string name in new[] { "b", "a", "B", ".hidden", "with space" })
            new FileInfo(_store.File(name, "experiment.json")).Directory!.Create();
        foreach (string name in new[] { "b", "a", "B", ".hidden", "with space" })
            File.WriteAllText(_store.File(name, "experiment.json"), "{}");
        Directory.CreateDirectory(_store.File("empty"));

        StoreLayout.Experiments(_store.Path).Should().Equal(OperatingSystem.IsLinux() ? ["B", "a", "b"] : ["a", "b"]);
        StoreLayout.Experiments(_store.File("nowhere")).Should().BeEmpty();
    }

    [Fact]
    public void The_logs_of_image_builds_are_taken_for_no_experiment()
    {
        string folder = StoreLayout.ImageLogsFolder(_store.Path);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "experiment.json"), "{}");

        StoreLayout.Experiments(_store.Path).Should().BeEmpty();
        new Action(() => _ = new StoreLayout(_store.Path, Path.GetFileName(folder))).Should().Throw<FormatException>();
    }
}
