using System.Text.RegularExpressions;
using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Reporting;

[Trait("Tier", "Slow")]
public sealed class RunPageTests
{
    [Fact]
    public void Hostile_texts_stay_texts_on_every_page()
    {
        using StoreBuilder store = StoreBuilder.Sound();
        Hostile.AddTo(store, task: 3);
        ReportTests.Run(store).ExitCode.Should().Be(0);

        string run = ReportTests.Read(store, "runs/coop-comm/click_task/3/f1_f2/seed0.html");

        run.Should().NotContainAny("<script", "<img", "\u001b", "\u0000", "\u202E", "\u2028");
        run.Should().ContainAll("&lt;/script&gt;&lt;script&gt;alert(1)", "FAILED &lt;b&gt;bold",
            "default-src &#39;none&#39;".Replace("&#39;", "'"));
        run.Should().Contain("<span class=d>--- a removed line of dashes\n</span>").And.Contain("<span class=a>+++ an added line");
        run.Should().Contain("1 line of the trajectory cannot be read").And.Contain("never delivered");
        Regex.Matches(ReportTests.Read(store, "index.html"), "<script").Should().HaveCount(2, "the data and the script are all there is");
    }

    [Fact]
    public void An_output_of_ten_megabytes_is_shown_by_its_head_and_tail()
    {
        using var store = new StoreBuilder();
        CaseId id = Sample.Case(Setting.Solo);
        byte[] output = new byte[10 << 20];
        Array.Fill(output, (byte)'x');
        "first\n"u8.CopyTo(output);
        "\nlast\n"u8.CopyTo(output.AsSpan(output.Length - 6));
        store.Add(Sample.Run(id), change: files => files["tests_f1.log"] = output);

        ReportTests.Run(store);

        string page = ReportTests.Read(store, "runs/solo/click_task/1/f1_f2/seed0.html");
        page.Should().ContainAll("first\n", "\nlast\n", "left out here");
        page.Length.Should().BeLessThan(200_000);
    }

    [Fact]
    public void What_was_not_kept_is_said_to_be_so()
    {
        using StoreBuilder store = StoreBuilder.Sound();
        store.Add(Sample.Run(Sample.Case(Setting.CoopComm, seed: 1)), change: files => files.Clear());
        ReportTests.Run(store).ExitCode.Should().Be(0);

        ReportTests.Read(store, "runs/coop-comm/click_task/1/f1_f2/seed1.html").Should()
            .ContainAll("The trajectory was not kept", "a patch of 5 B, not kept", "output not kept", "What git said was not kept");
    }

    [Fact]
    public void Earlier_attempts_and_those_without_a_record_are_part_of_the_story()
    {
        using StoreBuilder store = StoreBuilder.Sound();
        CaseId id = Sample.Case(Setting.Solo, task: 5);
        store.Add(Sample.Infra(id)).Add(Sample.Run(id, attempt: 2));
        Directory.CreateDirectory(store.Layout.AttemptFolder(id, 3));
        ReportTests.Run(store).ExitCode.Should().Be(0);

        string page = ReportTests.Read(store, "runs/solo/click_task/5/f1_f2/seed0.html");

        page.Should().ContainAll("the engine does not answer", "This one counts.", "It left no record", "Attempt 1");
    }
}
