using System.Diagnostics;
using FluentAssertions;
using Tandem.Analysis.Reporting;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Validating;
using Tandem.Records.Cases;
using Tandem.Records.Store;
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

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void A_link_in_the_place_of_a_folder_of_the_case_shows_nothing_of_where_it_leads(int above)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        string folder = Path.GetDirectoryName(_store.Artifact(Id, "tests_f1.log"))!;
        File.WriteAllText(Path.Combine(folder, "tests_f1.log"), "a secret of this machine");
        for (int i = 0; i < above; i++)
            folder = Path.GetDirectoryName(folder)!;
        string elsewhere = _secret + ".folder";
        Directory.Move(folder, elsewhere);
        try
        {
            Directory.CreateSymbolicLink(folder, elsewhere);

            Finds("result.json");
            (int code, string output, string error) = _store.Call("report", "--draft");
            code.Should().Be(0, output + error);
            Directory.EnumerateFiles(ReportFolder.Of(_store.Layout), "*", SearchOption.AllDirectories).Should().NotBeEmpty()
                .And.OnlyContain(file => !File.ReadAllText(file).Contains("a secret of this machine"));
        }
        finally
        {
            Directory.Delete(elsewhere, recursive: true);
        }
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

    [Theory(Timeout = 120_000)]
    [InlineData("results.json", "mkfifo")]
    [InlineData("results.json", "mknod")]
    [InlineData("results.json", "ln")]
    [InlineData("runs/more.jsonl", "mkfifo")]
    [InlineData("runs/more.jsonl", "mknod")]
    [InlineData("runs/more.jsonl", "ln")]
    [InlineData("experiment.json", "mkfifo")]
    [InlineData("experiment.json", "mknod")]
    [InlineData("experiment.json", "ln")]
    public async Task What_only_looks_like_a_file_of_the_store_is_refused_by_every_verb(string name, string program)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes and devices are of Unix.");
        await File.WriteAllTextAsync(_secret, "a secret of this machine", TestContext.Current.CancellationToken);
        string path = Path.Combine(_store.Layout.ExperimentFolder, name);
        File.Delete(path);
        string[] arguments = program switch { "ln" => ["-s", _secret, path], "mknod" => [path, "c", "1", "5"], _ => [path] };
        using (Process made = Process.Start(program, arguments))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.SkipUnless(made.ExitCode == 0, "Only root can make a device.");
        }

        foreach (string[] verb in new string[][] { ["validate", "--partial"], ["validate", "--deep"], ["collect"], ["report", "--draft"] })
        {
            if (verb[0] == "collect" && name == "results.json")
                continue; // It replaces the file.
            (int code, string output, string error) = await Task.Run(() => _store.Call(verb),
                TestContext.Current.CancellationToken);
            string printed = output + error;
            printed.Should().NotContain("a secret of this machine").And.NotContain("   at ", "{0}", verb[0]);
            if (name != "results.json" || verb[0] == "validate")
                code.Should().NotBe(0, "{0} {1} printed {2}", verb[0], name, printed);
        }
    }

    [Theory(Timeout = 60_000)]
    [InlineData("mkfifo")]
    [InlineData("/dev/zero")]
    public async Task What_only_looks_like_the_list_of_what_is_no_secret_allows_nothing(string what)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo is of Unix.");
        string path = Path.Combine(_store.Layout.ExperimentFolder, "not-secrets.txt");
        if (what == "mkfifo")
        {
            using Process made = Process.Start("mkfifo", [path]);
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        else
        {
            File.CreateSymbolicLink(path, what);
        }

        ValidationReport report = await Task.Run(() => _store.Validate(isDeep: true), TestContext.Current.CancellationToken);

        report.Rules.Should().Contain(rule => rule.Rule.Id == "STORE-12");
    }

    [Fact]
    public void Nothing_is_written_through_a_link()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        string elsewhere = _secret + ".made";
        File.CreateSymbolicLink(Path.Combine(_store.Layout.ExperimentFolder, ".report-lock"), elsewhere);

        (int code, string output, string error) = _store.Call("report", "--draft");

        code.Should().NotBe(0, output);
        error.Should().Contain(".report-lock is a link or no regular file").And.NotContain("   at ");
        File.Exists(elsewhere).Should().BeFalse();
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/null")]
    [InlineData("/dev/stdin")]
    public void A_device_is_no_regular_file(string path)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Devices are of Unix.");
        RegularFile.IsOwn(path).Should().BeFalse();
        if (path != "/dev/stdin")
            RegularFile.Is(path).Should().BeFalse();
        RegularFile.Is(_secret).Should().BeTrue();
    }

    private void Finds(string name)
    {
        ValidationReport report = _store.Validate(isDeep: true);
        report.Rules.SelectMany(rule => rule.Outcome.Findings).Should()
            .Contain(finding => finding.Severity == Severity.Error && finding.What.Contains(name));
    }
}
