using System.Formats.Tar;
using System.Security.Cryptography;
using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Tests.Servers;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>
/// A registry on loopback that asks for a password, with one image. The engine talks plain HTTP to it, as to all registries on loopback.
/// </summary>
public sealed class PrivateRegistry : IAsyncDisposable
{
    public const string User = "reader";

    private static readonly ServerRecipe s_recipe = new()
    {
        Image = "tandem-test/registry",
        Dockerfile = $$"""
            FROM {{DockerEngine.BaseImage}}
            RUN apt-get -qq update \
                && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends docker-registry apache2-utils \
                && rm -rf /var/lib/apt/lists/*
            RUN printf '%s\n' 'version: 0.1' \
                'storage: { filesystem: { rootdirectory: /registry } }' \
                'http: { addr: ":5000", secret: none }' \
                'auth: { htpasswd: { realm: test, path: /users } }' > /registry.yml

            """,
        Command = ["sh", "-c", """printf %s "$PASSWORD" | htpasswd -iBc /users "$READER" && exec docker-registry serve /registry.yml"""],
        Port = 5000,
        ReadyMessage = "listening on",
    };

    private ThrowawayServer? _server;

    /// <summary>Drawn anew for each registry.</summary>
    public string Password { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>What images' names begin with.</summary>
    public string Host => _server!.Authority;

    /// <summary>The image in it; the engine does not have it.</summary>
    public string Image => $"{Host}/private/hello:1";

    /// <summary>Starts it with the first test; a fixture that could not be made would fail tests that are to be skipped.</summary>
    internal async Task EnsureAsync(EngineClient engine, CancellationToken cancellationToken)
    {
        if (_server is not null)
            return;
        var environment = new Dictionary<string, string> { ["READER"] = User, ["PASSWORD"] = Password };
        _server = await ThrowawayServer.StartAsync(engine, s_recipe with { Environment = environment }, cancellationToken);
        await PushAsync(engine, cancellationToken);
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task PushAsync(EngineClient engine, CancellationToken cancellationToken)
    {
        using var archive = new MemoryStream();
        var file = new PaxTarEntry(TarEntryType.RegularFile, "hello") { DataStream = new MemoryStream("hello"u8.ToArray()) };
        await using (var writer = new TarWriter(archive, leaveOpen: true))
            await writer.WriteEntryAsync(file, cancellationToken);
        archive.Position = 0;
        string name = $"{Host}/private/hello";
        await engine.ImportImageAsync(name, "1", archive, [], cancellationToken);
        var login = new AuthConfig { Username = User, Password = Password };
        var refusals = new Refusals();
        await engine.SendAsync(
            new EngineCall("pushing an image"),
            (docker, token) => docker.Images.PushImageAsync(name, new ImagePushParameters { Tag = "1" }, login, refusals, token),
            cancellationToken);
        await engine.RemoveImageAsync(Image, evenIfUsed: true, cancellationToken);
    }

    private sealed class Refusals : IProgress<JSONMessage>
    {
        public void Report(JSONMessage value)
        {
            if (value.Error is { } error)
                throw new InvalidOperationException($"The registry does not take the image: {error.Message}");
        }
    }
}
