using FluentAssertions;
using Tandem.Cli.Setup;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

public sealed class PidFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-pid-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("dockerd", "S")]
    [InlineData("dockerd", "D")]
    public void A_living_daemon_keeps_its_file(string name, string state)
    {
        PidFile file = Write("4711\n");
        MakeProcess(4711, name, state);

        file.LivingPid(_folder).Should().Be(4711);
        file.RemoveIfStale(_folder).Should().BeFalse();
        File.Exists(file.Path).Should().BeTrue();
    }

    [Theory]
    [InlineData("4711", "dockerd", "Z")] // killed, and nobody has waited for it
    [InlineData("4711", "dockerd", "X")]
    [InlineData("4711", "bash", "S")] // the number was used again
    [InlineData("4712", "dockerd", "S")] // no such process
    [InlineData("", "dockerd", "S")] // the disk was full
    [InlineData("-1", "dockerd", "S")]
    [InlineData("0", "dockerd", "S")]
    public void A_file_without_a_living_daemon_is_stale(string content, string name, string state)
    {
        PidFile file = Write(content);
        MakeProcess(4711, name, state);

        file.LivingPid(_folder).Should().BeNull();
        file.RemoveIfStale(_folder).Should().BeTrue();
        File.Exists(file.Path).Should().BeFalse();
    }

    [Fact]
    public void Where_there_is_no_file_there_is_nothing_to_remove()
    {
        var file = new PidFile(Path.Combine(_folder, "missing", "docker.pid"), "dockerd");

        file.LivingPid(_folder).Should().BeNull();
        file.RemoveIfStale(_folder).Should().BeFalse();
    }

    [Fact]
    public void This_very_process_lives()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "processes are read from /proc");

        HostProcess.NameOfLiving(Environment.ProcessId).Should().NotBeNullOrEmpty();
    }

    private PidFile Write(string content)
    {
        string path = Path.Combine(_folder, "docker.pid");
        File.WriteAllText(path, content);
        return new PidFile(path, "dockerd");
    }

    private void MakeProcess(int pid, string name, string state)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, $"{pid}")).FullName;
        File.WriteAllText(Path.Combine(folder, "stat"), $"{pid} ({name} (odd) name) {state} 1 4711 4711 0 -1 4194560");
        File.WriteAllText(Path.Combine(folder, "comm"), name + "\n");
    }
}
