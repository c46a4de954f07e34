using FluentAssertions;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Rules;

/// <summary>What the image's id has to do with what counts.</summary>
public sealed class ImageRuleTests
{
    private const string Old = "sha256:0123456789abcdef01";
    private const string New = "sha256:fedcba98765432100";

    private static readonly CaseId s_solo = Sample.Case(Setting.Solo);
    private static readonly CaseId s_comm = Sample.Case(Setting.CoopComm);

    [Fact]
    public void One_image_of_each_task_is_sound_and_an_unknown_one_says_nothing()
    {
        using StoreBuilder store = new StoreBuilder().Add(Run(s_solo, Old)).Add(Run(s_comm, Old)).Add(Run(Seed(1), null))
            .Add(Run(Sample.Case(Setting.Solo, task: 2), New)).Add(Run(Sample.Case(Setting.Solo, task: 3), null));

        RuleOutcome outcome = new ImageRule().Check(store.Read());

        outcome.Findings.Should().BeEmpty();
        outcome.Note.Should().Be("2 of 2 tasks with a known image have one");
    }

    [Fact]
    public void Two_images_of_a_task_are_warned_of_with_what_ran_on_which()
    {
        using StoreBuilder store = new StoreBuilder().Add(Run(s_solo, Old)).Add(Run(s_comm, Old)).Add(Run(Seed(1), New, day: 2));

        RuleOutcome outcome = new ImageRule().Check(store.Read());

        outcome.Passed.Should().BeTrue();
        outcome.Findings.Should().ContainSingle().Which.ToString().Should().Be("click_task/1: its 3 records that count rest on 2 images: "
            + "0123456789ab (2: solo, coop-comm; 2026-05-01 10:00 to 2026-05-01 10:00), "
            + "fedcba987654 (1: solo; 2026-05-03 10:00 to 2026-05-03 10:00)");
    }

    [Fact]
    public void Two_images_of_a_task_on_two_hosts_are_an_error()
    {
        using StoreBuilder store = new StoreBuilder().Add(On("one", Run(s_solo, Old))).Add(On("two", Run(s_comm, Old)))
            .Add(On("two", Run(Seed(1), New)));

        RuleOutcome outcome = new ImageRule().Check(store.Read());

        outcome.Passed.Should().BeFalse();
        outcome.Findings.Should().ContainSingle().Which.What.Should().StartWith("its 3 records that count rest on 2 images: ").And
            .EndWith("; they ran on 2 hosts");
        new ImageRule().Remedy.Should().Contain("./run.sh images push").And.Contain("./run.sh images import DIR");
    }

    [Fact]
    public void That_images_part_the_settings_is_said()
    {
        using StoreBuilder store = new StoreBuilder().Add(Run(s_solo, Old)).Add(Run(Seed(1), Old)).Add(Run(s_comm, New));

        RuleOutcome outcome = new ImageRule().Check(store.Read());

        outcome.Passed.Should().BeTrue("agents were paid, and a warning is enough to act on");
        outcome.Findings.Should().ContainSingle().Which.What.Should()
            .EndWith(". Each setting ran on one of them alone: what differs may be the image");
    }

    [Fact]
    public void A_changed_task_is_no_repaired_image()
    {
        RunRecord regraded = Run(s_solo, New, attempt: 2) with { AttemptReason = AttemptReason.Regrade };
        using StoreBuilder store = new StoreBuilder().Add(Run(s_solo, Old))
            .Add(regraded with { Provenance = regraded.Provenance with { TaskDigest = "other" } });

        new CountingRule().Check(store.Read()).Findings.Should().ContainSingle();
    }

    [Fact]
    public void Only_what_counts_is_looked_at()
    {
        using StoreBuilder store = new StoreBuilder().Add(Run(s_solo, Old)).Add(Run(s_comm, New))
            .Add(Run(s_solo, New, attempt: 2) with { AttemptReason = AttemptReason.Status });

        new ImageRule().Check(store.Read()).Findings.Should().BeEmpty();
    }

    [Theory]
    [InlineData(Old, AttemptReason.Status, 1, 1)]
    [InlineData(Old, AttemptReason.Regrade, 1, 1)]
    [InlineData(New, AttemptReason.Status, 0, 0)]
    [InlineData(New, AttemptReason.Force, 0, 0)]
    [InlineData(New, AttemptReason.Regrade, 0, 0)]
    [InlineData(null, AttemptReason.Status, 1, 1)]
    public void What_was_asked_for_on_a_repaired_image_is_no_re_roll(string? image, AttemptReason reason, int reRolls, int instead)
    {
        using StoreBuilder store = new StoreBuilder().Add(Run(s_solo, Old))
            .Add(Run(s_solo, image, attempt: 2) with { AttemptReason = reason });

        RuleOutcome outcome = new CountingRule().Check(store.Read());

        outcome.Findings.Should().HaveCount(reRolls);
        outcome.Note.Should().Contain($"; {reRolls} re-rolls (").And.Contain($", {instead} of them in place of an earlier record");
        outcome.Note.Contains("; 1 more attempts were asked for on another image", StringComparison.Ordinal).Should().Be(reRolls == 0);
    }

    [Fact]
    public void A_second_try_on_the_repaired_image_is_a_re_roll()
    {
        using StoreBuilder store = new StoreBuilder().Add(Run(s_solo, Old))
            .Add(Run(s_solo, New, attempt: 2) with { AttemptReason = AttemptReason.Status })
            .Add(Run(s_solo, New, attempt: 3) with { AttemptReason = AttemptReason.Status });

        new CountingRule().Check(store.Read()).Findings.Should().ContainSingle().Which.What.Should().StartWith("attempt 3 was asked for");
    }

    [Fact]
    public void Cases_of_an_older_image_are_found_by_the_latest_record_of_their_task_or_by_what_is_there_now()
    {
        CaseHistory[] cases = [History(Run(s_solo, Old)), History(Run(s_comm, Old)), History(Run(Seed(1), New, day: 2)),
            History(Run(Seed(2), null, day: 5)), History(Run(Sample.Case(Setting.Solo, task: 2), Old))];

        OlderImages.Of(cases).Should().BeEquivalentTo([s_solo, s_comm]);
        OlderImages.Of(cases, new Dictionary<string, string> { ["click_task/1"] = Old }).Should().BeEquivalentTo([Seed(1)]);
        OlderImages.Of(cases, new Dictionary<string, string> { ["click_task/1"] = "sha256:third", ["click_task/2"] = New }).Should()
            .BeEquivalentTo([s_solo, s_comm, Seed(1), Sample.Case(Setting.Solo, task: 2)]);
    }

    [Fact]
    public void An_attempt_that_met_an_infrastructure_error_shows_the_newer_image_too()
    {
        CaseHistory[] cases = [History(Run(s_solo, Old)), History(Sample.OnImage(Sample.Infra(s_comm), New) with
        { StartedAt = FixedClock.Time.AddDays(1) })];

        OlderImages.Of(cases).Should().BeEquivalentTo([s_solo]);
    }

    private static CaseId Seed(int seed) => Sample.Case(Setting.Solo, seed: seed);

    private static RunRecord Run(CaseId id, string? image, int attempt = 1, int day = 0) =>
        Sample.OnImage(Sample.Run(id, attempt: attempt), image) with { StartedAt = FixedClock.Time.AddDays(day) };

    private static RunRecord On(string host, RunRecord record) =>
        record with { Provenance = record.Provenance with { Host = host } };

    private static CaseHistory History(RunRecord record)
    {
        var history = new CaseHistory(record.CaseId);
        history.Add(record);
        return history;
    }
}
