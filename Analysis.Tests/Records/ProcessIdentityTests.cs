using System.Diagnostics;
using System.Globalization;
using System.Text;
using FluentAssertions;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class ProcessIdentityTests
{
    private static readonly ProcessIdentity Self = ProcessIdentity.Current;

    [Fact]
    public void This_process_is_alive()
    {
        Self.Pid.Should().Be(Environment.ProcessId);
        Self.StartTime.Should().BePositive();
        Self.IsProvenDead.Should().BeFalse();
    }

    [Fact]
    public void A_child_is_alive_until_it_has_ended()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Start times are read from /proc.");
        using Process child = Process.Start("sleep", "60")!;
        try
        {
            ProcessIdentity identity = Self with { Pid = child.Id, StartTime = StartTimeOf(child.Id) };
            identity.IsProvenDead.Should().BeFalse();

            child.Kill();
            child.WaitForExit();
            identity.IsProvenDead.Should().BeTrue();
        }
        finally
        {
            if (!child.HasExited)
                child.Kill();
        }
    }

    [Fact]
    public void A_number_that_is_used_again_is_another_process() =>
        (Self with { StartTime = Self.StartTime + 1 }).IsProvenDead.Should().BeTrue();

    [Fact]
    public void A_running_number_whose_start_is_unknown_proves_nothing() => (Self with { StartTime = 0 }).IsProvenDead.Should().BeFalse();

    [Fact]
    public void Of_another_host_or_pid_namespace_nothing_is_proven()
    {
        (Self with { Host = Self.Host + "x", StartTime = 1, BootId = "other" }).IsProvenDead.Should().BeFalse();
        (Self with { PidNamespace = "pid:[1]", StartTime = 1 }).IsProvenDead.Should().BeFalse();
    }

    [Fact]
    public void What_ran_before_this_boot_is_dead()
    {
        Assert.SkipUnless(Self.BootId.Length > 0, "This system has no boot id.");
        (Self with { BootId = "an-earlier-boot" }).IsProvenDead.Should().BeTrue();
        (Self with { BootId = "an-earlier-boot", PidNamespace = "pid:[1]" }).IsProvenDead.Should().BeTrue();
        (Self with { BootId = "" }).IsProvenDead.Should().BeFalse();
    }

    [Fact]
    public void It_reads_as_it_is_written()
    {
        ProcessIdentity.TryParse(Self.ToString()).Should().Be(Self);
        Encoding.UTF8.GetString(StoreJson.ToLine(Header(Self))).Should().Contain($"\"writer\":{{\"host\":\"{Self.Host}\",").And
            .NotContain("dead");
        StoreJson.Read<RunFileHeader>(StoreJson.ToLine(Header(Self))).Writer.Should().Be(Self);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("host|boot|ns|1")]
    [InlineData("host|boot|ns|1|2|3")]
    [InlineData("host|boot|ns|-1|2")]
    [InlineData("host|boot|ns|x|2")]
    [InlineData("host|boot|ns|1|")]
    public void What_is_not_written_so_is_none(string? text) => ProcessIdentity.TryParse(text).Should().BeNull();

    private static RunFileHeader Header(ProcessIdentity writer) =>
        new(1, RunFileHeader.RunsKind, "default", "default-solo", default, 0, "run-1", writer, DateTimeOffset.UnixEpoch, "0.1.0");

    private static long StartTimeOf(int pid)
    {
        string stat = File.ReadAllText($"/proc/{pid}/stat");
        return long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19], CultureInfo.InvariantCulture);
    }
}
