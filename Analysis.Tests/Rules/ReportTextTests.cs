using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Analysis.Validating;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Analysis.Tests.Rules;

public sealed class ReportTextTests
{
    [Fact]
    public void A_report_has_a_line_per_rule_with_the_cases_at_fault_and_what_to_do()
    {
        using var store = StoreBuilder.Sound();
        store.Add(Sample.Limited(Sample.Case(Setting.CoopComm, seed: 1)) with { BothPassed = true });
        store.Add(Sample.Run(Sample.Case(Setting.Solo, task: 2), attempt: 2) with { AttemptReason = AttemptReason.Force });
        File.AppendAllText(store.RunFile(Setting.CoopNocomm), "{\"schema_ver");

        Print(store.Validate(), isVerbose: false).Should().Be(
            """
            default
                 SIMULATION, not real agents (all 11 records): how well these agents work is drawn by chance, no model was asked; merges and tests are real
            PASS SCHEMA-01 Every record has all its fields, and no line is damaged: 12 records in 6 files
                 warning: runs/coop-nocomm_seed0.jsonl(4): The last line is torn: a crash cut it while it was written.
            PASS DATA-01 Every setting of the plan has records that count: 11 of 11 cases count (solo 6 of 6, coop-comm 3 of 3, coop-nocomm 2 of 2)
            FAIL DATA-02 Infrastructure errors have no verdict, and verdicts follow from the tests and the limits: 1 finding; 0 infrastructure errors, 0 interrupted, 1 over a limit
                 coop-comm/click_task/1/f1_f2/seed1: a limit was exceeded, yet both_passed is true [runs/coop-comm_seed1.jsonl(2)]
                 To do: A record like this would falsify a rate. Find out which version of the harness wrote it (provenance.harness), correct that, and run the case again with --force.
            PASS DATA-03 The merge outcome is independent of the tests, and its fields agree: outcome and verdict of the records that count:
                   setting     outcome         passed  failed
                   solo        merge_clean          4       2
                   coop-comm   merge_clean          2       1
                   coop-nocomm merge_clean          1       1
            PASS FIG4-01 Every record has a difficulty once collected: 2 of 2 pairs have one
            PASS FIG4-02 Buckets are 0 to 9 and follow from the solo verdicts: 2 of 10 buckets are populated
                   bucket       0     1     2     3     4     5     6     7     8     9
                   records      5     0     0     0     0     0     6     0     0     0
                   pairs        1     0     0     0     0     0     1     0     0     0
            PASS STORE-01 No case of the plan is missing or planned twice, and none is there unplanned: 11 of 11 cases are there
            PASS STORE-02 results.json is what collect would write now: not applicable, nothing was collected yet
            PASS STORE-03 Attempts are numbered from 1 without gaps, each with an id of its own: 12 attempts at 11 cases
            PASS STORE-04 One record counts per case: 11 of 11 cases with records have one; 1 re-rolls (1 force, 0 status), 1 of them in place of an earlier record that counted
                 warning: solo/click_task/2/f1_f2/seed0: attempt 2 was asked for (force) [runs/solo_seed0.jsonl(4)]
            PASS STORE-05 The files that a counting record names are there, with their sizes: 52 files of 11 records
            PASS STORE-06 Only coop-comm has messages, and they are counted right: 3 messages in 3 of 3 coop-comm records that count
            PASS STORE-07 Messages are sent, delivered and read in this order: 3 records with messages
            PASS STORE-15 The records that count of one task rest on one image: 0 of 0 tasks with a known image have one
            PASS STORE-16 Passing verdicts have no marks: 0 of 0 passing verdicts are marked; 7 were not looked at (older or imported records)
            PASS STORE-13 Judgements and imported labels can be read, are of the plan's cases, and stand once: no judgements
            default: 15 of 16 rules pass; 5 more with --deep

            """);
    }

    [Theory]
    [InlineData(false, 11, "and 2 more; --verbose lists all")]
    [InlineData(true, 12, "click_task/12/")]
    public void Only_verbose_lists_more_than_ten_findings(bool isVerbose, int lines, string last)
    {
        using StoreBuilder store = new StoreBuilder().Plan(Enumerable.Range(1, 12).Select(task => Sample.Case(Setting.Solo, task)));
        store.Add(Sample.Run(Sample.Case(Setting.Solo, task: 13)));
        using var text = new StringWriter { NewLine = "\n" };

        ReportText.Write(text, store.Validate()["STORE-01"], isVerbose);

        string[] findings = [.. text.ToString().Split('\n').Where(line => line.StartsWith("     ", StringComparison.Ordinal)
            && !line.Contains("To do:", StringComparison.Ordinal))];
        findings.Should().HaveCount(lines);
        findings[^1].Should().Contain(last);
    }

    private static string Print(ValidationReport report, bool isVerbose)
    {
        using var text = new StringWriter { NewLine = "\n" };
        ReportText.Write(text, report, isVerbose);
        return text.ToString();
    }
}
