using System.Globalization;
using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.TaskSets.Images;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <content>What images are built on.</content>
public sealed partial class DockerImageTests
{
    [Theory(Timeout = BackstopMs), Long]
    [InlineData("FROM {0}\nRUN true\n", true)]
    [InlineData("FROM {0}\nRUN true\n", false)]
    [InlineData("FROM scratch\nCOPY --from={0} /version /version\n", true)]
    public async Task An_image_whose_base_was_made_anew_is_stale(string dockerfile, bool isOnlyBuiltHere)
    {
        string baseImage = $"tandem-test-base-{Guid.NewGuid().ToString("N")[..12]}:1";
        await BaseAsync(baseImage, "one");
        Dockerfile(string.Format(CultureInfo.InvariantCulture, dockerfile, baseImage));
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
            message.Should().StartWith($"{source.BuildFolder}/Dockerfile builds on localhost:9/tandem-no-such-base:1, which is neither "
                + "present nor can it be pulled: the registry localhost:9 cannot be reached (");
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
}
