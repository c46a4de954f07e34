using FluentAssertions;
using Tandem.Analysis.Data;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Data;

public sealed class DatasetTests
{
    [Fact]
    public void Every_case_of_the_plan_is_there_with_or_without_records()
    {
        using var store = new StoreBuilder();
        store.Plan(Sample.Case(Setting.CoopComm), Sample.Case(Setting.Solo));
        store.Add(Sample.Run(Sample.Case(Setting.Solo)));

        Dataset dataset = store.Read();

        dataset.Cases.Select(c => (c.CaseId, c.Records.Count, c.IsPlanned)).Should()
            .Equal((Sample.Case(Setting.CoopComm), 0, true), (Sample.Case(Setting.Solo), 1, true));
        dataset.PlannedSettings.Should().Equal(Setting.Solo, Setting.CoopComm);
    }

    [Fact]
    public void Records_of_one_case_in_several_files_are_put_in_order()
    {
        using var store = new StoreBuilder();
        CaseId id = Sample.Case(Setting.Solo);
        store.Add(Sample.Run(id, attempt: 2));
        store.Add(Sample.Infra(id, attempt: 1));

        store.Read().Cases.Should().ContainSingle().Which.Records.Select(r => r.Attempt).Should().Equal(1, 2);
    }

    [Fact]
    public void The_facts_are_those_of_the_record()
    {
        using var store = new StoreBuilder();
        RunRecord record = Sample.Infra(Sample.Case(Setting.CoopComm)) with { EvalError = "lost" };
        store.Add(record);

        AttemptResult facts = store.Read().Records.Should().ContainSingle().Subject;

        facts.Should().BeEquivalentTo(record, options => options
            .Including(r => r.CaseId).Including(r => r.Attempt).Including(r => r.AttemptId).Including(r => r.Revision)
            .Including(r => r.AttemptReason)
            .Including(r => r.InfraError).Including(r => r.Interrupted).Including(r => r.AgentStatus).Including(r => r.BothPassed)
            .Including(r => r.Feature1Passed).Including(r => r.Feature2Passed).Including(r => r.MergeOutcome).Including(r => r.MergeStatus)
            .Including(r => r.MergeStrategy).Including(r => r.NaiveConflict).Including(r => r.MessagesCount).Including(r => r.Difficulty)
            .Including(r => r.Bucket));
        facts.ErrorClass.Should().Be(ErrorClass.Engine);
        facts.HasEvalError.Should().BeTrue();
        facts.Breaches.Should().BeEmpty();
        facts.Artifacts.Should().HaveCount(5).And.Contain(new ArtifactSize("agent1.patch", 5));
        facts.Place.ToString().Should().Be("runs/coop-comm_seed0.jsonl(2)");
    }

    [Fact]
    public void A_record_can_be_read_again_by_its_place()
    {
        using var store = StoreBuilder.Sound();
        Dataset dataset = store.Read();
        using var source = new RecordSource(store.Layout);

        foreach (AttemptResult facts in dataset.Records.Reverse())
            source.Record(facts.Place).AttemptId.Should().Be(facts.AttemptId);
    }

    [Fact]
    public void An_experiment_without_a_plan_cannot_be_read()
    {
        using var store = StoreBuilder.Sound();
        File.Delete(store.Layout.PlanFile);

        store.Invoking(s => s.Read()).Should().Throw<UnreadableStoreException>()
            .WithMessage("Experiment 'default' in * has no plan that can be read: experiment.json: There is no such file*");
    }

    [Fact]
    public void A_folder_that_was_renamed_is_no_damaged_store()
    {
        using var store = StoreBuilder.Sound();
        Directory.Move(store.Layout.ExperimentFolder, Path.Combine(store.Layout.StoreFolder, "old"));

        Action reading = () => Dataset.Read(new StoreLayout(store.Layout.StoreFolder, "old"));

        reading.Should().Throw<UnreadableStoreException>()
            .WithMessage("*holds the experiment 'default': it was renamed or copied*").Which.Next.Should()
            .StartWith("Give the folder its name back");
    }

    [Fact]
    public void A_run_file_that_may_not_be_read_is_named()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A link to itself stands for any file that cannot be opened.");
        using var store = StoreBuilder.Sound();
        string loop = Path.Combine(store.Layout.RunsFolder, "loop.jsonl");
        File.CreateSymbolicLink(loop, loop);

        store.Invoking(s => s.Read()).Should().Throw<UnreadableStoreException>()
            .WithMessage("Experiment 'default' in * cannot be read: *loop.jsonl*");
    }
}
