using System.Diagnostics;
using FluentAssertions;
using Tandem.Analysis.Reporting;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Validating;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Stores;

/// <summary>A store that somebody else made may hold links and pipes where files should be.</summary>
public sealed class StrangeFileTests : IDisposable
{
    private static readonly CaseId Id = Sample.Case(Setting.CoopComm);

    private readonly StoreBuilder _store = new StoreBuilder().Add(Sample.Run(Id));
    private readonly string _secret = Path.GetTempFileName();

    public void Dispose()
    {
        _store.Dispose();
        File.Delete(_secret);
    }

    [Theory]
    [InlineData("agent1.patch")]
    [InlineData("trajectory.jsonl")]
    [InlineData("conversation.json")]
    public void A_link_in_the_place_of_an_artifact_is_a_finding_and_shows_nothing(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        File.WriteAllText(_secret, "a secret of this machine");
        string path = _store.Artifact(Id, name);
        File.Delete(path);
        File.CreateSymbolicLink(path, _secret);

        Finds(name);
        _store.Call("collect", "--skip-difficulty");
        (int code, string output, string error) = _store.Call("report", "--draft");
        code.Should().Be(0, output + error);
        Directory.EnumerateFiles(ReportFolder.Of(_store.Layout), "*", SearchOption.AllDirectories).Should().NotBeEmpty()
            .And.OnlyContain(file => !File.ReadAllText(file).Contains("a secret of this machine"));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("agent1.patch")]
    [InlineData("trajectory.jsonl")]
    public async Task A_pipe_in_the_place_of_an_artifact_keeps_nobody_waiting(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo is of Unix.");
        string path = _store.Artifact(Id, name);
        File.Delete(path);
        using (Process made = Process.Start("mkfifo", [path]))
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);

        await Task.Run(() => Finds(name), TestContext.Current.CancellationToken);
    }

    private void Finds(string name)
    {
        ValidationReport report = _store.Validate(isDeep: true);
        report.Rules.SelectMany(rule => rule.Outcome.Findings).Should()
            .Contain(finding => finding.Severity == Severity.Error && finding.What.Contains(name));
    }
}
