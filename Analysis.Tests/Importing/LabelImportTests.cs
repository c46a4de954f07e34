using FluentAssertions;
using Tandem.Analysis.Judgements;
using Tandem.Analysis.Tests.Judgements;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Importing;

public sealed class LabelImportTests : IDisposable
{
    private static readonly CaseId Id = Sample.Case(Setting.CoopComm);
    private readonly StoreBuilder _store = new StoreBuilder().Add(ExperimentJudgementsTests.WithMessages(Id, 2)).Judge(
        SampleJudgement.Of(Id), SampleJudgement.Acts("gpt-4o", Id, "plan", "update"),
        SampleJudgement.By("clarity", "gpt-4o", Id, null) with
        {
            Scale = RatingScale.Interval,
            RubricLabels = [],
            Status = JudgementOutcome.Labelled,
            Labels = [SampleJudgement.Label("") with { Part = JudgementPart.Score, Label = null, Score = 3 }],
        });

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Labels_scores_and_labels_of_messages_are_stored_with_where_they_come_from()
    {
        (int code, string output, string error) = _store.ImportLabels(
            $"""
            Case;Rubric;Judge;Rep;Message;Label;Score
            {Id};symptoms;anna;;;work-overlap;
            {Id};symptoms;anna;2;;none;
            {Id};speech-acts;anna;;2;question;
            {Id};clarity;anna;;;;2.5
            """);

        (code, output, error).Should().Be((0, "default: 4 labels imported from labels.csv\n", ""));
        var reader = new LabelReader(_store.Layout);
        reader.Read().Select(stored => LabelReader.ValueOf(stored.Record)).Should().Equal("'work-overlap'", "'none'", "'question'", "2.5");
        reader.Faults.Should().BeEmpty();
        LabelFileHeader header = reader.Headers.Should().ContainSingle().Which;
        (header.Kind, header.Source, header.CreatedAt).Should().Be(("labels", "labels.csv", FixedClock.Time));
        File.ReadAllLines(_store.Layout.LabelFiles().Single())[1].Should().Be(
            $"{{\"schema_version\":1,\"experiment\":\"default\",\"case_id\":\"{Id}\",\"rubric\":\"symptoms\",\"judge\":\"anna\","
            + "\"repetition\":1,\"message\":null,\"judged_attempt\":1,\"judged_revision\":1,"
            + "\"label\":\"work-overlap\",\"score\":null}");
    }

    [Fact]
    public void All_faults_are_said_at_once_and_nothing_is_written()
    {
        (int code, string output, string error) = _store.ImportLabels(
            $"""
            case,rubric,judge,label,score,message
            solo/none/1/f1_f2/seed0,symptoms,anna,work-overlap,,
            {Id},symptoms,Builtin:rules,work-overlap,,
            {Id},symptoms,GPT-4o,work-overlap,,
            {Id},symptoms,anna,overlap,,
            {Id},symptoms,anna,,1,
            {Id},symptoms,anna,work-overlap,,1
            {Id},speech-acts,anna,plan,,9
            {Id},speech-acts,anna,plan,,
            {Id},symptoms,anna,,,
            {Id},symptoms,anna,a,1,
            {Id},clarity,anna,,high,
            {Id},symptoms,anna,work-overlap,,0
            ,symptoms,anna,work-overlap,,
            {Id},symptoms,otto,work-overlap,,
            {Id},symptoms,otto,work-overlap,,
            """);

        (code, output).Should().Be((2, ""));
        error.Should().ContainAll(
            "line 2: the experiment has no case 'solo/none/1/f1_f2/seed0'",
            "line 3: The judge 'Builtin:rules' has a name of a built-in judge",
            "line 4: the store has judgements of the judge 'GPT-4o'",
            "line 5: the rubric 'symptoms' has no label 'overlap'; it has work-overlap, divergent-architecture",
            "line 6: the rubric 'symptoms' asks for a label",
            "line 7: the rubric 'symptoms' has a label for the run",
            "line 8: the run has 2 messages, and no message 9",
            "line 9: the rubric 'speech-acts' has a label for each message",
            "line 10: it has neither a label nor a score",
            "line 11: it has a label and a score",
            "line 12: score is 'high'",
            "line 13: message is '0', not a whole number from 1",
            "line 14: it names no case",
            $"line 16: {Id}, symptoms by otto stands in line 15 already",
            "Nothing was written.");
        int[] lines = [.. error.Split("line ").Skip(1).Select(part => part.Split(':')[0]).Where(part => part.All(char.IsAsciiDigit))
            .Select(int.Parse)];
        lines.Should().BeInAscendingOrder().And.HaveCountGreaterThan(10);
        Directory.Exists(_store.Layout.LabelsFolder).Should().BeFalse();
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("case,rubric,judge,label\n", "it has no line below its header")]
    [InlineData("case,rubric,label\n", "its header has no column 'judge'")]
    [InlineData("case,rubric,judge\n", "its header has no column 'label' or 'score'")]
    [InlineData("case,rubric,judge,label,remark\n", "its header has the column 'remark', which is none of case, *")]
    [InlineData("case,rubric,judge,label,label\n", "its header has the column 'label' twice")]
    public void A_header_that_cannot_be_used_is_refused(string csv, string fault) =>
        _store.ImportLabels(csv).Error.Should().Match($"error: labels.csv cannot be imported: {fault}\n  next: *");

