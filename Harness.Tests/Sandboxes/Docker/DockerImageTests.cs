using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>Images from the task's folder.</summary>
public sealed partial class DockerImageTests : DockerTestBase
{
    private const string Digest = "sha256:0123456789abcdef0123456789abcdef";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tandem-image-test-");
    private readonly string _name = $"tandem-test-{Guid.NewGuid().ToString("N")[..12]}:task1";
    private readonly List<string> _made = [];

    public override async ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        await base.DisposeAsync();
        foreach (string reference in _made)
            await Engine.RemoveImageAsync(reference, evenIfUsed: true, CancellationToken.None);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_image_is_built_once_however_many_ask_and_named_by_its_digest()
    {
        Dockerfile($"FROM {DockerEngine.BaseImage}\nRUN mkdir -p /workspace/repo && echo from the image > /workspace/repo/file\nRUN head "
            + $"-c 20 /dev/urandom | od > /unique\nENTRYPOINT [\"/never\"]\n");
        SandboxImage[] images = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PrepareAsync()));
        images.Distinct().Should().ContainSingle().Which.Reference.Should().MatchRegex($"^{_name}-[0-9a-f]{{12}}$");

        await using ISandbox sandbox = await CreateAsync(spec => spec with { Image = images[0] });
        (await PrintAsync(sandbox, "cat file")).Should().Be("from the image\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_changed_task_is_another_image()
    {
        Dockerfile($"FROM {DockerEngine.BaseImage}\nRUN echo one > /version\n");
        SandboxImage one = await PrepareAsync();
        Dockerfile($"FROM {DockerEngine.BaseImage}\nRUN echo two > /version\n");
        (await PrepareAsync()).Should().Be(one, "the same digest says that nothing has changed");
        SandboxImage two = await PrepareAsync("sha256:ffff456789abcdef");
        two.Id.Should().NotBe(one.Id);
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task A_folder_goes_into_the_build_as_it_is()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no modes and links to put in.");
        File.WriteAllText(Path.Combine(_folder.FullName, "ä file.txt"), "text");
        string deep = Path.Combine(_folder.FullName, new string('d', 120), new string('e', 120));
        Directory.CreateDirectory(deep);
        File.WriteAllText(Path.Combine(deep, "deep.txt"), "deep");
        File.WriteAllText(Path.Combine(_folder.FullName, "run.sh"), "#!/bin/sh\necho ran\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(_folder.FullName, "run.sh"), (UnixFileMode)0b111_101_101);
        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "link"), "run.sh");
        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "loop"), ".");
        Dockerfile($"FROM {DockerEngine.BaseImage}\nCOPY . /context/\n");
        await using ISandbox sandbox = await CreateAsync(await PrepareAsync());
        (await PrintAsync(sandbox, "cd /context; cat 'ä file.txt'; ./run.sh; readlink link loop; cat */*/deep.txt; stat -c %u:%g run.sh"))
            .Should().Be("textran\nrun.sh\n.\ndeep0:0\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task The_answer_never_comes_into_a_tasks_image_whatever_its_Dockerfile_copies()
    {
        foreach (string answer in (string[])["combined.patch", "feature1/feature.patch", "feature12/tests.patch", "features.txt",
            "base/feature1/kept.txt"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_folder.FullName, answer))!);
            File.WriteAllText(Path.Combine(_folder.FullName, answer), "x");
        }
        Dockerfile($"FROM {DockerEngine.BaseImage}\nCOPY . /context/\n");
        SandboxImage image = await Provider.PrepareImageAsync(new SandboxImageSource(_name, _folder.FullName, Digest,
            AllowsProcessSandbox: false, Tandem.Harness.TaskSets.CodingTask.IsBuildInput), TestContext.Current.CancellationToken);
        _made.Add(image.Reference);

        await using ISandbox sandbox = await CreateAsync(image);
        (await PrintAsync(sandbox, "cd /context; find . -type f | sort")).Should()
            .Be("./Dockerfile\n./base/feature1/kept.txt\n./features.txt\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_build_that_fails_shows_its_end_and_is_tried_anew_when_asked_again()
    {
        Dockerfile($"FROM {DockerEngine.BaseImage}\nRUN for i in $(seq 100); do echo line $i; done; echo complaint >&2; exit 3\n");
        SandboxException exception = (await FluentActions.Awaiting(() => PrepareAsync()).Should().ThrowAsync<SandboxException>()).Which;
        exception.Fault.Should().Be(SandboxFault.Image);
        exception.Message.Should().Contain("line 100").And.Contain("complaint").And.Contain("code: 3").And.NotContain("line 50\n").And
            .Contain(_folder.FullName);

        Dockerfile($"FROM {DockerEngine.BaseImage}\nRUN true\n");
        await PrepareAsync();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_Dockerfile_that_needs_the_newer_builder_gets_it()
    {
        Dockerfile($"FROM {DockerEngine.BaseImage}\nRUN --mount=type=cache,target=/cache echo cached > /cache/x && cp /cache/x "
            + $"/made\nCOPY run.sh /\n");
        File.WriteAllText(Path.Combine(_folder.FullName, "run.sh"), "#!/bin/sh\n");
        await using ISandbox sandbox = await CreateAsync(await PrepareAsync());
        (await PrintAsync(sandbox, "cat /made; ls /run.sh")).Should().Be("cached\n/run.sh\n");

        Dockerfile($"FROM {DockerEngine.BaseImage}\nRUN --mount=type=cache,target=/cache echo the reason && exit 3\n");
        (await FluentActions.Awaiting(() => PrepareAsync("sha256:eeee456789abcdef")).Should().ThrowAsync<SandboxException>()).Which.Message
            .Should().Contain("the reason");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Without_a_Dockerfile_or_a_folder_the_message_says_so()
    {
        (await FaultAsync(Source(Digest))).Should().Contain("Dockerfile").And.Contain(_folder.FullName);
        (await FaultAsync(new SandboxImageSource("localhost:9/tandem/none:1", BuildFolder: null, BuildDigest: null,
            AllowsProcessSandbox: false)))
            .Should().Contain("localhost:9/tandem/none:1").And.Contain("no folder");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_base_that_cannot_be_had_is_named()
    {
        Dockerfile("FROM localhost:9/tandem-no-such-base:1\nRUN true\n");
        (await FaultAsync(Source(Digest))).Should().Contain("localhost:9/tandem-no-such-base:1").And.Contain("docker load");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_published_image_that_nobody_has_is_built_instead()
    {
        Dockerfile($"FROM {DockerEngine.BaseImage}\nRUN true\n");
        string name = "localhost:9/" + _name;
        SandboxImage image = await Provider.PrepareImageAsync(
            new SandboxImageSource(name, _folder.FullName, BuildDigest: null, AllowsProcessSandbox: false), Token);
        _made.Add(image.Reference);
        image.Reference.Should().Be(name);
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task An_image_of_another_user_has_its_folders_too()
    {
        Dockerfile($"FROM {DockerEngine.BaseImage}\nRUN mkdir -p /workspace/repo && chown 1234:1234 /workspace/repo\nUSER 1234:1234\n");
        await using ISandbox sandbox = await CreateAsync(await PrepareAsync());
        (await PrintAsync(sandbox, "id -u; touch /patches/x /tandem/x /workspace/repo/x && echo made")).Should().Be("1234\nmade\n");
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell("sleep 300 & sleep 300") with
        { TimeLimit = TimeSpan.FromSeconds(0.5) }, Token);
        result.Outcome.Should().Be(ExecOutcome.TimedOut);
        result.Detail.Should().NotContain("everything else");
    }

    [Fact(Timeout = 1_200_000)]
    [Long]
    public async Task A_base_image_is_made_on_the_spot_where_no_registry_answers()
    {
        const string Base = "debian:trixie-slim";
        Dockerfile($"FROM {Base}\nRUN git --version && python3 --version\n");
        await PrepareAsync();
        _made.Add(Base);
        (await Engine.FindImageAsync(Base, Token)).Should().NotBeNull();
    }

    private void Dockerfile(string text) => File.WriteAllText(Path.Combine(_folder.FullName, "Dockerfile"), text);

    private SandboxImageSource Source(string digest) => new(_name, _folder.FullName, digest, AllowsProcessSandbox: false);

    private async Task<SandboxImage> PrepareAsync(string digest = Digest)
    {
        SandboxImage image = await Provider.PrepareImageAsync(Source(digest), Token);
        lock (_made)
        {
            if (!_made.Contains(image.Reference))
                _made.Add(image.Reference);
        }
        return image;
    }

    private Task<ISandbox> CreateAsync(SandboxImage image) => CreateAsync(spec => spec with { Image = image });

    private async Task<string> FaultAsync(SandboxImageSource source)
    {
        SandboxException exception =
            (await FluentActions.Awaiting(() => Provider.PrepareImageAsync(source, Token)).Should().ThrowAsync<SandboxException>()).Which;
        exception.Fault.Should().Be(SandboxFault.Image);
        return exception.Message;
    }
}
