using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets.Images;
using Tandem.Harness.Tests.Models;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>One image of a task for all hosts, by a real registry that asks for a password. Another host is this engine without the image,
/// and with a base of its own.</summary>
public sealed class SharedImagesTests(PrivateRegistry registry) : DockerTestBase, IClassFixture<PrivateRegistry>
{
    private readonly CliConfigFolder _cli = new();
    private readonly List<string> _notices = [];
    private SharedImageHost _host = null!;

    private ImageRegistry Shared => ImageRegistry.Parse($"{registry.Host}/team/tandem");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await registry.EnsureAsync(Engine, Token);
        _cli.WriteLogin(registry.Host, PrivateRegistry.User, registry.Password);
        _host = await SharedImageHost.CreateAsync(Engine, Token);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_host is not null)
            await _host.DisposeAsync();
        _cli.Dispose();
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task A_host_with_another_base_takes_the_image_that_was_pushed_and_keeps_it()
    {
        SandboxImage built = (await MakeAsync(null)).Image;
        PushedImage pushed = await PushAsync();
        pushed.Reference.Should().Be($"{registry.Host}/team/tandem/{_host.SharedReference}");
        pushed.WasThere.Should().BeFalse();
        (await PushAsync()).WasThere.Should().BeTrue();

        await _host.BecomeAnotherAsync();
        MadeImage taken = await MakeAsync(Shared);
        taken.Should().Be(new MadeImage(new SandboxImage(_host.SharedReference, built.Id), ImageOrigin.Pulled));
        _notices.Should().BeEmpty();
        (await MakeAsync(null)).Should().Be(new MadeImage(taken.Image, ImageOrigin.Present), "it serves without the registry, too");
        await _host.ChangeBaseAsync();
        (await MakeAsync(Shared)).Should().Be(new MadeImage(taken.Image, ImageOrigin.Present));
        (await Engine.InspectImageAsync(built.Id, Token))!.RepoTags.Should().Equal([_host.SharedReference], "nothing else keeps it");
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task An_image_of_ones_own_gives_way_to_the_registrys()
    {
        SandboxImage first = (await MakeAsync(null)).Image;
        await PushAsync();
        await _host.BecomeAnotherAsync();
        SandboxImage own = (await MakeAsync(null)).Image;
        own.Id.Should().NotBe(first.Id);

        (await FluentActions.Awaiting(() => PushAsync()).Should().ThrowAsync<SandboxException>()).Which.Message.Should().Be(
            $"The registry has another image for {_host.Source.Name}: {first.Id}, and here is {own.Id}. To use the registry's here, type "
            + "`./run.sh images build` with the same registry; to replace it for all hosts, `./run.sh images push --replace`.");
        (await MakeAsync(Shared)).Image.Id.Should().Be(first.Id);
        (await MakeAsync(null)).Image.Id.Should().Be(first.Id);
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task Only_who_asks_for_it_replaces_what_the_registry_has()
    {
        await MakeAsync(null);
        await PushAsync();
        await _host.BecomeAnotherAsync();
        SandboxImage own = (await MakeAsync(null)).Image;
        (await PushAsync(replaces: true)).WasThere.Should().BeFalse();
        await _host.BecomeAnotherAsync();
        (await MakeAsync(Shared)).Image.Id.Should().Be(own.Id);
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task What_the_registry_does_not_have_is_built_and_that_is_said()
    {
        MadeImage made = await MakeAsync(Shared);
        made.Origin.Should().Be(ImageOrigin.Built);
        _notices.Should().ContainSingle().Which.Should()
            .Match($"The image {made.Image.Reference} was built on this host, since {Shared.Prefix} did not give it: *not found*"
            + $"`validate` refuses two of them for one task. *`./run.sh images push`.");
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task A_registry_without_a_login_is_named_and_the_image_is_built()
    {
        await MakeAsync(null);
        _cli.Write("{}");
        (await FluentActions.Awaiting(() => PushAsync()).Should().ThrowAsync<SandboxException>()).Which.Message.Should()
            .Match($"*was not pushed: *no basic auth credentials*Run `docker login {registry.Host}` with an account that may push.");
        (await MakeAsync(Shared)).Origin.Should().Be(ImageOrigin.Present);
        _notices.Should().ContainSingle().Which.Should().Contain("no basic auth credentials").And
            .Contain($"`docker login {registry.Host}`");
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task A_registry_that_hangs_is_given_up_and_the_image_is_built()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var silent = ImageRegistry.Parse($"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/team");
        var clock = new HandClock();
        using ImageStore store = _host.Store(silent, _cli.Logins(), clock, _notices.Add);
        Task<MadeImage> making = store.MakeAsync(_host.Source, Token);
        using TcpClient asked = await listener.AcceptTcpClientAsync(Token);
        making.IsCompleted.Should().BeFalse();
        clock.Advance(TimeSpan.FromSeconds(15));

        (await making).Origin.Should().Be(ImageOrigin.Built);
        _notices.Should().ContainSingle().Which.Should().Contain("did not answer within 15 s");
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task A_published_image_comes_from_the_mirror_before_its_own_registry()
    {
        SandboxImageSource published = _host.Source with { BuildDigest = null };
        string id = (await MakeAsync(null)).Image.Id;
        var name = ImageName.Parse(published.Name);
        await Engine.TagImageAsync(id, name.Name, name.Tag, Token);
        (await Pusher().PushAsync(Shared, published, replaces: false, Token)).Reference.Should()
            .Be($"{Shared.Prefix}/{published.Name}");
        await _host.RemoveAllAsync();

        using ImageStore store = _host.Store(Shared, _cli.Logins(), TimeProvider.System, _notices.Add);
        (await store.ForeseeAsync(published, Token)).Should().BeNull();
        (await store.MakeAsync(published, Token)).Should()
            .Be(new MadeImage(new SandboxImage(published.Name, id), ImageOrigin.Pulled));
    }

    private async Task<MadeImage> MakeAsync(ImageRegistry? from)
    {
        using ImageStore store = _host.Store(from, _cli.Logins(), TimeProvider.System, _notices.Add);
        return await store.MakeAsync(_host.Source, Token);
    }

    private ImagePusher Pusher() => new(Engine, _cli.Logins(), TimeProvider.System);

    private Task<PushedImage> PushAsync(bool replaces = false) => Pusher().PushAsync(Shared, _host.Source, replaces, Token);
}
