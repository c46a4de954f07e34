using FluentAssertions;
using Tandem.Cli.Doctor;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>What the doctor prints, and where it draws its lines.</summary>
public sealed class FindingTests
{
    private const long Gib = 1L << 30;

    [Fact]
    public void Findings_line_up()
    {
        string[] lines =
        [
            Finding.Ok("ENGINE", "Docker 20.10.24, API 1.41, overlay2, cgroup v1").ToString(),
            new Finding("DISK-TEMP", Severity.Warning, "0.5 GiB free at /tmp, less than 1.0 GiB", "free some space").ToString(),
            new Finding("CONCURRENCY", Severity.Note, "few").ToString(),
        ];

        lines.Should().Equal(
            "ok      ENGINE      Docker 20.10.24, API 1.41, overlay2, cgroup v1",
            "warning DISK-TEMP   0.5 GiB free at /tmp, less than 1.0 GiB; fix: free some space",
            "note    CONCURRENCY few");
    }

    [Fact]
    public void A_finding_is_one_line_whatever_its_evidence_holds()
    {
        new Finding("EXPERIMENT", Severity.Fault,
            "x.json cannot be used:\n  - name: it is missing.\n  - run.cores: there is no such key.\n", "correct it").ToString()
            .Should().Be("fault   EXPERIMENT  x.json cannot be used: name: it is missing; run.cores: there is no such key; fix: "
            + "correct it");
    }

    [Theory]
    [InlineData(100, Severity.Ok)]
    [InlineData(10, Severity.Ok)]
    [InlineData(9, Severity.Warning)]
    [InlineData(1, Severity.Fault)]
    internal void Disks(long freeGib, Severity expected) =>
        DiskCheck.Judge("DISK-ENGINE", "/var/lib/docker", freeGib * Gib, 10 * Gib, 2 * Gib).Severity.Should().Be(expected);

    [Theory]
    [InlineData(0, Severity.Ok)]
    [InlineData(23, Severity.Ok)]
    [InlineData(24, Severity.Warning)]
    internal void Networks(int count, Severity expected) => NetworkCheck.Judge(count).Severity.Should().Be(expected);

    [Theory]
    [InlineData("git version 2.39.5\n", true, Severity.Ok, "2.39.5, used by the process sandbox")]
    [InlineData("git version 2.50.1 (Apple Git-155)", false, Severity.Ok,
        "2.50.1, not used on the host: with an engine, git runs inside sandboxes")]
    [InlineData("git version 2.47.0.windows.1", true, Severity.Ok, "2.47.0, used by the process sandbox")]
    [InlineData("git version 2.20.1", true, Severity.Fault, "2.20 is older than 2.30; used by the process sandbox")]
    [InlineData("git version 2.20.1", false, Severity.Note,
        "2.20 is older than 2.30; not used on the host: with an engine, git runs inside sandboxes")]
    [InlineData(null, true, Severity.Fault, "cannot be run; used by the process sandbox")]
    [InlineData("what?", true, Severity.Fault, "cannot be run; used by the process sandbox")]
    internal void Git(string? printed, bool isUsed, Severity severity, string evidence)
    {
        Finding finding = GitCheck.Judge(printed, isUsed);

        (finding.Severity, finding.Evidence).Should().Be((severity, evidence));
    }

    [Theory]
    [InlineData(2, 24, 4)] // the processors bound it
    [InlineData(16, 24, 6)] // the memory does
    [InlineData(1, 1, 1)] // at least one
    public void Safe_concurrency_follows_from_processors_and_memory(int processors, long freeGib, int expected) =>
        new MachineCheck(processors, freeGib * Gib).SafeConcurrency(2 * Gib).Should().Be(expected);

    [Fact]
    public void More_cases_at_once_than_are_safe_is_a_warning_that_says_what_is()
    {
        Finding finding = new MachineCheck(1, 24 * Gib).Judge(2 * Gib, concurrency: 4).Last();

        finding.ToString().Should().Be(
            "warning CONCURRENCY the experiment runs 4 cases at once; up to 2 at once are safe (2 for each processor, 4.0 GiB of "
            + "memory for each case; processors: 1); fix: set run.concurrency to 2 (TANDEM__Run__Concurrency=2)");
    }

    [Theory]
    [InlineData("Max open files            1048576              1048576              files", Severity.Ok)]
    [InlineData("Max open files            256                  4096                 files", Severity.Warning)]
    [InlineData("Max open files            unlimited            unlimited            files", Severity.Ok)]
    internal void Descriptors(string line, Severity expected) =>
        MachineCheck.JudgeDescriptors(["Limit Soft Hard Units", line]).Should().ContainSingle().Which.Severity.Should().Be(expected);

    [Theory]
    [InlineData(0, 0, Severity.Ok, "none")]
    [InlineData(0, 2, Severity.Ok, "none; 2 sandboxes of other runs")]
    [InlineData(1, 0, Severity.Note, "1 sandbox of runs that died")]
    [InlineData(3, 1, Severity.Note, "3 sandboxes of runs that died, 1 sandbox of other runs")]
    internal void Leftovers(int dead, int others, Severity severity, string evidence)
    {
        Finding finding = LeftoverCheck.Judge(dead, others);

        (finding.Severity, finding.Evidence).Should().Be((severity, evidence));
    }

    [Fact]
    public void A_missing_image_is_no_fault_with_or_without_a_registry()
    {
        ImageCheck.Judge(null).Severity.Should().Be(Severity.Ok);
        ImageCheck.Judge("no route to host").Severity.Should().Be(Severity.Note);
    }
}
