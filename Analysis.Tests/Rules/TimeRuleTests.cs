using FluentAssertions;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Rules;

public sealed class TimeRuleTests
{
    private static readonly CaseId Id = Sample.Case(Setting.CoopComm);

    [Theory]
    [InlineData(5.0, 2.0, null,
        "message 1 was delivered 3 s before it was sent (2026-05-01T10:00:02.0000000+00:00, 2026-05-01T10:00:05.0000000+00:00)")]
    [InlineData(1.0, 4.0, 2.5,
        "message 1 was read 1.5 s before it was delivered (2026-05-01T10:00:02.5000000+00:00, 2026-05-01T10:00:04.0000000+00:00)")]
    [InlineData(1.0, null, 2.0, "message 1 was read, but never delivered")]
    public void Times_out_of_order_are_found(double sent, double? delivered, double? read, string finding)
    {
        using StoreBuilder store = new StoreBuilder().Add(Sample.Run(Id) with { Messages = [Message(sent, delivered, read)] });

        Check(store).Findings.Select(f => f.ToString()).Should().Equal($"{Id}: {finding} [runs/coop-comm_seed0.jsonl(2)]");
    }

    [Fact]
    public void Messages_stand_in_the_order_of_their_sending()
    {
        using StoreBuilder store = new StoreBuilder()
            .Add(Sample.Run(Id) with { Messages = [Message(3, 4), Message(1, 4)], MessagesCount = 2 });

        Check(store).Findings.Should().ContainSingle().Which.What.Should().StartWith("message 2 was sent 2 s before the one before it");
    }

    [Theory]
    [InlineData(1.0, 1.0, 1.0)]
    [InlineData(1.0, null, null)]
    public void Times_in_order_equal_or_missing_are_sound(double sent, double? delivered, double? read)
    {
        using StoreBuilder store = new StoreBuilder().Add(Sample.Run(Id) with { Messages = [Message(sent, delivered, read)] });

        Check(store).Findings.Should().BeEmpty();
    }

    [Theory]
    [InlineData(0.0, true)]
    [InlineData(2.9, false)]
    [InlineData(8.0, true)]
    public void Where_the_journal_shows_that_the_clock_was_set_back_the_record_is_excused(double received, bool isError)
    {
        using var store = new StoreBuilder();
        // Sent at 5 s; received 3 s before that by a clock that was set back, if the journal says so too.
        TrajectoryEvent[] journal = [SampleFiles.Event("agent1", "message_sent", seconds: 5),
            SampleFiles.Event("agent2", "message_received", seconds: received == 0 ? 5 : received)];
        store.Add(
            Sample.Run(Id) with { Messages = [Message(5, 2)] },
            change: files =>
                files[StoreLayout.TrajectoryFile] = [.. journal.SelectMany(e => (byte[])[.. StoreJson.ToLine(e), (byte)'\n'])]);

        Finding finding = Check(store).Findings.Should().ContainSingle().Subject;

        finding.Severity.Should().Be(isError ? Severity.Error : Severity.Warning);
        if (!isError)
            finding.What.Should().StartWith(
                "the host's clock was set back by 2.1 s meanwhile: message 1 was delivered 3 s before it was sent");
    }

    [Fact]
    public void A_journal_that_cannot_be_read_excuses_nothing_and_stops_nothing()
    {
        using StoreBuilder store = new StoreBuilder().Add(Sample.Run(Id) with { Messages = [Message(5, 2)] }, change: files =>
            files[StoreLayout.TrajectoryFile] = "{\"at\":7}\nnonsense\n{\"at"u8.ToArray());

        Check(store).Passed.Should().BeFalse();
    }

    private static MessageRecord Message(double sent, double? delivered, double? read = null) =>
        new("agent1", "agent2", "I change core.py", At(sent), delivered is double d ? At(d) : null, read is double r
            ? At(r) : null, 1, 1, 2);

    private static DateTimeOffset At(double seconds) => FixedClock.Time.AddSeconds(seconds);

    private static RuleOutcome Check(StoreBuilder store) => new TimeRule().Check(store.Read());
}
