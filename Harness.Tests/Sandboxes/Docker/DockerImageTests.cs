using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.TaskSets.Images;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>Images from the task's folder.</summary>
public sealed class DockerImageTests : DockerTestBase
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

    [Theory(Timeout = BackstopMs)]
    [InlineData("FROM {0}\nRUN true\n", true)]
    [InlineData("FROM {0}\nRUN true\n", false)]
    [InlineData("FROM scratch\nCOPY --from={0} /version /version\n", true)]
    public async Task An_image_whose_base_was_made_anew_is_stale(string dockerfile, bool isOnlyBuiltHere)
    {
        string baseImage = $"tandem-test-base-{Guid.NewGuid().ToString("N")[..12]}:1";
        await BaseAsync(baseImage, "one");
        Dockerfile(string.Format(System.Globalization.CultureInfo.InvariantCulture, dockerfile, baseImage));
        SandboxImageSource source = isOnlyBuiltHere ? Source(Digest)
            : new SandboxImageSource("localhost:9/" + _name, _folder.FullName, BuildDigest: null, AllowsProcessSandbox: false);
        SandboxImage one = await AnewAsync(source);
        (await AnewAsync(source)).Should().Be(one);

        await BaseAsync(baseImage, "two");
        SandboxImage two = await AnewAsync(source);
        two.Id.Should().NotBe(one.Id);
        (two.Reference == one.Reference).Should().Be(!isOnlyBuiltHere);
        (await AnewAsync(source)).Should().Be(two);

        // Without its base, nobody can have made that anew.
        await Engine.RemoveImageAsync(baseImage, evenIfUsed: true, Token);
        _made.Remove(baseImage);
        (await AnewAsync(source)).Id.Should().Be(two.Id);
    }

    [Fact(Timeout = BackstopMs)]
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
    public async Task Tasks_with_one_base_each_name_their_own_Dockerfile_and_it_is_foreseen_without_a_build()
    {
        const string Text = "FROM localhost:9/tandem-no-such-base:1\nRUN true\n";
        DirectoryInfo other = _folder.CreateSubdirectory("other");
        Dockerfile(Text);
        File.WriteAllText(Path.Combine(other.FullName, "Dockerfile"), Text);
        SandboxImageSource[] sources =
            [Source(Digest), new(_name + "-b", other.FullName, "sha256:ffff456789abcdef", AllowsProcessSandbox: false)];
        string[] made = await Task.WhenAll(sources.Select(FaultAsync));
        SandboxException?[] foreseen = await Task.WhenAll(sources.Select(source => Provider.ForeseeImageAsync(source, Token)));

        foreach ((SandboxImageSource source, string message) in sources.Zip(made).Concat(sources.Zip(foreseen.Select(f => f!.Message))))
        {
            message.Should().StartWith($"{source.BuildFolder}/Dockerfile builds on localhost:9/tandem-no-such-base:1, which is neither present "
                + "nor can it be pulled: the registry localhost:9 cannot be reached (");
        }
        foreseen.Should().OnlyContain(fault => fault!.Fault == SandboxFault.Image && fault.MayPass == true, "a registry may come back");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_build_that_fails_is_not_foreseen_and_does_not_pass()
    {
        Dockerfile($"FROM {DockerEngine.BaseImage}\nRUN exit 3\n");
        (await Provider.ForeseeImageAsync(Source(Digest), Token)).Should().BeNull();
        (await FluentActions.Awaiting(() => PrepareAsync()).Should().ThrowAsync<SandboxException>()).Which.MayPass.Should().BeFalse();
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

    [Fact(Timeout = BackstopMs)]
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

    [Fact(Timeout = 600_000)]
    [Long]
    public async Task A_base_image_is_made_on_the_spot_where_no_registry_answers()
    {
        const string Base = "debian:trixie-slim";
        Dockerfile($"FROM {Base}\nRUN git --version && python3 --version\n");
        await PrepareAsync();
        _made.Add(Base);
        (await Engine.FindImageAsync(Base, Token)).Should().NotBeNull();
    }

    private async Task BaseAsync(string name, string content)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder.FullName, "base")).FullName;
        File.WriteAllText(Path.Combine(folder, "Dockerfile"), $"FROM {DockerEngine.BaseImage}\nRUN echo {content} > /version\n");
        await using (Stream context = await new BuildContextTar(folder, isInput: null, forBuildKit: false).PackAsync(Token))
            await Engine.BuildImageAsync(name, [], context, withBuildKit: false, _ => { }, Token);
        if (!_made.Contains(name))
            _made.Add(name);
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>As the next run does, which remembers nothing.</summary>
    private async Task<SandboxImage> AnewAsync(SandboxImageSource source)
    {
        using var store = new ImageStore(Engine, RegistryLogins.OfUser(TimeProvider.System), TimeProvider.System, logs: null);
        SandboxImage image = await store.PrepareAsync(source, Token);
        if (!_made.Contains(image.Reference))
            _made.Add(image.Reference);
        return image;
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
