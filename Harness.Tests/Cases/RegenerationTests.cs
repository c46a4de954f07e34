using FluentAssertions;
using Tandem.Harness.Cases;
using Tandem.Harness.Processes;
using Tandem.Harness.Tests.FrontDoor;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Cases;

/// <summary>Derived files that are lost are made again from what is on disk, and change no result.</summary>
[Slow]
public sealed class RegenerationTests : IAsyncLifetime
{
    private static readonly string[] s_withoutSandbox = ["agent.json", "conversation.json", "agent1.graded.patch", "result.json"];
    private static readonly string[] s_inSandbox = ["merged.patch", "tests_f1.log", "eval.json"];

    private DamagedStore _store = null!;

    public static TheoryData<string, FileFaultKind> WithoutSandbox => Faults(s_withoutSandbox);

    public static TheoryData<string, FileFaultKind> InSandbox => Faults(s_inSandbox);

    public async ValueTask InitializeAsync() => _store = await DamagedStore.CopyAsync();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public void A_whole_store_gets_no_revision()
    {
        _store.Examine().Should().BeEmpty();
        _store.Rebuild().Should().BeEmpty();
        _store.Records.Should().ContainSingle().Which.Artifacts.Select(artifact => artifact.Path).Should()
            .Contain(s_withoutSandbox.Except(["result.json"])).And.Contain(s_inSandbox);
    }

    [Theory]
    [MemberData(nameof(WithoutSandbox))]
    public void A_file_that_the_record_or_a_patch_has_too_is_made_again_byte_by_byte_without_a_sandbox(string name, FileFaultKind kind)
    {
        byte[] content = _store.Damage(name, kind);

        _store.Examine().Single().Attempts.Single().Files.Should().Equal(new FileFault(name, kind));
        Repair repair = _store.Rebuild().Should().ContainSingle().Subject;

        repair.Kind.Should().Be(RepairKind.Rebuilt);
        repair.What.Should().Contain($"{name}").And.EndWith("as revision 2");
        RunRecord after = TheSameIn(2);
        string revised = StoreLayout.Revised(name, 2);
        (name == "result.json" ? StoreJson.ToFile(after) : content).Should()
            .Equal(File.ReadAllBytes(Path.Combine(_store.Attempt, revised)));
        if (name != "result.json")
            after.Artifacts.Single(artifact => artifact.Path == revised).Sha256.Should()
                .Be(_store.Records[0].Artifacts.Single(artifact => artifact.Path == name).Sha256);
    }

    [Theory]
    [MemberData(nameof(InSandbox))]
    public async Task A_file_of_the_evaluation_is_made_again_in_a_sandbox_and_comes_to_the_same(string name, FileFaultKind kind)
    {
        _store.Damage(name, kind);
        _store.Rebuild().Should().BeEmpty("that needs a sandbox");

        Repair repair = (await _store.EvaluateAsync()).Should().ContainSingle().Subject;

        repair.Kind.Should().Be(RepairKind.Rebuilt, repair.What);
        repair.What.Should().Contain(name).And.EndWith(", as recorded");
        RunRecord after = TheSameIn(2);
        after.Artifacts.Select(artifact => artifact.Path).Should().Contain(StoreLayout.Revised(name, 2)).And.NotContain(name);
    }

    [Fact]
    public async Task Status_or_validation_sees_what_was_damaged_and_both_are_content_when_it_is_made_again()
    {
        foreach (string name in s_withoutSandbox.Concat(s_inSandbox))
            _store.Damage(name, FileFaultKind.Altered);
        string before = (await Programs.ValidateAsync(_store.Runs.Store, "x", "--deep", "--partial")).Stdout.Text;
        _store.Damage("agent.json", FileFaultKind.Missing);
        _store.Runs.Status(DamagedStore.Case).Should().Be(RunStatus.Results);

        IReadOnlyList<Repair> repairs = [.. _store.Rebuild(), .. await _store.EvaluateAsync()];

        foreach (string name in s_withoutSandbox.Concat(s_inSandbox))
            before.Should().Contain($"{name} has ");
        repairs.Should().OnlyContain(repair => repair.Kind == RepairKind.Rebuilt);
        TheSameIn(2);
        ChildResult after = await Programs.ValidateAsync(_store.Runs.Store, "x", "--deep", "--partial");
        after.ExitCode.Should().Be(0, after.Stdout.Text);
    }

    [Theory]
    [InlineData("agent1.patch")]
    [InlineData("trajectory.jsonl")]
    [InlineData("attempt.json")]
    public void What_happened_itself_cannot_be_made_again_and_is_named(string name)
    {
        _store.Damage(name, FileFaultKind.Missing);

        Repair repair = _store.Rebuild().Should().ContainSingle().Subject;

        repair.Kind.Should().Be(RepairKind.Lost);
        repair.ToString().Should().StartWith($"{DamagedStore.Case}  attempt 1  lost: {name} is missing; nothing can make it again");
        _store.Runs.Status(DamagedStore.Case).Should().Be(RunStatus.Partial);
        _store.Records.Should().ContainSingle("nothing was made, so nothing is written");
    }

