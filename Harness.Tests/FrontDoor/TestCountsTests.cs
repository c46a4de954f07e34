using FluentAssertions;
using Tandem.Cli.Testing;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

public sealed class TestCountsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-trx-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void All_files_of_a_folder_are_summed()
    {
        Write("one.trx", "Passed", "Passed", "NotExecuted");
        Write("two.trx", "Passed", "Failed", "Timeout", "Aborted");
        Write("empty.trx");
        File.WriteAllText(Path.Combine(_folder, "three.xml"), "no trx");
        var faults = new List<string>();

        TestCounts counts = TestCounts.OfFolder(_folder, faults);

        counts.ToString().Should().Be("3 passed, 3 failed, 1 skipped");
        faults.Should().BeEmpty();
    }

    [Fact]
    public void A_torn_file_is_named()
    {
        Write("whole.trx", "Passed");
        File.WriteAllText(Path.Combine(_folder, "torn.trx"), "<TestRun><Results>");
        var faults = new List<string>();

        TestCounts.OfFolder(_folder, faults).Should().Be(new TestCounts(1, 0, 0));

        faults.Should().ContainSingle().Which.Should().Contain("torn.trx");
    }

    [Fact]
    public void No_folder_is_no_tests() => TestCounts.OfFolder(Path.Combine(_folder, "missing"), []).Should().Be(TestCounts.None);

    private void Write(string name, params string[] outcomes) => File.WriteAllText(
        Path.Combine(_folder, name),
        $"""
        <?xml version="1.0" encoding="utf-8"?>
        <TestRun id="1" xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">
          <Results>{string.Concat(outcomes.Select((outcome, i) => $"""<UnitTestResult testName="t{i}" outcome="{outcome}"><Output /></UnitTestResult>"""))}</Results>
          <ResultSummary outcome="Completed"><Counters total="{outcomes.Length}" notExecuted="0" /></ResultSummary>
        </TestRun>
        """);
}
