using System.Xml.Linq;
using FluentAssertions;
using Tandem.Cli.Testing;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>Test results that are written from a store.</summary>
public sealed class TrxFileTests : IDisposable
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 30, 2, 0, 0, TimeSpan.Zero);
    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-trx-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "one.trx");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Each_test_has_its_outcome_times_and_text()
    {
        Write(
            new TrxTest("solo/a/1/f1_f2/seed0", TrxOutcome.Passed, "passed (f1 passed 3/3)")
            { StartedAt = s_now.AddHours(-1), Duration = TimeSpan.FromSeconds(90.5) },
            new TrxTest("solo/a/1/f1_f3/seed0", TrxOutcome.Failed, "infrastructure error (the engine is gone)") { StartedAt = s_now },
            new TrxTest("solo/a/1/f2_f3/seed0", TrxOutcome.NotExecuted, "The store has no record of it yet."));

        XElement[] results = Elements("UnitTestResult");
        results.Select(one => one.Attribute("outcome")!.Value).Should().Equal("Passed", "Failed", "NotExecuted");
        results[0].Attribute("duration")!.Value.Should().Be("00:01:30.5000000");
        results[0].Attribute("endTime")!.Value.Should().StartWith("2026-11-30T01:01:30.5");
        Elements("StdOut").Select(one => one.Value).Should()
            .Equal("passed (f1 passed 3/3)", "The store has no record of it yet.");
        Elements("Message").Should().ContainSingle().Which.Value.Should().Contain("the engine is gone");
        Elements("TestMethod").Should().OnlyContain(one => one.Attribute("className")!.Value == TestClasses.Cases
            && one.Attribute("name")!.Value == "Pair");
        Elements("Counters").Single().Attributes().ToDictionary(a => a.Name.LocalName, a => a.Value).Should()
            .BeEquivalentTo(new Dictionary<string, string>
            { ["total"] = "3", ["executed"] = "2", ["passed"] = "1", ["failed"] = "1", ["notExecuted"] = "1" });
        Elements("ResultSummary").Single().Attribute("outcome")!.Value.Should().Be("Failed");
        string[] defined = [.. Elements("UnitTest").Select(one => one.Attribute("id")!.Value)];
        results.Select(one => one.Attribute("testId")!.Value).Should().Equal(defined).And.OnlyHaveUniqueItems();
    }

    [Fact]
    public void The_same_test_has_the_same_id_in_every_file()
    {
        var test = new TrxTest("solo/a/1/f1_f2/seed0", TrxOutcome.Passed, "passed");
        Write(test);
        string first = Elements("UnitTest").Single().Attribute("id")!.Value;
        TrxFile.Write(Path, TestClasses.Cases, "Pair", [test with { Outcome = TrxOutcome.Failed }], s_now.AddDays(1));

        Elements("UnitTest").Single().Attribute("id")!.Value.Should().Be(first);
    }

    [Fact]
    public void What_xml_cannot_hold_becomes_question_marks()
    {
        Write(new TrxTest("a", TrxOutcome.Failed, "red \e[31m, null \0, half \ud800 pair, <b>&amp;, \ufffe, \U0001F600\nnext"));

        Elements("Message").Single().Value.Should().Be("red ?[31m, null ?, half \ufffd pair, <b>&amp;, ?, \U0001F600\nnext");
    }

    [Fact]
    public void No_tests_make_a_whole_file()
    {
        Write();

        using FileStream stream = File.OpenRead(Path);
        TestCounts.OfTrx(stream).Should().Be(TestCounts.None);
    }

    private void Write(params TrxTest[] tests) => TrxFile.Write(Path, TestClasses.Cases, "Pair", tests, s_now);

    private XElement[] Elements(string name) => [.. XDocument.Load(Path).Descendants().Where(one => one.Name.LocalName == name)];
}