    [Fact]
    public async Task Without_its_patch_an_evaluation_is_left_but_what_the_record_has_is_made_again()
    {
        _store.Damage("agent1.patch", FileFaultKind.Missing);
        _store.Damage("eval.json", FileFaultKind.Missing);
        _store.Damage("agent.json", FileFaultKind.Empty);

        IReadOnlyList<Repair> repairs = [.. _store.Rebuild(), .. await _store.EvaluateAsync()];

        repairs.Select(repair => repair.Kind).Should().Equal(RepairKind.Rebuilt, RepairKind.Lost, RepairKind.Left);
        _store.Runs.Status(DamagedStore.Case).Should().Be(RunStatus.Partial);
    }

    [Fact]
    public async Task A_record_from_before_verdicts_were_marked_gets_its_marks_with_its_evaluation()
    {
        _store.Records[0].Suspect.Should().NotBeNull("the reference patches have passed and were looked at").And.BeEmpty();
        _store.Damage("eval.json", FileFaultKind.Missing);
        using (var writer = new RunFileWriter(_store.Runs.Layout, "test", "1", TimeProvider.System))
            writer.Append(_store.Records[0] with { Revision = 2, Suspect = null });

        (await _store.EvaluateAsync()).Should().ContainSingle().Which.Kind.Should().Be(RepairKind.Rebuilt);

        _store.Records[^1].Should().BeEquivalentTo(new { Revision = 3, BothPassed = true });
        _store.Records[^1].Suspect.Should().NotBeNull().And.BeEmpty();
        StoreJson.Read<EvaluationReport>(File.ReadAllBytes(Path.Combine(_store.Attempt, "eval.r3.json"))).Suspect.Should().BeEmpty();
    }

    [Fact]
    public async Task An_evaluation_that_comes_out_otherwise_is_said_and_changes_nothing()
    {
        _store.Damage("eval.json", FileFaultKind.Missing);
        RunRecord record = _store.Records[0];
        using (var writer = new RunFileWriter(_store.Runs.Layout, "test", "1", TimeProvider.System))
            writer.Append(record with
            {
                Revision = 2,
                Tests = [record.Tests[0] with { TestsPassed = record.Tests[0].TestsPassed + 1 }, record.Tests[1]],
            });

        Repair repair = (await _store.EvaluateAsync()).Should().ContainSingle().Subject;

        repair.Kind.Should().Be(RepairKind.Differs);
        repair.What.Should().Contain("f1 passed ").And.Contain("nothing was written").And.EndWith("./run.sh regrade x");
        _store.Records.Should().HaveCount(2);
        File.Exists(Path.Combine(_store.Attempt, "eval.r3.json")).Should().BeFalse();
    }

    [Fact]
    public async Task A_kill_between_the_files_and_the_record_leaves_a_store_as_valid_as_before_and_the_next_start_goes_on()
    {
        _store.Damage("agent.json", FileFaultKind.Missing);
        string runs = _store.Runs.Layout.RunsFolder;
        string[] before = Directory.GetFiles(runs);
        _store.Rebuild();
        // As kill -9 leaves it: the files are there, the record is not.
        foreach (string file in Directory.GetFiles(runs).Except(before))
            File.Delete(file);
        File.WriteAllText(Path.Combine(_store.Attempt, "eval.r2.json.0123.tmp"), "{");
        _store.Records.Should().ContainSingle();
        _store.Examine().Single().Attempts.Single().Files.Should().Equal(new FileFault("agent.json", FileFaultKind.Missing));

        _store.Rebuild().Should().ContainSingle().Which.What.Should().Be("agent.json, result.json as revision 3");

        TheSameIn(3);
        ChildResult validated = await Programs.ValidateAsync(_store.Runs.Store, "x", "--deep", "--partial");
        validated.ExitCode.Should().Be(0, validated.Stdout.Text);
    }

    [Fact]
    public void A_revision_that_loses_a_file_is_made_again_as_the_next()
    {
        _store.Damage("conversation.json", FileFaultKind.Altered);
        _store.Rebuild();
        _store.Damage("conversation.r2.json", FileFaultKind.Truncated);
        _store.Damage("agent2.graded.patch", FileFaultKind.Missing);

        _store.Rebuild().Should().ContainSingle().Which.What.Should()
            .Be("agent2.graded.patch, conversation.json, result.json as revision 3");

        TheSameIn(3).Artifacts.Select(artifact => artifact.Path).Should().Contain(["conversation.r3.json", "agent2.graded.r3.patch"]).And
            .NotContain("conversation.r2.json");
        _store.Records.Select(record => record.Revision).Should().Equal(1, 2, 3);
    }

    /// <summary>The record that counts is of this revision, and says what the first said; all files are there, and the old ones are as they
    /// were.</summary>
    private RunRecord TheSameIn(int revision)
    {
        IReadOnlyList<RunRecord> records = _store.Records;
        RunRecord after = Counting.Of(records)!;
        after.Revision.Should().Be(revision);
        StoreJson.ToLine(after with { Revision = 1, RunId = records[0].RunId, Artifacts = records[0].Artifacts }).Should()
            .Equal(StoreJson.ToLine(records[0]));
        _store.Examine().Should().BeEmpty();
        _store.Runs.Status(DamagedStore.Case).Should().Be(RunStatus.Completed);
        return after;
    }

    private static TheoryData<string, FileFaultKind> Faults(IEnumerable<string> names) =>
        new(names.SelectMany(name => Enum.GetValues<FileFaultKind>().Select(kind => (name, kind))));
}
