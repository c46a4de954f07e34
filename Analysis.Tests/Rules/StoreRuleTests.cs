using FluentAssertions;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Rules;

public sealed class StoreRuleTests
{
    private static readonly CaseId Id = Sample.Case(Setting.Solo);

    [Fact]
    public void Attempts_in_a_row_are_sound_whatever_became_of_them()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Infra(Id, 1)).Add(Sample.Interrupted(Id, 2)).Add(Sample.Run(Id, attempt: 3));

        Check<AttemptRule>(store).Findings.Should().BeEmpty();
    }

    [Fact]
    public void A_gap_between_attempts_is_found()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Infra(Id, 1)).Add(Sample.Run(Id, attempt: 4));

        Texts<AttemptRule>(store).Should().Equal(
            $"{Id}: neither a record nor a folder of attempt 2, though there is attempt 4",
            $"{Id}: neither a record nor a folder of attempt 3, though there is attempt 4");
    }

    [Fact]
    public void An_attempt_that_was_killed_and_left_only_its_folder_is_no_gap()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Id, attempt: 2));
        Directory.CreateDirectory(store.Layout.AttemptFolder(Id, 1));

        Check<AttemptRule>(store).Findings.Should().BeEmpty();
    }

    [Theory]
    [InlineData(null, null, 0, "1 messages in 1 of 1 coop-comm records that count")]
    [InlineData(1, 2, 0, "1 messages in 1 of 1 coop-comm records that count")]
    [InlineData(0, 3, 0, "1 messages in 1 of 1 coop-comm records that count; 1 of 2 agents never asked to send or to read one")]
    [InlineData(0, 0, 1, "1 messages in 1 of 1 coop-comm records that count; 2 of 2 agents never asked to send or to read one")]
    public void That_no_agent_ever_asked_for_messages_is_warned_of(int? first, int? second, int warnings, string note)
    {
        RunRecord record = Sample.Run(Sample.Case(Setting.CoopComm));
        using StoreBuilder store = new StoreBuilder().Add(record with
        {
            Agents = [.. record.Agents.Select((agent, i) => agent with { MessageCalls = i == 0 ? first : second })],
        });

        RuleOutcome outcome = Check<MessageRule>(store);

        outcome.Note.Should().Be(note);
        outcome.Findings.Count(finding => finding.Severity == Severity.Warning
            && finding.What.StartsWith("none of the 2 agents ever asked", StringComparison.Ordinal)).Should().Be(warnings);
        outcome.Findings.Should().HaveCount(warnings);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(0, false)]
    [InlineData(4, true)]
    public void Where_nobody_counted_steps_an_unknown_cost_is_unknown_and_where_there_were_none_it_is_none(int? steps, bool isUnknown)
    {
        RunRecord record = Sample.Run(Id) with { TotalCost = null, TotalSteps = steps };

        var spending = Spending.Of([record], unknownUsd: 3);

        spending.Should().Be(new Spending(isUnknown ? 3 : 0, 0, isUnknown ? 1 : 0) { AssumedUsd = isUnknown ? 3 : 0 });
    }

    [Fact]
    public void Two_records_of_one_attempt_and_revision_are_found()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Id)).Add(Sample.Run(Id, passed: false));

        Texts<CountingRule>(store).Should()
            .Equal($"{Id}: attempt 1 has 2 records of revision 1; which one counts? [runs/solo_seed0.jsonl(2), runs/solo_seed0.jsonl(3)]");
    }

    [Fact]
    public void A_new_revision_of_an_attempt_is_sound()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Id)).Add(Sample.Run(Id) with { Revision = 2 });

        Check<CountingRule>(store).Findings.Should().BeEmpty();
    }

    [Fact]
    public void Attempts_that_share_an_id_or_change_theirs_are_found()
    {
        using var store = new StoreBuilder();
        CaseId other = Sample.Case(Setting.Solo, task: 2);
        store.Add(Sample.Run(Id) with { AttemptId = "a" });
        store.Add(Sample.Run(other) with { AttemptId = "a" });
        store.Add(Sample.Run(other) with { AttemptId = "b", Revision = 2 });

        Texts<AttemptRule>(store).Should().Equal(
            $"{other}: attempt id a is also that of attempt 1 of {Id} [runs/solo_seed0.jsonl(3)]",
            $"{other}: attempt 1 goes by several attempt ids");
    }

    [Fact]
    public void Cases_outside_the_plan_and_cases_planned_twice_are_found()
    {
        using var store = new StoreBuilder();
        store.Plan(Id, Id).Add(Sample.Run(Id));
        store.Add(Sample.Run(Sample.Case(Setting.Solo, task: 7)), isPlanned: false);

        Texts<CellRule>(store).Should()
            .Equal($"{Id}: the plan names it twice", $"{Sample.Case(Setting.Solo, task: 7)}: not in the plan [runs/solo_seed0.jsonl(3)]");
    }

    [Theory]
    [InlineData("missing", "solo.patch is missing")]
    [InlineData("short", "solo.patch has 3 bytes, not 5")]
    public void Artifacts_of_the_record_that_counts_are_there_with_their_size(string damage, string finding)
    {
        using StoreBuilder store = new StoreBuilder().Add(Sample.Run(Id));
        string artifact = store.Artifact(Id, "solo.patch");
        if (damage == "missing")
            File.Delete(artifact);
        else
            File.WriteAllText(artifact, "cut");

        Texts<ArtifactRule>(store).Should().Equal($"{Id}: {finding} [runs/solo_seed0.jsonl(2)]");
    }

    [Fact]
    public void What_was_lost_and_made_again_in_a_later_attempt_is_a_warning()
    {
        using StoreBuilder store = new StoreBuilder().Add(Sample.Run(Id))
            .Add(Sample.Run(Id, attempt: 2) with { AttemptKind = AttemptKind.Regrade });
        File.Delete(store.Artifact(Id, "eval.json"));

        RuleOutcome outcome = Check<ArtifactRule>(store);
        outcome.Passed.Should().BeTrue();
        outcome.Findings.Select(f => f.ToString()).Should()
            .Equal($"{Id}: made again in attempt 2: eval.json is missing [runs/solo_seed0.jsonl(2)]");

        File.Delete(store.Artifact(Id, "eval.json", attempt: 2));
        Check<ArtifactRule>(store).Passed.Should().BeFalse();
    }

    [Theory]
    [InlineData("../../secret")]
    [InlineData("/etc/passwd")]
    [InlineData("..\\\\secret")]
    [InlineData("a/./b")]
    [InlineData("")]
    [InlineData("null\\u0000")]
    public void A_record_with_an_artifact_outside_its_folder_is_not_read(string path)
    {
        using StoreBuilder store = new StoreBuilder().Add(Sample.Run(Id));
        StoreBuilder.ChangeLine(store.RunFile(Setting.Solo), 2, line =>
            line.Replace("\"path\":\"solo.patch\"", $"\"path\":\"{path}\"", StringComparison.Ordinal));

        Texts<SchemaRule>(store).Should().Contain(text => text.Contains("leads out of its folder, or can name no file"));
    }

    [Fact]
    public void Artifacts_of_other_attempts_are_not_asked_for()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Infra(Id, 1)).Add(Sample.Run(Id, attempt: 2));
        File.Delete(store.Artifact(Id, "solo.patch"));

        Check<ArtifactRule>(store).Findings.Should().BeEmpty();
    }

    [Fact]
    public void Re_rolls_are_counted_and_are_warnings()
    {
        using var store = new StoreBuilder();
        CaseId other = Sample.Case(Setting.Solo, task: 2);
        store.Add(Sample.Run(Id, passed: false)).Add(Sample.Run(Id, attempt: 2) with { AttemptReason = AttemptReason.Force });
        store.Add(Sample.Infra(other)).Add(Sample.Run(other, attempt: 2) with { AttemptReason = AttemptReason.Status });

        RuleOutcome outcome = Check<CountingRule>(store);

        outcome.Passed.Should().BeTrue();
        outcome.Note.Should().Be(
            "2 of 2 cases with records have one; 2 re-rolls (1 force, 1 status), 1 of them in place of an earlier record that counted");
        outcome.Findings.Should().OnlyContain(f => f.Severity == Severity.Warning).And.HaveCount(2);
        outcome.Findings[0].ToString().Should().Be($"{Id}: attempt 2 was asked for (force) [runs/solo_seed0.jsonl(3)]");
    }

    [Fact]
    public void A_case_without_a_record_that_counts_is_a_warning()
    {
        using StoreBuilder store = new StoreBuilder().Add(Sample.Infra(Id)).Add(Sample.Infra(Id, attempt: 2));

        RuleOutcome outcome = Check<CountingRule>(store);

        outcome.Passed.Should().BeTrue();
        outcome.Findings.Should().ContainSingle().Which.ToString().Should()
            .Be($"{Id}: missing data: none of its 2 records counts [runs/solo_seed0.jsonl(3)]");
    }

    private static RuleOutcome Check<TRule>(StoreBuilder store)
        where TRule : IRule, new() => new TRule().Check(store.Read());

    private static IEnumerable<string> Texts<TRule>(StoreBuilder store)
        where TRule : IRule, new() => Check<TRule>(store).Findings.Select(finding => finding.ToString());
}
