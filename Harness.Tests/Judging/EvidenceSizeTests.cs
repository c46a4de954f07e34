using System.Text;
using FluentAssertions;
using Tandem.Harness.Judging.Evidences;
using Tandem.Harness.Judging.Rubrics;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Judging;

[Slow]
public sealed class EvidenceSizeTests
{
    [Fact]
    public void Each_part_keeps_its_size_and_says_what_is_left_out()
    {
        using var run = new JudgedRun("short");
        run.Say([.. Enumerable.Range(0, 3000).Select(i =>
            JudgedRun.Message(i % 2 == 0 ? "agent1" : "agent2", $"Message no. {i}: " + new string('x', 300), i))]);
        run.Write("agent1.patch", "BEGIN\n" + string.Concat(Enumerable.Repeat("+\u00e4\u20ac\U0001F600\n", 40_000)) + "END\n");
        run.Write("tests_f1.log", string.Concat(Enumerable.Repeat("\u001b[31mred\u001b[0m\r\n", 20_000)) + "LAST");
        run.Write(StoreLayout.TrajectoryFile, string.Concat(Enumerable.Range(1, 1000).Select(i =>
            JudgedRun.Line("agent1", "command", new string('c', 2000), new string('o', 2000), i))));
        Rubric rubric = JudgedRun.Rubric("symptoms");

        Evidence evidence = run.Evidence(rubric, new string('t', 1_000_000));

        foreach ((EvidencePart part, int bytes) in rubric.Evidence)
        {
            EvidenceSection section = evidence.Sections.Single(section => section.Part == part);
            section.Blocks.Sum(block => Encoding.UTF8.GetByteCount(block.Text)).Should().BeLessThanOrEqualTo(bytes, section.Name);
            (section.LeftOutBytes > 0).Should().Be(part != EvidencePart.Merge, section.Name);
        }
        string text = evidence.Fenced();
        text.Should().MatchRegex(@"messages \d+ to \d+ are left out here: \d+ bytes").And.Contain("Message no. 0:")
            .And.Contain("Message no. 2999:").And.Contain("BEGIN\n").And.Contain("END\n").And.Contain("LAST")
            .And.MatchRegex(@"\d+ entries are left out here").And.NotContain("\u001b").And.NotContain("\r").And.NotContain("\uFFFD");
        evidence.Messages.Select(message => message.Number).Should().Contain([1, 3000]).And.BeInAscendingOrder();
        evidence.Messages.Count.Should().BeLessThan(3000);
    }

    [Fact]
    public void A_conversation_of_very_many_empty_messages_keeps_its_size_too()
    {
        using var run = new JudgedRun();
        run.Say([.. Enumerable.Range(0, 20_000).Select(i => JudgedRun.Message("agent1", "", i))]);

        run.Evidence("speech-acts").Fenced().Length.Should().BeLessThan(160_000);
    }

    [Fact]
    public void One_huge_message_loses_its_middle()
    {
        using var run = new JudgedRun("BEGIN " + new string('x', 5_000_000) + " END", "Thanks a lot!");

        Evidence evidence = run.Evidence("speech-acts");

        evidence.Fenced().Should().MatchRegex(@"\d+ bytes are left out here; the end of it:").And.Contain("BEGIN ").And.Contain(" END")
            .And.Contain("Thanks a lot!");
        evidence.Messages.Select(message => message.Number).Should().Equal(1, 2);
        evidence.SectionWith("BEGIN xxx", message: 1).Should().Be("conversation");
        evidence.SectionWith("xxx END", message: 1).Should().Be("conversation");
    }
}
