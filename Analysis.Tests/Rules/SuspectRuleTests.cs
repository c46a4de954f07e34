using FluentAssertions;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Rules.Deep;
using Tandem.Analysis.Tests.Reporting;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Rules;

/// <summary>Marks of passing verdicts: in the rule, in the report, and in the record.</summary>
public sealed class SuspectRuleTests
{
    private static readonly SuspectMark s_exit = new("python_exit")
    {
        File = "lib/<b>.py",
        Line = 12,
        Excerpt = "os._exit(0) # </code><script>",
    };

    private static readonly SuspectMark s_counts = new(SuspectMark.CountsRule) { FeatureId = 1, Got = 1, Gold = 12 };

    [Fact]
    public void A_marked_pass_is_warned_of_and_breaks_nothing()
    {
        using StoreBuilder store = new StoreBuilder()
            .Add(Passing(task: 1, [s_exit, s_exit, s_counts])).Add(Passing(task: 2, [])).Add(Passing(task: 3, null))
            .Add(Sample.Run(Sample.Case(Setting.Solo, task: 4), passed: false) with { Suspect = [s_exit] });

        RuleOutcome outcome = new SuspectRule().Check(store.Read());

        outcome.Passed.Should().BeTrue();
        outcome.Note.Should().Be("1 of 2 passing verdicts are marked; 1 were not looked at (older or imported records)");
        Finding finding = outcome.Findings.Should().ContainSingle().Subject;
        finding.Severity.Should().Be(Severity.Warning);
        finding.ToString().Should().StartWith("solo/click_task/1/f1_f2/seed0: passed, and is marked: python_exit (2), test_counts [");
    }

    [Fact]
    public void The_report_counts_them_by_setting_and_leads_to_their_pages()
    {
        using StoreBuilder store = StoreBuilder.Sound();
        store.Add(Passing(task: 1, [s_exit, s_counts], seed: 7)).Add(Passing(task: 1, [], seed: 8));
        ReportTests.Run(store).ExitCode.Should().Be(0);

        string page = ReportTests.Read(store, "index.html");
        page.Should().Contain("id=marked").And.Contain("Passing verdicts with marks")
            .And.Contain("<a href=\"runs/solo/click_task/1/f1_f2/seed7.html\">solo/click_task/1/f1_f2/seed7</a>: python_exit, test_counts");
        page.Should().MatchRegex("<td>solo<td class=n>[0-9]+<td class=n>2<td class=n>1");
        ReportTests.Read(store, "report.md").Should().MatchRegex(@"\| solo \| [0-9]+ \| 2 \| 1 \|");
        string run = ReportTests.Read(store, "runs/solo/click_task/1/f1_f2/seed7.html");
        run.Should().Contain("lib/&lt;b&gt;.py, line 12").And.Contain("os._exit(0) # &lt;/code&gt;&lt;script&gt;")
            .And.Contain("feature 1: 1 passed, with the reference patch 12").And.Contain("marked: python_exit, test_counts");
    }

    [Fact]
    public void Where_nobody_looked_the_report_says_nothing()
    {
        using StoreBuilder store = StoreBuilder.Sound();
        ReportTests.Run(store).ExitCode.Should().Be(0);

        ReportTests.Read(store, "index.html").Should().NotContain("id=marked");
    }

    [Fact]
    public void A_record_keeps_its_marks_and_an_older_one_has_none()
    {
        RunRecord record = Passing(task: 1, [s_exit, s_counts]);

        RunRecord again = StoreJson.Read<RunRecord>(StoreJson.ToLine(record));

        again.Suspect.Should().Equal(s_exit, s_counts);
        StoreJson.Read<RunRecord>(StoreJson.ToLine(record with { Suspect = [] })).Suspect.Should().NotBeNull().And.BeEmpty();
        System.Text.Encoding.UTF8.GetString(StoreJson.ToLine(record with { Suspect = null })).Should().NotContain("suspect");
        StoreJson.Read<RunRecord>(StoreJson.ToLine(record with { Suspect = null })).Suspect.Should().BeNull();
        System.Text.Encoding.UTF8.GetString(StoreJson.ToLine(record)).Should()
            .Contain("""{"rule":"test_counts","feature_id":1,"got":1,"gold":12}""");
    }

    [Fact]
    public void Marks_that_were_taken_out_of_the_record_are_missed()
    {
        using var store = new StoreBuilder();
        RunRecord record = Passing(task: 1, []);
        store.Add(record, change: files => files[StoreLayout.EvaluationFile] = StoreJson.ToFile(
            StoreJson.Read<EvaluationReport>(files[StoreLayout.EvaluationFile]) with { Suspect = [s_exit] }));

        new ReportFilesRule().Check(store.Read()).Findings.Should()
            .Contain(finding => finding.What.Contains("eval.json and the record have different suspect", StringComparison.Ordinal));
    }

    private static RunRecord Passing(int task, IReadOnlyList<SuspectMark>? marks, int seed = 0) =>
        Sample.Run(Sample.Case(Setting.Solo, task, seed)) with { Suspect = marks };
}
