using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class JudgementFilesTests : IDisposable
{
    private static readonly CaseId Case = Sample.Case(Setting.CoopComm);
    private readonly TempFolder _folder = new();
    private readonly StoreLayout _layout;

    public JudgementFilesTests() => _layout = new StoreLayout(_folder.Path, "default");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_rubric_judge_and_repetition_has_a_file_of_its_own()
    {
        Write(SampleJudgement.Of(Case), SampleJudgement.Of(Sample.Case(Setting.CoopComm, task: 2)),
            SampleJudgement.Of(Case, repetition: 2));

        string[] names = [.. _layout.JudgementFiles().Select(path => Path.GetFileName(path))];
        names.Should().HaveCount(2);
        names[0].Should().MatchRegex(@"^symptoms_gpt-4o_rep1_20260501T100000Z_.+\.jsonl$");
        names[1].Should().StartWith("symptoms_gpt-4o_rep2_");
        string[] lines = File.ReadAllLines(_layout.JudgementFiles()[0]);
        lines.Should().HaveCount(3);
        lines[0].Should().Contain("\"kind\":\"judgements\"");
    }

    [Fact]
    public void What_is_written_is_read()
    {
        Write(SampleJudgement.Infra(Case), SampleJudgement.Of(Case, attempt: 2));
        var reader = new JudgementReader(_layout);

        IReadOnlyList<JudgementRecord> records = reader.ReadById()[new JudgementId("symptoms", "gpt-4o", 1, Case)];

        records.Select(record => record.Attempt).Should().Equal(1, 2);
        reader.Faults.Should().BeEmpty();
    }

    [Fact]
    public void An_experiment_without_judgements_has_none() => new JudgementReader(_layout).Read().Should().BeEmpty();

    [Fact]
    public void A_torn_end_loses_nothing_before_it()
    {
        Write(SampleJudgement.Of(Case), SampleJudgement.Of(Sample.Case(Setting.CoopComm, task: 2)));
        string file = _layout.JudgementFiles().Single();
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^20]);
        var reader = new JudgementReader(_layout);

        reader.Read().Should().ContainSingle();
        reader.Faults.Should().ContainSingle().Which.IsTornEnd.Should().BeTrue();
    }

    [Theory]
    [InlineData(2, "\"voided_labels\":0", "\"voided_labels\":1", "*voided labels*")]
    [InlineData(2, "\"experiment\":\"default\"", "\"experiment\":\"other\"", "*does not belong into this file*")]
    [InlineData(2, "\"status\":\"labelled\"", "\"status\":\"good\"", "*'good' is none of labelled, none, voided, failed*")]
    [InlineData(1, "\"kind\":\"judgements\"", "\"kind\":\"runs\"", "*The file holds 'runs'*")]
    [InlineData(1, "\"schema_version\":1", "\"schema_version\":2", "*Schema version 2 is not known*")]
    public void A_fault_is_named_with_its_line(int line, string part, string by, string fault)
    {
        Write(SampleJudgement.Of(Case));
        string file = _layout.JudgementFiles().Single();
        StoreBuilder.ChangeLine(file, line, text => text.Replace(part, by, StringComparison.Ordinal));
        var reader = new JudgementReader(_layout);

        reader.Read().Should().BeEmpty();
        reader.Faults[0].ToString().Should().Match($"judgements/{Path.GetFileName(file)}({line}): {fault}");
    }

    [Theory]
    [InlineData(0, "judgements/*.jsonl: The file is empty: its metadata line is lost, and with it every record that it held.")]
    [InlineData(40, "judgements/*.jsonl(1): The metadata line is cut, and no record stands below it.")]
    public void A_file_without_its_first_line_is_a_fault_and_no_torn_end(int bytes, string fault)
    {
        Write(SampleJudgement.Of(Case));
        string file = _layout.JudgementFiles().Single();
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..bytes]);
        var reader = new JudgementReader(_layout);

        reader.Read().Should().BeEmpty();
        StoreFault found = reader.Faults.Should().ContainSingle().Which;
        found.ToString().Should().Match(fault);
        found.IsTornEnd.Should().BeFalse();
    }

    private void Write(params JudgementRecord[] records)
    {
        using var writer = new JudgementFileWriter(_layout, "run-1", "0.1.0+test", new FixedClock());
        foreach (JudgementRecord record in records)
            writer.Append(record);
    }
}
