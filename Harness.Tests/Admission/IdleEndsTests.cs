using FluentAssertions;
using Tandem.Harness.Admission;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Harness.Tests.Admission;

public sealed class IdleEndsTests
{
    private static readonly DateTimeOffset s_time = new(2026, 5, 1, 10, 0, 0, TimeSpan.Zero);

    private readonly IdleEnds _ends = new(3);

    [Fact]
    public void The_third_idle_case_in_a_row_and_those_before_it_do_not_count()
    {
        Look(1).Should().Be(IdleVerdict.Counts);
        Recorded(1).Should().BeNull();
        Look(2).Should().Be(IdleVerdict.Counts);

        IdleVerdict third = Look(3);

        third.Why.Should().StartWith("3 cases in a row ended without tokens and without a change, the last: Submitted.")
            .And.Contain("agent.may_idle");
        third.Earlier.Select(end => end.CaseId).Should().Equal([Case(1)], "the second has no record yet");
        third.IsFirstCrash.Should().BeFalse();
        Recorded(2).Should().NotBeNull("it was found meanwhile").And.Be(third.Why);
        IdleVerdict fourth = Look(4);
        (fourth.Why, fourth.Earlier.Count).Should().Be((third.Why!.Replace("3 cases", "4 cases"), 0), "each is revised once");
    }

    [Fact]
    public void Work_in_between_and_a_case_that_is_tried_again_are_no_row()
    {
        Look(1);
        Look(2);
        _ends.Worked(s_time.AddSeconds(9));
        Look(3).Should().Be(IdleVerdict.Counts);
        Look(3, attempt: 2).Should().Be(IdleVerdict.Counts);
        Look(3, attempt: 3).Should().Be(IdleVerdict.Counts);
        Recorded(1).Should().BeNull();
        Look(4).Should().Be(IdleVerdict.Counts);
        Look(5).Why.Should().NotBeNull();
    }

    [Fact]
    public void Work_that_began_before_the_row_proves_nothing_and_a_row_may_begin_in_the_store()
    {
        _ends.Begin([new IdleEnd(Case(1), 1, "Submitted", false, s_time.AddSeconds(1))], haveWorked: true);
        Look(2);
        _ends.Worked(s_time);

        IdleVerdict third = Look(3);

        third.Why.Should().NotBeNull();
        third.Earlier.Select(end => end.CaseId).Should().Equal(Case(1));
    }

    [Theory]
    [InlineData(true, true, false, true)]
    [InlineData(true, false, false, false)]
    [InlineData(false, true, false, false)]
    [InlineData(true, true, true, false)]
    public void The_same_crash_in_each_of_the_first_cases_is_the_configuration(bool crashed, bool alike, bool hadWorked, bool expected)
    {
        if (hadWorked)
            _ends.Worked(s_time);
        for (int i = 1; i <= 3; i++)
        {
            string how = alike ? $"Error: no file 0xAB{i}" : new string('x', i);
            _ends.Look(new IdleEnd(Case(i), 1, how, crashed, s_time)).IsFirstCrash.Should().Be(i == 3 && expected);
        }
    }

    private IdleVerdict Look(int seed, int attempt = 1) =>
        _ends.Look(new IdleEnd(Case(seed), attempt, "Submitted", IsCrash: false, s_time.AddSeconds(seed)));

    private string? Recorded(int seed) => _ends.Recorded(Case(seed), 1);

    private static CaseId Case(int seed) => CaseId.Parse($"solo/repo/1/f1_f2/seed{seed}");
}
