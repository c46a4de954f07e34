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
    public void A_revision_has_a_name_of_its_own(string name, int revision, string expected) =>
        StoreLayout.Revised(name, revision).Should().Be(expected);

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
