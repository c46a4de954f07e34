using System.Diagnostics;
using Docker.DotNet.Models;
using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Life;
using Tandem.Harness.TaskSets.Images;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>Programs of agents in volumes of the engine.</summary>
public sealed class ProgramVolumeTests : DockerTestBase
{
    private const string Hello = "mkdir {programs}/bin && printf '#!/bin/sh\\necho hello 1.2.3\\n' >{programs}/bin/hello "
        + "&& chmod 700 {programs}/bin/hello";

    private readonly List<ProgramVolume> _made = [];
    private readonly DirectoryInfo _store = Directory.CreateTempSubdirectory("tandem-programs-");

    public override async ValueTask DisposeAsync()
    {
        foreach (ProgramVolume volume in _made)
            (await Provider.Programs.TryRemoveAsync(volume, CancellationToken.None)).Should().BeTrue("no container has {0}", volume.Name);
        _store.Delete(recursive: true);
        await base.DisposeAsync();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Programs_are_made_once_and_can_be_read_and_not_written()
    {
        ProgramRecipe recipe = Recipe(Hello, "echo $$ $(date +%N) >{programs}/unique");
        var lines = new List<string>();

        MadePrograms first = await MakeAsync(recipe, lines.Add);
        MadePrograms again = await MakeAsync(recipe, lines.Add);
        await using DockerSandboxProvider other = await ConnectAsync();
        MadePrograms elsewhere = await other.Programs.MakeAsync(recipe, new ProgramNews(lines.Add), Token);

        (first.WasPresent, again.Volume, elsewhere.WasPresent).Should().Be((false, first.Volume, true));
        lines.Should().ContainSingle().Which.Should().Contain($"'{recipe.Name}' are being prepared (about 7 MB");
        first.Mark.Bytes.Should().BeInRange(1000, 100_000);
        elsewhere.Mark.Should().BeEquivalentTo(first.Mark, options => options.Excluding(mark => mark.Seconds));
        await using ISandbox sandbox = await CreateAsync(spec => spec with { Programs = first.Volume });
        (await PrintAsync(sandbox, "/opt/tandem-agent/bin/hello; stat -c %a /opt/tandem-agent/bin/hello")).Should()
            .Be("hello 1.2.3\n755\n", "any user may run them");
        ExecResult written = await sandbox.ExecAsync(ExecRequest.Shell("echo evil >/opt/tandem-agent/bin/hello"), Token);
        written.ExitCode.Should().NotBe(0);
        written.Stderr.Text.Should().Contain("Read-only file system");
        (await sandbox.ExecAsync(ExecRequest.Shell("mount -o remount,rw /opt/tandem-agent"), Token)).ExitCode.Should().NotBe(0);
        (await PrintAsync(sandbox, "/opt/tandem-agent/bin/hello")).Should().Be("hello 1.2.3\n");
        await ProgramCheck.RunAsync(sandbox, recipe, "the image", Token);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Two_who_build_at_once_build_once()
    {
        ProgramRecipe recipe = Recipe(Hello, "head -c 20 /dev/urandom | od >{programs}/unique", "sleep 2");
        await using DockerSandboxProvider other = await ConnectAsync();
        var lines = new List<string>();

        MadePrograms[] made = await Task.WhenAll(
            MakeAsync(recipe, _ => { }),
            other.Programs.MakeAsync(recipe, new ProgramNews(lines.Add), Token),
            other.Programs.MakeAsync(recipe, new ProgramNews(_ => { }), Token));

        made.Select(one => one.Volume).Distinct().Should().ContainSingle();
        made.Select(one => one.Mark.Seconds).Distinct().Should().ContainSingle("there was one making");
        made[1].Should().BeSameAs(made[2], "a process asks once");
        lines.Should().ContainSingle();
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task A_torn_volume_is_emptied_and_made_again()
    {
        ProgramRecipe recipe = Recipe(Hello);
        var volume = new ProgramVolume(ProgramStore.VolumeName(recipe), recipe.Digest);
        _made.Add(volume);
        await Engine.CreateVolumeAsync(volume.Name,
            new Dictionary<string, string> { [ProgramStore.NameLabel] = recipe.Name, [ProgramStore.DigestLabel] = recipe.Digest }, Token);
        await using (ISandbox torn = await CreateAsync(spec => spec with { Programs = volume, MakesPrograms = true }))
            _ = await PrintAsync(torn, "mkdir -p /opt/tandem-agent/bin/.d; echo half >/opt/tandem-agent/bin/.d/half");
        (await Provider.Programs.ListAsync(Token)).Should().ContainSingle(one => one.Volume == volume).Which.Mark.Should().BeNull();

        (await MakeAsync(recipe, _ => { })).WasPresent.Should().BeFalse();

        await using ISandbox sandbox = await CreateAsync(spec => spec with { Programs = volume });
        (await PrintAsync(sandbox, "cd /opt/tandem-agent; find . -type f | sort")).Should().Be("./.tandem-programs.json\n./bin/hello\n");
        (await Provider.Programs.ListAsync(Token)).Should().ContainSingle(one => one.Volume == volume).Which.Mark!.Digest.Should()
            .Be(recipe.Digest);
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task What_a_dead_builder_left_does_not_block_the_next()
    {
        ProgramRecipe recipe = Recipe(Hello);
        var volume = new ProgramVolume(ProgramStore.VolumeName(recipe), recipe.Digest);
        var request = new CreateContainerParameters();
        ContainerDefinition.Fill(request, ProgramBuild.SpecOf(Image, volume, ProgramBuild.LockName(volume), "make") with
        { Programs = null }, egressId: null, TimeProvider.System.GetUtcNow());
        request.Labels["tandem.owner"] = (ProcessIdentity.Current with { StartTime = ProcessIdentity.Current.StartTime + 1 }).ToString();
        await Engine.CallAsync(new EngineCall("creating"), (docker, token) =>
            docker.Containers.CreateContainerAsync(request, token), Token);

        (await MakeAsync(recipe, _ => { })).WasPresent.Should().BeFalse();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_making_that_fails_shows_its_end_and_leaves_nothing()
    {
        ProgramRecipe recipe = Recipe("seq 100", "echo complaint >&2; exit 3");
        await using DockerSandboxProvider keeping = await ConnectAsync(_store.FullName);
        SandboxException exception = (await FluentActions.Awaiting(() =>
            keeping.PrepareProgramsAsync(recipe, Token)).Should().ThrowAsync<SandboxException>()).Which;

        (exception.Fault, exception.MayPass).Should().Be((SandboxFault.Image, false));
        exception.Message.Should().Contain("exit code 3").And.EndWith("\n100\n+ echo complaint\ncomplaint\n+ exit 3")
            .And.NotContain("\n50\n");
        string log = exception.Message.Split("its whole output is in ")[1].Split(".log")[0] + ".log";
        File.ReadAllText(log).Should().Contain("\n50\n").And.EndWith("its script ended with exit code 3.\n");
        (await Engine.FindVolumeAsync(ProgramStore.VolumeName(recipe), Token)).Should().BeNull();
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task Programs_that_do_not_pass_their_check_are_not_made()
    {
        // It runs where it is made alone: what the script installed around it is not there later.
        ProgramRecipe recipe = Recipe(
            "mkdir {programs}/bin && printf '#!/bin/sh\\necho 1.2.3' >/usr/local/bin/x && chmod 755 /usr/local/bin/x",
            "printf '#!/bin/sh\\nexec x' >{programs}/bin/hello && chmod 755 {programs}/bin/hello && {programs}/bin/hello");
        SandboxException exception = (await FluentActions.Awaiting(() =>
            Provider.PrepareProgramsAsync(recipe, Token)).Should().ThrowAsync<SandboxException>()).Which;

        exception.Fault.Should().Be(SandboxFault.Image);
        exception.Message.Should().Contain("`/opt/tandem-agent/bin/hello` ended with exit code 127").And.Contain("not found");
        (await Engine.FindVolumeAsync(ProgramStore.VolumeName(recipe), Token)).Should().BeNull();
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task An_image_that_cannot_run_programs_says_so_before_anything_is_paid()
    {
        MadePrograms made = await MakeAsync(Recipe(Hello), _ => { });
        await using ISandbox sandbox = await CreateAsync(spec => spec with { Programs = made.Volume });
        foreach ((string program, string wanted) in new[]
        {
            ("echo", "`echo` printed what does not hold '1.2.3': (nothing)"),
            ("/opt/tandem-agent/bin/other", "`/opt/tandem-agent/bin/other` ended with exit code 127"),
        })
        {
            var recipe = new ProgramRecipe("mine", ["true"], [program], "1.2.3");
            SandboxException exception = (await FluentActions.Awaiting(() => ProgramCheck.RunAsync(sandbox, recipe, "an/image:1", Token))
                .Should().ThrowAsync<SandboxException>()).Which;
            (exception.Fault, exception.MayPass).Should().Be((SandboxFault.Image, false));
            exception.Message.Should().StartWith("The programs of the agent 'mine' do not run in the image an/image:1: " + wanted);
        }
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task A_removed_volume_is_no_empty_one()
    {
        MadePrograms made = await MakeAsync(Recipe(Hello), _ => { });
        ISandbox holder = await CreateAsync(spec => spec with { Programs = made.Volume });
        await using (holder)
            (await Provider.Programs.TryRemoveAsync(made.Volume, Token)).Should().BeFalse("a container has it");
        (await Provider.Programs.TryRemoveAsync(made.Volume, Token)).Should().BeTrue();

        SandboxException exception = (await FluentActions.Awaiting(() => CreateAsync(spec => spec with { Programs = made.Volume }))
            .Should().ThrowAsync<SandboxException>()).Which;
        (exception.Fault, exception.MayPass).Should().Be((SandboxFault.Image, true));
        (await Engine.FindVolumeAsync(made.Volume.Name, Token)).Should().BeNull();
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task Who_gives_up_waiting_does_not_end_the_making_for_others()
    {
        ProgramRecipe recipe = Recipe(Hello, "sleep 3");
        using var impatient = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task first = Provider.Programs.MakeAsync(recipe, new ProgramNews(_ => impatient.CancelAfter(200)), impatient.Token);
        Task<MadePrograms> second = MakeAsync(recipe, _ => { });

        await FluentActions.Awaiting(() => first).Should().ThrowAsync<OperationCanceledException>();
        (await second).WasPresent.Should().BeFalse();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_host_that_is_disposed_of_ends_its_making_and_leaves_no_container()
    {
        ProgramRecipe recipe = Recipe(Hello, "sleep 100");
        long began = Stopwatch.GetTimestamp();
        DockerSandboxProvider other = await ConnectAsync();
        var hasBegun = new TaskCompletionSource();
        Task<MadePrograms> making = other.Programs.MakeAsync(recipe, new ProgramNews(_ => hasBegun.SetResult()), Token);
        await hasBegun.Task.WaitAsync(Token);

        await other.DisposeAsync();
        await FluentActions.Awaiting(() => making).Should().ThrowAsync<OperationCanceledException>();
        Stopwatch.GetElapsedTime(began).Should().BeLessThan(TimeSpan.FromSeconds(60));
        (await Engine.FindVolumeAsync(ProgramStore.VolumeName(recipe), Token)).Should().BeNull();
        (await Engine.ListContainersAsync([$"tandem.case={ProgramStore.VolumeName(recipe)}"], Token)).Should().BeEmpty();
    }

    private static Task<DockerSandboxProvider> ConnectAsync(string? storeFolder = null) =>
        DockerSandboxes.ConnectAsync(TimeProvider.System, storeFolder, Token);

    private static ProgramRecipe Recipe(params string[] run) =>
        new("test-" + Guid.NewGuid().ToString("N")[..12], run, ["{programs}/bin/hello"], "1.2.3") { SizeMb = 7 };

    private async Task<MadePrograms> MakeAsync(ProgramRecipe recipe, Action<string> notice)
    {
        MadePrograms made = await Provider.Programs.MakeAsync(recipe, new ProgramNews(notice), Token);
        lock (_made)
            _made.Add(made.Volume);
        return made;
    }
}
