using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class LabelFilesTests : IDisposable
{
    private static readonly string s_digest = new('a', 64);
    private static readonly LabelRecord s_label = new()
    {
        SchemaVersion = 1,
        Experiment = "default",
        CaseId = Sample.Case(Setting.CoopComm),
        Rubric = "symptoms",
        Judge = "anna",
        Repetition = 1,
        Message = null,
        Label = "work-overlap",
        Score = null,
    };

    private readonly TempFolder _folder = new();
    private readonly StoreLayout _layout;

    public LabelFilesTests() => _layout = new StoreLayout(_folder.Path, "default");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_source_has_one_file()
    {
        Write(s_digest, s_label).Should().BeTrue();
        Write(s_digest, s_label with { Judge = "otto" }).Should().BeFalse();

        Read(out _).Should().Equal(s_label);
        _layout.JudgementFiles().Should().BeEmpty("they are no judgements");
    }

    [Fact]
    public void A_label_from_before_attempts_were_recorded_is_read()
    {
        Write(s_digest, s_label);
        StoreBuilder.ChangeLine(_layout.LabelFiles().Single(), 2,
            line => line.Replace("\"judged_attempt\":null,\"judged_revision\":null,", "", StringComparison.Ordinal));

        Read(out IReadOnlyList<StoreFault> faults).Should().Equal(s_label);
        faults.Should().BeEmpty();
    }

    [Fact]
    public void Of_two_that_contradict_each_other_the_first_counts_and_both_are_named()
    {
        Write(s_digest, s_label);
        Write(new string('b', 64), s_label, s_label with { Judge = "otto" });
        Write(new string('c', 64), s_label with { Label = "none" });

        Read(out IReadOnlyList<StoreFault> faults).Should().Equal(s_label, s_label with { Judge = "otto" });
        faults.Should().ContainSingle().Which.ToString().Should().Be(
            "judgements/labels/labels_cccccccccccccccc.jsonl(2): coop-comm/click_task/1/f1_f2/seed0, symptoms by anna is 'none' here, and "
            + "'work-overlap' in judgements/labels/labels_aaaaaaaaaaaaaaaa.jsonl(2), which counts.");
    }

    [Theory]
    [InlineData(1, "\"kind\":\"labels\"", "\"kind\":\"runs\"", "The file holds 'runs', not 'labels'.")]
    [InlineData(1, "\"schema_version\":1", "\"schema_version\":2", "Schema version 2 is not known; *")]
    [InlineData(1, "\"experiment\":\"default\"", "\"experiment\":\"other\"", "The labels are of experiment 'other'.")]
    [InlineData(2, "\"experiment\":\"default\"", "\"experiment\":\"other\"", "The label is of experiment 'other'.")]
    [InlineData(2, "\"judge\":\"anna\"", "\"judge\":\"builtin:anna\"", "The judge 'builtin:anna' has a name of a built-in judge; *")]
    [InlineData(2, "\"judge\":\"anna\"", "\"judge\":\"\"", "It names no judge.")]
    [InlineData(2, "\"repetition\":1", "\"repetition\":0", "Repetitions and messages are counted from 1.")]
    [InlineData(2, "\"judged_attempt\":null", "\"judged_attempt\":1", "Attempt and revision are counted from 1, and stand together.")]
    [InlineData(2, "\"score\":null", "\"score\":1", "It has a label or a score, and never both.")]
    [InlineData(2, "\"label\":\"work-overlap\"", "\"label\":null", "It has a label or a score, and never both.")]
    [InlineData(2, "\"rubric\":\"symptoms\"", "\"rubric\":\"../x\"", "'../x' cannot name a rubric: *")]
    public void A_fault_is_named_with_its_line(int line, string part, string by, string fault)
    {
        Write(s_digest, s_label);
        StoreBuilder.ChangeLine(_layout.LabelFiles().Single(), line, text => text.Replace(part, by, StringComparison.Ordinal));

        Read(out IReadOnlyList<StoreFault> faults).Should().BeEmpty();
        faults[0].ToString().Should().Match($"judgements/labels/labels_aaaaaaaaaaaaaaaa.jsonl({line}): {fault}");
    }

    [Theory]
    [InlineData(0, "judgements/labels/*.jsonl: The file is empty: *")]
    [InlineData(40, "judgements/labels/*.jsonl(1): The file ends within this line: it was cut after it had been written.")]
    [InlineData(-9, "judgements/labels/*.jsonl(2): The file ends within this line: it was cut after it had been written.")]
    public void A_file_that_is_not_whole_was_cut_later_since_it_is_written_at_once(int bytes, string fault)
    {
        Write(s_digest, s_label);
        string file = _layout.LabelFiles().Single();
        byte[] content = File.ReadAllBytes(file);
        File.WriteAllBytes(file, content[..(bytes < 0 ? content.Length + bytes : bytes)]);

        Read(out IReadOnlyList<StoreFault> faults).Should().BeEmpty();
        StoreFault found = faults.Should().ContainSingle().Which;
        found.ToString().Should().Match(fault);
        found.IsTornEnd.Should().BeFalse();
    }

    private bool Write(string digest, params LabelRecord[] labels) => LabelFileWriter.TryWrite(_layout,
        new LabelFileHeader(1, LabelFileHeader.LabelsKind, "default", "labels.csv", digest, FixedClock.Time, "0.1.0+test"), labels);

    private LabelRecord[] Read(out IReadOnlyList<StoreFault> faults)
    {
        var reader = new LabelReader(_layout);
        LabelRecord[] labels = [.. reader.Read().Select(stored => stored.Record)];
        faults = reader.Faults;
        return labels;
    }
}
