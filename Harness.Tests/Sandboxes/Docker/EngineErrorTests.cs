using System.Net;
using System.Net.Sockets;
using System.Text;
using Docker.DotNet.Models;
using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Life;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>Every way in which an engine can fail a call has its class. A fake server is the engine.</summary>
public sealed class EngineErrorTests : IDisposable
{
    private const int BackstopMs = 30_000;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public EngineErrorTests() => _listener.Start();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _listener.Dispose();

    [Theory(Timeout = BackstopMs)]
    [InlineData(404, "No such container: abc", SandboxFault.Lost)]
    [InlineData(409, "Container abc is not running", SandboxFault.Lost)]
    [InlineData(500, "write /x: no space left on device", SandboxFault.Disk)]
    [InlineData(500, "fork/exec: cannot allocate memory", SandboxFault.HostMemory)]
    [InlineData(500, "something else", SandboxFault.Engine)]
    [InlineData(400, "client version 1.47 is too new", SandboxFault.Engine)]
    public async Task An_answer_has_its_class(int status, string message, SandboxFault fault)
    {
        _ = AnswerAsync($"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n", $$"""{"message":"{{message}}"}""");
        SandboxException exception = await FaultAsync(engine => engine.StartContainerAsync("abc", Token));
        exception.Fault.Should().Be(fault);
        exception.Message.Should().Contain(message).And.Contain("starting sandbox abc");
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(404, "No such exec instance", SandboxFault.Lost)]
    [InlineData(409, "Container abc is paused", SandboxFault.Lost)]
    [InlineData(500, "OCI runtime exec failed", SandboxFault.Engine)]
    public async Task So_has_an_answer_to_a_raw_stream(int status, string message, SandboxFault fault)
    {
        _ = AnswerAsync($"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n", $$"""{"message":"{{message}}"}""");
        SandboxException exception = await FaultAsync(engine => engine.StartExecAsync("abc", Token));
        exception.Fault.Should().Be(fault);
        exception.Message.Should().Contain(message);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_image_that_is_missing_is_no_lost_sandbox()
    {
        _ = AnswerAsync("HTTP/1.1 404 X\r\n", """{"message":"No such image: abc"}""");
        (await FaultAsync(async engine => await NewSandbox(engine).StartAsync(Token))).Fault.Should().Be(SandboxFault.Image);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")]
    [InlineData("nonsense\r\n\r\n")]
    public async Task A_connection_that_breaks_is_the_engine_s_fault(string answer)
    {
        _ = AnswerAsync(answer, body: null);
        (await FaultAsync(engine => engine.InspectContainerAsync("abc", TimeSpan.FromSeconds(20), Token))).Fault.Should()
            .Be(SandboxFault.Engine);
        await FluentActions.Awaiting(async () =>
        {
            using ProcessStream stream = await Client().StartExecAsync("abc", Token);
            (await stream.ReadAsync(Token))?.Bytes.Length.Should().BeLessThan(2);
        }).Should().NotThrowAsync<OperationCanceledException>();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_engine_that_hangs_is_a_fault_after_the_call_s_limit()
    {
        SandboxException exception = await FaultAsync(engine => engine.InspectContainerAsync("abc", TimeSpan.FromSeconds(0.3), Token));
        exception.Fault.Should().Be(SandboxFault.Engine);
        exception.Message.Should().Contain("did not finish looking at sandbox abc within");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Nobody_listening_is_the_engine_s_fault()
    {
        EngineClient client = Client();
        _listener.Stop();
        (await FluentActions.Awaiting(() => client.StartContainerAsync("abc", Token)).Should().ThrowAsync<SandboxException>()).Which.Fault
            .Should().Be(SandboxFault.Engine);
        (await FluentActions.Awaiting(() => client.AttachAsync("abc", Token)).Should().ThrowAsync<SandboxException>()).Which.Fault.Should()
            .Be(SandboxFault.Engine);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_caller_who_cancels_gets_a_cancellation()
    {
        using var cancel = new CancellationTokenSource(200);
        await FluentActions.Awaiting(() => Client().StartContainerAsync("abc", cancel.Token)).Should()
            .ThrowAsync<OperationCanceledException>();
        await FluentActions.Awaiting(() => Client().AttachAsync("abc", cancel.Token)).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_error_in_the_progress_counts_although_the_status_is_200()
    {
        _ = AnswerAsync("HTTP/1.1 200 OK\r\n",
            "{\"status\":\"Pulling\"}\r\n{\"errorDetail\":{\"message\":\"manifest unknown\"},\"error\":\"manifest unknown\"}\r\n");
        var seen = new List<JSONMessage>();
        SandboxException exception = await FaultAsync(engine => engine.PullImageAsync("a", "b", null, null, seen.Add, Token));
        exception.Fault.Should().Be(SandboxFault.Image);
        exception.Message.Should().Contain("manifest unknown");
        seen.Should().ContainSingle().Which.Status.Should().Be("Pulling");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Frames_come_apart_however_they_are_cut()
    {
        byte[] frames = [1, 0, 0, 0, 0, 0, 0, 3, .. "out"u8, 2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 4, .. "err!"u8, 1, 0, 0, 0,
            0, 0, 0, 1, .. "x"u8];
        _ = ServeAsync(async stream =>
        {
            await stream.WriteAsync("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\n\r\n"u8.ToArray(), Token);
            foreach (byte one in frames)
            {
                await stream.WriteAsync(new[] { one }, Token);
                await stream.FlushAsync(Token);
            }
        });
        using ProcessStream stream = await Client().StartExecAsync("abc", Token);
        var text = new StringBuilder();
        while (await stream.ReadAsync(Token) is { } piece)
            text.Append(piece.IsStderr ? "E:" : "O:").Append(Encoding.ASCII.GetString(piece.Bytes.Span));
        text.ToString().Replace("O:", "").Replace("E:", "").Should().Be("outerr!x");
        text.ToString().Should().StartWith("O:").And.Contain("E:").And.EndWith("O:x");
    }

    private static SandboxContainer NewSandbox(EngineClient engine)
    {
        var spec = new SandboxSpec
        { Image = new SandboxImage("abc", "abc"), Name = "abc", Owner = new SandboxOwner("store", "test", "case", "1", "agent1") };
        return SandboxContainerBuilder.Of(engine, spec, egressId: null, TimeProvider.System.GetUtcNow()).Build();
    }

    private async Task<SandboxException> FaultAsync(Func<EngineClient, Task> act)
    {
        using EngineClient client = Client();
        return (await FluentActions.Awaiting(() => act(client)).Should().ThrowAsync<SandboxException>()).Which;
    }

    private EngineClient Client() =>
        new(EngineEndpoint.Parse($"tcp://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}", "test"), apiVersion: null,
        TimeProvider.System);

    /// <summary>Answers each connection's request, and closes it.</summary>
    // Each answer ends its connection, and says so: the next call must not be sent on it.
    private Task AnswerAsync(string head, string? body) => ServeAsync(stream =>
        stream.WriteAsync(Encoding.UTF8.GetBytes(body is null
            ? head : $"{head}Connection: close\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"), Token).AsTask());

    private async Task ServeAsync(Func<NetworkStream, Task> answer)
    {
        byte[] buffer = new byte[64 * 1024];
        while (true)
        {
            using TcpClient client = await _listener.AcceptTcpClientAsync(Token);
            NetworkStream stream = client.GetStream();
            _ = await stream.ReadAsync(buffer, Token);
            await answer(stream);
            client.Client.Shutdown(SocketShutdown.Send);
            // Until the other side has read it all: a close with unread input would be a reset.
            while (await stream.ReadAsync(buffer, Token) > 0)
            {
            }
        }
    }
}
