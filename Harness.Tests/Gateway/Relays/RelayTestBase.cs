using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Tandem.Harness.Gateway.Relays;
using Xunit;

namespace Tandem.Harness.Tests.Gateway.Relays;

/// <summary>Relays of each interpreter that this host has, to a real server.</summary>
[Slow]
public abstract class RelayTestBase : IAsyncLifetime
{
    protected const int BackstopMs = 60_000;

    private readonly List<IAsyncDisposable> _open = [];

    public static TheoryData<string> Interpreters => new("python3", "node", "perl");

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected HostSandbox Sandbox { get; private set; } = null!;

    private protected RelayedServer Server { get; private set; } = null!;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (IAsyncDisposable one in _open.AsEnumerable().Reverse())
            await one.DisposeAsync();
    }

    /// <summary>A relay to a server that answers as a test says; the relay's tag is the interpreter's name.</summary>
    private protected Task<SandboxRelay> OpenAsync(string interpreter, Func<HttpContext, Task> answer) =>
        OpenAsync(interpreter, answer, raw: null);

    /// <summary>A relay to a server that does with each connection what a test says.</summary>
    private protected Task<SandboxRelay> OpenRawAsync(string interpreter, Func<ConnectionContext, Task> raw) =>
        OpenAsync(interpreter, RelayedServer.EchoAsync, raw);

    /// <summary>A connection to a relay, as a client inside makes it.</summary>
    private protected static async Task<Socket> ConnectAsync(SandboxRelay relay)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, relay.Port, Token);
        return socket;
    }

    private protected static async Task<byte[]> ReadToEndAsync(Socket socket)
    {
        using var whole = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        while (await socket.ReceiveAsync(buffer, Token) is var count and > 0)
            whole.Write(buffer, 0, count);
        return whole.ToArray();
    }

    /// <summary>Bytes that are the same in every run.</summary>
    protected static byte[] Noise(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private async Task<SandboxRelay> OpenAsync(string interpreter, Func<HttpContext, Task> answer, Func<ConnectionContext, Task>? raw)
    {
        if (HostSandbox.FindOnHost(interpreter) is null && Environment.GetEnvironmentVariable("TANDEM_REQUIRE_DOCKER") != "1")
            Assert.Skip($"This host has no {interpreter}.");
        Sandbox = new HostSandbox(interpreter);
        _open.Add(Sandbox);
        Server = await RelayedServer.StartAsync(answer, raw);
        _open.Add(Server);
        SandboxRelay relay = await SandboxRelay.OpenAsync(Sandbox, raw is null ? Server.Http : Server.Raw, tag: interpreter, [],
            TimeProvider.System, Token);
        _open.Add(relay);
        return relay;
    }
}