    [Fact]
    public void The_same_file_is_imported_once()
    {
        string csv = $"case,rubric,judge,label\n{Id},symptoms,anna,work-overlap\n";
        _store.ImportLabels(csv);

        _store.ImportLabels(csv, "copy.csv").Should()
            .Be((0, "default: copy.csv was imported before; nothing is added\n", ""));
        _store.Layout.LabelFiles().Should().ContainSingle();
    }

    [Fact]
    public void What_is_known_is_not_added_again_and_another_value_is_refused_with_both()
    {
        _store.ImportLabels($"case,rubric,judge,label\n{Id},symptoms,anna,work-overlap\n");

        _store.ImportLabels($"case,rubric,judge,label\n{Id},symptoms,anna,work-overlap\n{Id},symptoms,otto,none\n", "more.csv").Output
            .Should().Be("default: 1 label imported from more.csv; 1 was there already\n");
        _store.ImportLabels($"case,rubric,judge,label\n{Id},symptoms,anna,none\n{Id},symptoms,eva,none\n", "other.csv").Error
            .Should().Match($"*line 2: {Id}, symptoms by anna is 'none' here, and 'work-overlap' in judgements/labels/labels_*.jsonl(2), "
                + "which was imported before*");
        new LabelReader(_store.Layout).Read().Select(stored => stored.Record.Judge).Should().BeEquivalentTo("anna", "otto");
    }

    [Fact]
    public void Labels_of_a_rubric_that_no_judge_was_asked_are_taken_with_a_warning()
    {
        (int code, string output, string error) = _store.ImportLabels($"case,rubric,judge,label\n{Id},mood,anna,calm\n");

        (code, output).Should().Be((0, "default: 1 label imported from labels.csv\n"));
        error.Should().StartWith("warning: no judgement of the rubric 'mood' in the store names its labels");
    }

    [Fact]
    public void Labels_of_a_run_that_was_made_again_are_stale_until_it_is_labelled_again()
    {
        string csv = $"case,rubric,judge,label\n{Id},symptoms,anna,work-overlap\n";
        _store.ImportLabels(csv);
        AnnasReading().State.Should().Be(ReadingState.Labelled);

        _store.Add(ExperimentJudgementsTests.WithMessages(Id, 2) with
        { Attempt = 2, AttemptId = "again", AttemptReason = AttemptReason.Force, MergeOutcome = MergeOutcome.MergeUnion });
        AnnasReading().State.Should().Be(ReadingState.Stale);
        AnnasReading().Reason.Should().Be("It is of attempt 1, and attempt 2 counts now, with another merge.");
        _store.ImportLabels(csv).Error.Should().Contain("labels.csv was imported before, and 1 of its labels are stale");

        _store.ImportLabels($"case,rubric,judge,label\n{Id},symptoms,anna,none\n", "new.csv").Output.Should()
            .Be("default: 1 label imported from new.csv\n");
        AnnasReading().State.Should().Be(ReadingState.None);
        new LabelReader(_store.Layout).Read().Should().HaveCount(2, "the old label stays");
    }

