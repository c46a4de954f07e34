using Docker.DotNet.Models;
using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Life;
using Tandem.Harness.Tests.Victims;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>What dead processes left goes; nothing else.</summary>
public sealed class DockerSweepTests : DockerTestBase
{
    private static readonly ProcessIdentity Dead = ProcessIdentity.Current with { StartTime = ProcessIdentity.Current.StartTime + 1 };

    [Fact(Timeout = BackstopMs)]
    public async Task What_a_dead_owner_left_is_removed_and_a_living_ones_is_not()
    {
        string running = await ContainerOfAsync(Dead.ToString(), TimeSpan.FromHours(1), start: true);
        string neverStarted = await ContainerOfAsync(Dead.ToString(), TimeSpan.FromHours(1), start: false);
        await using ISandbox alive = await CreateAsync();

        IReadOnlyList<SweptSandbox> swept = await Provider.SweepAsync(Store, Token);
        swept.Should().HaveCount(3);
        swept.Where(line => line.Removed).Select(line => line.Id).Should().BeEquivalentTo(running, neverStarted);
        swept.Should().OnlyContain(line => line.Owner.Contains("agent1") && line.Reason.Contains("owner"));
        (await PrintAsync(alive, "echo still here")).Should().Be("still here\n");
        (await ContainersAsync()).Select(container => container.ID).Should().Equal(alive.Id);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_unknown_owner_s_goes_after_its_time()
    {
        ProcessIdentity elsewhere = Dead with { Host = "another-host" };
        string expired = await ContainerOfAsync(elsewhere.ToString(), TimeSpan.FromHours(-1), start: false);
        string unreadable = await ContainerOfAsync("nonsense", TimeSpan.FromHours(-1), start: false);
        string young = await ContainerOfAsync(elsewhere.ToString(), TimeSpan.FromHours(1), start: false);
        string otherNamespace = await ContainerOfAsync((ProcessIdentity.Current with { PidNamespace = "pid:[1]" }).ToString(),
            TimeSpan.FromHours(1), start: false);

        IReadOnlyList<SweptSandbox> swept = await Provider.SweepAsync(Store, Token);
        swept.Where(line => line.Removed).Select(line => line.Id).Should().BeEquivalentTo(expired, unreadable);
        foreach (string id in new[] { young, otherNamespace })
            await Engine.RemoveContainerAsync(id, Token);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Another_store_s_sandboxes_and_other_people_s_containers_are_not_looked_at()
    {
        string ours = await ContainerOfAsync(Dead.ToString(), TimeSpan.FromHours(1), start: false);
        (await Provider.SweepAsync(Store + "x", Token)).Should().BeEmpty();
        string foreign = await CreateContainerAsync(new() { ["tandem.store"] = Store });
        (await Provider.SweepAsync(Store, Token)).Select(line => line.Id).Should().Equal(ours);
        await Engine.RemoveContainerAsync(foreign, Token);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task When_the_harness_is_killed_its_sandbox_stops_and_the_next_start_removes_it()
    {
        await using var victim = Dummy.Start(DummyProgram.WaitInSandboxAsync, Store);
        string id = "";
        await victim.KillAtAsync(Task.Run(async () => id = await IdOfWorkAsync(), Token));
        await WaitUntilStoppedAsync(id);
        (await Engine.GetFileAsync(id, "/patches/work.patch", 100, Token)).Should().Equal("precious"u8.ToArray());
        (await Provider.SweepAsync(Store, Token)).Should().ContainSingle().Which.Removed.Should().BeTrue();
    }

    /// <summary>The victim's sandbox, once its work is in it.</summary>
    private async Task<string> IdOfWorkAsync()
    {
        string? id = null;
        while (id is null || await Engine.GetFileAsync(id, "/patches/work.patch", 100, Token) is null)
        {
            await Task.Delay(50, Token);
            id ??= (await ContainersAsync()).FirstOrDefault(container => container.State == "running")?.ID;
        }
        return id;
    }

    private async Task<string> ContainerOfAsync(string owner, TimeSpan expiresIn, bool start)
    {
        Dictionary<string, string> labels = SandboxLabels.Of(Spec().Owner, TimeProvider.System.GetUtcNow() + expiresIn);
        labels["tandem.owner"] = owner;
        string id = await CreateContainerAsync(labels);
        if (start)
            await Engine.StartContainerAsync(id, Token);
        return id;
    }

    private async Task<string> CreateContainerAsync(Dictionary<string, string> labels)
    {
        var request = new CreateContainerParameters();
        ContainerDefinition.Fill(request, Spec(), egressId: null, TimeProvider.System.GetUtcNow());
        request.Labels = labels;
        return (await Engine.CallAsync(new EngineCall("creating"), (docker, token) =>
            docker.Containers.CreateContainerAsync(request, token), Token)).ID;
    }
}
