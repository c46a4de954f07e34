using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets.Images;
using Tandem.Harness.Tests.Models;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>Pulls from a registry that asks for a password, by the real engine.</summary>
public sealed class PrivateRegistryTests(PrivateRegistry registry) : DockerTestBase, IClassFixture<PrivateRegistry>
{
    private const string Wrong = "not-the-pa55word";
    private readonly CliConfigFolder _cli = new();

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await registry.EnsureAsync(Engine, Token);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _cli.Dispose();
        if (Provider is not null && await Engine.FindImageAsync(registry.Image, CancellationToken.None) is not null)
            await Engine.RemoveImageAsync(registry.Image, evenIfUsed: true, CancellationToken.None);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Who_never_logged_in_learns_what_to_do() => (await RefusalAsync()).Should().Match(
        $"The image {registry.Image} is not present, was not pulled (*no basic auth credentials*"
        + $"No login was shown: there is no file {_cli.File}. If the image is private, run `docker login {registry.Host}`.), "
        + "and there is no folder to build it from.");

    [Fact(Timeout = BackstopMs)]
    public async Task A_login_of_the_file_is_shown()
    {
        _cli.WriteLogin($"http://{registry.Host}/v2/", PrivateRegistry.User, registry.Password);
        await ExpectPulledAsync();
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("""{ "credHelpers": { "HOST": "kept" }, "credsStore": "missing" }""")]
    [InlineData("""{ "auths": { "HOST": {} }, "credsStore": "kept" }""")]
    public async Task A_login_of_a_helper_is_shown(string json)
    {
        _cli.AddHelper("kept", registry.Host, PrivateRegistry.User, registry.Password);
        _cli.Write(json.Replace("HOST", registry.Host, StringComparison.Ordinal));
        await ExpectPulledAsync();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_login_that_is_refused_is_named_and_not_quoted()
    {
        _cli.WriteLogin(registry.Host, PrivateRegistry.User, Wrong);
        string remedy = $"Run `docker login {registry.Host}` with an account that may read the image.";
        (await RefusalAsync()).Should().Match($"*unauthorized*The login in {_cli.File} was shown. {remedy}*").And.NotContain(Wrong);

        _cli.AddHelper("kept", registry.Host, PrivateRegistry.User, Wrong);
        _cli.Write("""{ "credsStore": "kept" }""");
        string account = $"The login that docker-credential-kept, which {_cli.File} names, gave was shown.";
        (await RefusalAsync()).Should().Match($"*unauthorized*{account} {remedy}*").And.NotContain(Wrong);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("exec sleep 60", "did not end within 0.5 s and was killed.")]
    [InlineData("echo no keychain; exit 2", "exited with code 2 (\"no keychain\").")]
    [InlineData("echo nonsense", "printed something else than a login.")]
    public async Task A_broken_helper_is_named_where_the_registry_refuses(string script, string trouble)
    {
        _cli.AddHelper("broken", script);
        _cli.HelperLimit = TimeSpan.FromSeconds(script.Contains("sleep", StringComparison.Ordinal) ? 0.5 : 20);
        _cli.Write("""{ "credsStore": "broken" }""");
        (await RefusalAsync()).Should().Match(
            $"*no basic auth credentials*docker-credential-broken, which {_cli.File} names, {trouble} "
            + $"Repair the helper*`docker login {registry.Host}`*");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_damaged_file_is_named_where_the_registry_refuses()
    {
        _cli.Write("not JSON");
        (await RefusalAsync()).Should().Match(
            $"*no basic auth credentials*line 1 of {_cli.File} is not as the docker CLI writes it.*`docker login {registry.Host}`*");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_login_between_two_tries_is_noticed()
    {
        var clock = new HandClock();
        var puller = new ImagePuller(Engine, _cli.Logins(clock), TimeProvider.System);
        (await puller.TryPullAsync(registry.Image, Token)).Should().Contain("docker login");
        _cli.WriteLogin(registry.Host, PrivateRegistry.User, registry.Password);
        clock.Advance(TimeSpan.FromMinutes(1));
        (await puller.TryPullAsync(registry.Image, Token)).Should().BeNull();
        (await Engine.FindImageAsync(registry.Image, Token)).Should().NotBeNull();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_image_that_is_not_there_is_no_refusal()
    {
        _cli.WriteLogin(registry.Host, PrivateRegistry.User, registry.Password);
        var puller = new ImagePuller(Engine, _cli.Logins(), TimeProvider.System);
        (await puller.TryPullAsync($"{registry.Host}/private/other:1", Token)).Should().Contain("not found").And.NotContain("login");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_registry_that_is_down_is_unreachable_whatever_the_login()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string host = $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        listener.Stop();
        _cli.WriteLogin(host, PrivateRegistry.User, registry.Password);
        var puller = new ImagePuller(Engine, _cli.Logins(), TimeProvider.System);
        (await puller.TryPullAsync($"{host}/private/hello:1", Token)).Should().StartWith($"the registry {host} cannot be reached")
            .And.NotContain("login").And.NotContain(registry.Password);
    }

    private async Task ExpectPulledAsync()
    {
        using var store = new ImageStore(Engine, _cli.Logins(), TimeProvider.System, logs: null);
        (await store.MakeAsync(Source, Token)).Origin.Should().Be(ImageOrigin.Pulled);
    }

    private async Task<string> RefusalAsync()
    {
        using var store = new ImageStore(Engine, _cli.Logins(), TimeProvider.System, logs: null);
        Func<Task> prepare = () => store.PrepareAsync(Source, Token);
        SandboxException refusal = (await prepare.Should().ThrowAsync<SandboxException>()).Which;
        refusal.Fault.Should().Be(SandboxFault.Image);
        refusal.ToString().Should().NotContain(registry.Password);
        return refusal.Message;
    }

    private SandboxImageSource Source => new(registry.Image, BuildFolder: null, BuildDigest: null, AllowsProcessSandbox: false);
}