    private Reading AnnasReading() => ExperimentJudgements.Of(_store.Read()).Of(Id)
        .Single(reading => reading.Rubric == "symptoms" && reading.Judge.IsImported);

    [Fact]
    public void A_rubric_that_the_store_does_not_know_is_refused_unless_any_is_asked_for()
    {
        string csv = $"case,rubric,judge,label\n{Id},mood,anna,calm\n";

        _store.ImportLabels(csv, isStrict: true).Error.Should().Contain("line 2: the store knows no rubric 'mood'; it has clarity, "
            + "speech-acts, symptoms. If the name is right, say --any-rubric");
        _store.ImportLabels(csv).ExitCode.Should().Be(0);
        _store.ImportLabels($"case,rubric,judge,label\n{Id},mood,otto,calm\n", "more.csv", isStrict: true).ExitCode.Should().Be(0);
    }

    [Fact]
    public void Labels_and_scores_of_one_rubric_are_refused() =>
        _store.ImportLabels($"case,rubric,judge,label,score\n{Id},mood,anna,calm,\n{Id},mood,otto,,1\n").Error
            .Should().Contain("the rubric 'mood' has labels and scores");

    [Fact]
    public void Nothing_is_added_to_labels_that_cannot_all_be_read()
    {
        _store.ImportLabels($"case,rubric,judge,label\n{Id},symptoms,anna,work-overlap\n");
        StoreBuilder.ChangeLine(_store.Layout.LabelFiles().Single(), 2, line => line.Replace("repetition", "again"));

        _store.ImportLabels($"case,rubric,judge,label\n{Id},symptoms,otto,none\n", "more.csv").Error
            .Should().Contain("The labels that were imported before cannot all be read: judgements/labels/labels_");
    }

    [Fact]
    public void A_file_of_labels_that_was_emptied_is_named_and_imported_again_when_it_is_deleted()
    {
        string csv = $"case,rubric,judge,label\n{Id},symptoms,anna,work-overlap\n";
        _store.ImportLabels(csv);
        string file = _store.Layout.LabelFiles().Single();
        File.WriteAllBytes(file, []);

        _store.ImportLabels(csv).Error.Should().Match("error: The labels that were imported before cannot all be read: judgements/labels/"
            + "labels_*.jsonl: The file is empty: *\n  next: Put the file back from a copy, or delete it and import its table again; *");

        File.Delete(file);
        _store.ImportLabels(csv).Output.Should().Be("default: 1 label imported from labels.csv\n");
    }

    [Fact]
    public void A_file_of_labels_that_lost_lines_does_not_count_as_imported()
    {
        string csv = $"case,rubric,judge,label\n{Id},symptoms,anna,work-overlap\n{Id},symptoms,otto,none\n";
        _store.ImportLabels(csv);
        string file = _store.Layout.LabelFiles().Single();
        File.WriteAllLines(file, File.ReadAllLines(file)[..2]);

        _store.ImportLabels(csv).Error.Should().Match("error: labels.csv was imported before, and 1 of its labels are no longer in the "
            + "store: judgements/labels/labels_*.jsonl has lost lines.\n  next: Put that file back from a copy, or delete it *");
    }

    [Fact]
    public void An_experiment_and_a_file_that_are_not_there_are_named()
    {
        _store.Call("labels", "import", "labels.csv", "none").Error.Should().Contain("holds no experiment 'none'");
        _store.Call("labels", "import", "none.csv", "default").Error.Should().Contain("There is no file none.csv.");
    }
}
