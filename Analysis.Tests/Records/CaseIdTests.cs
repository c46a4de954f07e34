using FluentAssertions;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class CaseIdTests
{
    [Theory]
    [InlineData("solo/pallets_click_task/2068/f1_f2/seed0")]
    [InlineData("coop-comm/openai_tiktoken_task/0/f3_f10/seed12")]
    [InlineData("coop-nocomm/a/1/f7/seed0")]
    [InlineData("solo/a.b-c_D9/2147483647/f1_f2_f3_f4_f5_f6_f7_f8_f9_f10/seed2147483647")]
    public void An_id_reads_as_it_is_written(string text)
    {
        var id = CaseId.Parse(text);

        id.ToString().Should().Be(text);
        id.Should().Be(CaseId.Parse(text)).And.Be(new CaseId(id.Setting, id.Repo, id.TaskId, id.Features, id.Seed));
        id.GetHashCode().Should().Be(CaseId.Parse(text).GetHashCode());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("solo/repo/1/f1_f2")]
    [InlineData("solo/repo/1/f1_f2/seed0/")]
    [InlineData("/solo/repo/1/f1_f2/seed0")]
    [InlineData("solo/repo/1/f1_f2/seed0/attempt1")]
    [InlineData("Solo/repo/1/f1_f2/seed0")]
    [InlineData("team/repo/1/f1_f2/seed0")]
    [InlineData("0/repo/1/f1_f2/seed0")]
    [InlineData("solo//1/f1_f2/seed0")]
    [InlineData("solo/../1/f1_f2/seed0")]
    [InlineData("solo/a\\b/1/f1_f2/seed0")]
    [InlineData("solo/C:/1/f1_f2/seed0")]
    [InlineData("solo/nul/1/f1_f2/seed0")]
    [InlineData("solo/r\u00e9po/1/f1_f2/seed0")]
    [InlineData("solo/repo/01/f1_f2/seed0")]
    [InlineData("solo/repo/-1/f1_f2/seed0")]
    [InlineData("solo/repo/+1/f1_f2/seed0")]
    [InlineData("solo/repo/ 1/f1_f2/seed0")]
    [InlineData("solo/repo/2147483648/f1_f2/seed0")]
    [InlineData("solo/repo/1/f2_f1/seed0")]
    [InlineData("solo/repo/1/f1_f1/seed0")]
    [InlineData("solo/repo/1/f01_f2/seed0")]
    [InlineData("solo/repo/1/f1_f2/seed-1")]
    [InlineData("solo/repo/1/f1_f2/seed+1")]
    [InlineData("solo/repo/1/f1_f2/seed00")]
    [InlineData("solo/repo/1/f1_f2/seed 0")]
    [InlineData("solo/repo/1/f1_f2/seed")]
    [InlineData("solo/repo/1/f1_f2/Seed0")]
    [InlineData("solo/repo/1/f1_f2/seed\u0661")]
    public void What_is_not_written_so_is_no_id(string? text)
    {
        CaseId.TryParse(text, out CaseId? id).Should().BeFalse();
        id.Should().BeNull();
    }

    [Fact]
    public void The_error_shows_what_an_id_looks_like() => FluentActions.Invoking(() => CaseId.Parse("solo/x"))
        .Should().Throw<FormatException>()
        .WithMessage("'solo/x' is not a case id; one looks like solo/pallets_click_task/2068/f1_f2/seed0.");

    [Theory]
    [InlineData("..", 1, 0, "'..' cannot be part of a case id: only letters*")]
    [InlineData("a/b", 1, 0, "'a/b' cannot be part of a case id: only letters*")]
    [InlineData("repo", -1, 0, "Task -1 of repo is negative.")]
    [InlineData("repo", 1, -1, "Seed -1 is negative.")]
    public void Parts_that_cannot_be_written_are_refused(string repo, int task, int seed, string message) =>
        FluentActions.Invoking(() => new CaseId(Setting.Solo, repo, task, [1, 2], seed)).Should().Throw<FormatException>()
            .WithMessage(message);

    [Fact]
    public void Settings_and_seeds_of_a_pair_share_its_key()
    {
        string[] keys = [.. new[] { "solo/r/1/f1_f2/seed0", "solo/r/1/f1_f2/seed2", "coop-comm/r/1/f1_f2/seed0" }
            .Select(text => CaseId.Parse(text).PairKey)];

        keys.Distinct().Should().Equal("r/1/f1_f2");
        CaseId.Parse("solo/r/1/f1_f3/seed0").PairKey.Should().NotBe(keys[0]);
    }

    [Theory]
    [InlineData("coop-comm", 0, "lite-coop-comm")]
    [InlineData("solo", 2, "lite-solo-seed2")]
    public void The_run_name_has_the_seed_only_above_0(string setting, int seed, string expected)
    {
        Setting parsed = CaseId.Parse($"{setting}/r/1/f1/seed0").Setting;

        RunName.For("lite", parsed, seed).Should().Be(expected);
    }
}
