using System.Collections.Concurrent;
using Docker.DotNet.Models;
using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.Sandboxes.Docker.Life;
using Tandem.Harness.TaskSets.Images;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>A bound on the disk of sandboxes, where the engine can keep it and where it cannot.</summary>
public sealed class DiskQuotaTests : DockerTestBase
{
    [Theory]
    [InlineData("overlay2", "xfs", true)]
    [InlineData("overlay2", "extfs", false)]
    [InlineData("overlay2", null, false)]
    [InlineData("btrfs", null, true)]
    [InlineData("zfs", null, true)]
    [InlineData("devicemapper", "ext4", true)]
    [InlineData("vfs", "xfs", false)]
    [InlineData(null, null, false)]
    public void Some_storage_drivers_may_limit_it(string? driver, string? fileSystem, bool mayLimit) =>
        DiskQuota.MayLimit(driver, fileSystem).Should().Be(mayLimit);

    [Fact]
    public void It_is_asked_for_in_bytes()
    {
        var request = new CreateContainerParameters();
        ContainerDefinition.Fill(request, Bounded(5L << 30), egressId: null, DateTimeOffset.UnixEpoch);
        request.HostConfig!.StorageOpt.Should().Equal(new Dictionary<string, string> { ["size"] = "5368709120" });
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_engine_that_refuses_it_is_asked_once_and_makes_sandboxes_without()
    {
        var notices = new ConcurrentQueue<string>();
        await using DockerSandboxProvider provider = await DockerSandboxes.ConnectAsync(TimeProvider.System, storeFolder: null, Token);
        provider.OnNotice = notices.Enqueue;
        SystemInfoResponse info = await Engine.GetInfoAsync(Token);
        Assert.SkipUnless(info.Driver == "overlay2" && info.DriverStatus!.Any(line => line is ["Backing Filesystem", "extfs"]),
            "This engine may be able to limit the disk.");
        // As over xfs without the mount option that it takes.
        provider.Quota.Remember(canLimit: true);
        for (int made = 0; made < 2; made++)
        {
            ISandbox sandbox = await provider.CreateAsync(Bounded(5L << 30), Token);
            await using (sandbox)
            {
                (await PrintAsync(sandbox, "echo works")).Should().Be("works\n");
                (await Engine.InspectContainerAsync(sandbox.Id, TimeSpan.FromSeconds(10), Token)).HostConfig!.StorageOpt
                    .Should().BeNullOrEmpty();
            }
        }
        notices.Should().ContainSingle().Which.Should().Contain("sandbox.disk_mb");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_full_disk_is_the_doing_of_a_sandbox_that_wrote_more_than_it_may()
    {
        var full = new SandboxException(SandboxFault.Disk, "no space left on device");
        foreach ((long bound, SandboxFault fault) in new[] { (1L << 20, SandboxFault.Broken), (1L << 30, SandboxFault.Disk) })
        {
            var sandbox = (DockerSandbox)await Provider.CreateAsync(Bounded(bound), Token);
            await using (sandbox)
            {
                (await sandbox.Life.BlameAsync(full)).Fault.Should().Be(SandboxFault.Disk, "no agent has run in it");
                await PrintAsync(sandbox, "head -c 3000000 /dev/urandom > /var/much");
                (await sandbox.Life.BlameAsync(full)).Fault.Should().Be(fault);
            }
        }
    }

    private SandboxSpec Bounded(long bytes) => Spec() with { Limits = new SandboxLimits { DiskBytes = bytes } };
}
