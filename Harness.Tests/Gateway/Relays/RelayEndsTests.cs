using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FluentAssertions;
using Tandem.Harness.Gateway.Relays;
using Xunit;

namespace Tandem.Harness.Tests.Gateway.Relays;

/// <summary>How connections, relays and their programs end.</summary>
public sealed class RelayEndsTests : RelayTestBase
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(5);

    public static TheoryData<string, bool> Hangups => new MatrixTheoryData<string, bool>(["python3", "node", "perl"], [false, true]);

    [Theory(Timeout = BackstopMs)]
    [MemberData(nameof(Interpreters))]
    public async Task A_client_that_has_ended_its_sending_still_reads_all_of_the_answer(string interpreter)
    {
        byte[] sent = Noise(1_000_000);
        SandboxRelay relay = await OpenRawAsync(interpreter, async connection =>
        {
            byte[] whole = await ReadToEndAsync(connection.Transport.Input);
            await connection.Transport.Output.WriteAsync(whole);
            await connection.Transport.Output.WriteAsync("end"u8.ToArray());
        });
        using Socket client = await ConnectAsync(relay);
        await client.SendAsync(sent, Token);
        client.Shutdown(SocketShutdown.Send);
        byte[] got = await ReadToEndAsync(client);
        got.AsSpan(0, sent.Length).SequenceEqual(sent).Should().BeTrue();
        got[sent.Length..].Should().Equal("end"u8.ToArray());
    }

    [Theory(Timeout = BackstopMs)]
    [MemberData(nameof(Interpreters))]
    public async Task A_server_that_has_ended_its_sending_still_reads_what_the_client_sends(string interpreter)
    {
        var got = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        SandboxRelay relay = await OpenRawAsync(interpreter, async connection =>
        {
            await connection.Transport.Output.WriteAsync("bye"u8.ToArray());
            await connection.Transport.Output.CompleteAsync();
            got.SetResult(await ReadToEndAsync(connection.Transport.Input));
        });
        using Socket client = await ConnectAsync(relay);
        Encoding.UTF8.GetString(await ReadToEndAsync(client)).Should().Be("bye");
        byte[] sent = Noise(1_000_000);
        await client.SendAsync(sent, Token);
        client.Shutdown(SocketShutdown.Send);
        (await got.Task.WaitAsync(s_soon, Token)).AsSpan().SequenceEqual(sent).Should().BeTrue();
    }

    [Theory(Timeout = BackstopMs)]
    [MemberData(nameof(Hangups))]
    public async Task A_client_that_hangs_up_is_noticed_at_once(string interpreter, bool rudely)
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        SandboxRelay relay = await OpenAsync(interpreter, async context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            arrived.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        Socket client = await ConnectAsync(relay);
        await client.SendAsync("GET /wait HTTP/1.1\r\nHost: here\r\n\r\n"u8.ToArray(), Token);
        await arrived.Task.WaitAsync(s_soon, Token);
        if (rudely)
            client.LingerState = new LingerOption(true, 0);
        client.Dispose();
        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(2), Token);
    }

    [Theory(Timeout = BackstopMs)]
    [MemberData(nameof(Interpreters))]
    public async Task A_connection_that_the_server_aborts_is_reset(string interpreter)
    {
        SandboxRelay relay = await OpenAsync(interpreter, context =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        using HttpClient client = RelayedServer.Client(relay.Port);
        await client.Invoking(one => one.GetAsync("any", Token)).Should().ThrowAsync<HttpRequestException>();
        await client.Invoking(one => one.GetAsync("more", Token)).Should().ThrowAsync<HttpRequestException>();
        relay.Restarts.Should().Be(0);
    }

    [Theory(Timeout = BackstopMs)]
    [MemberData(nameof(Interpreters))]
    public async Task A_program_that_is_killed_is_started_again_on_the_same_port(string interpreter)
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        SandboxRelay relay = await OpenAsync(interpreter, async context =>
        {
            if (context.Request.Path != "/wait")
                return;
            context.RequestAborted.Register(aborted.SetResult);
            arrived.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        int port = relay.Port;
        using HttpClient client = RelayedServer.Client(port);
        Task<HttpResponseMessage> waiting = client.GetAsync("wait", Token);
        await arrived.Task.WaitAsync(s_soon, Token);
        Sandbox.Processes[^1].Kill();
        await aborted.Task.WaitAsync(s_soon, Token);
        await waiting.Awaiting(one => one).Should().ThrowAsync<HttpRequestException>();

        await AnswersAgainAsync(client);
        (relay.Port, relay.Restarts, relay.WhyEnded, Sandbox.Processes.Count).Should().Be((port, 1, null, 2));
    }

    [Theory(Timeout = BackstopMs)]
    [MemberData(nameof(Interpreters))]
    public async Task A_relay_that_is_closed_ends_its_program_and_aborts_its_connections(string interpreter)
    {
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        SandboxRelay relay = await OpenAsync(interpreter, async context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            arrived.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using HttpClient client = RelayedServer.Client(relay.Port);
        Task<HttpResponseMessage> waiting = client.GetAsync("wait", Token);
        await arrived.Task.WaitAsync(s_soon, Token);

        await relay.DisposeAsync();
        await aborted.Task.WaitAsync(s_soon, Token);
        await waiting.Awaiting(one => one).Should().ThrowAsync<HttpRequestException>();
        await Sandbox.Processes.Single().WaitForExitAsync(Token).WaitAsync(s_soon, Token);
        (relay.Restarts, relay.WhyEnded).Should().Be((0, "it was closed"));
    }

    [Theory(Timeout = BackstopMs)]
    [MemberData(nameof(Interpreters))]
    public async Task Another_port_is_taken_where_the_usual_one_is_in_use(string interpreter)
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            other.Bind(new IPEndPoint(IPAddress.Loopback, SandboxRelay.UsualPort));
            other.Listen();
        }
        catch (SocketException)
        {
            // Somebody else has it, which is as good.
        }
        SandboxRelay relay = await OpenAsync(interpreter, _ => Task.CompletedTask);
        relay.Port.Should().NotBe(SandboxRelay.UsualPort);
        using HttpClient client = RelayedServer.Client(relay.Port);
        (await client.GetAsync("any", Token)).IsSuccessStatusCode.Should().BeTrue();
    }

    private static async Task AnswersAgainAsync(HttpClient client)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                (await client.GetAsync("again", Token)).IsSuccessStatusCode.Should().BeTrue();
                return;
            }
            catch (HttpRequestException) when (attempt < 100)
            {
                await Task.Delay(50, Token);
            }
        }
    }

    private static async Task<byte[]> ReadToEndAsync(PipeReader reader)
    {
        var whole = new ArrayBufferWriter<byte>();
        while (true)
        {
            ReadResult read = await reader.ReadAsync(Token);
            foreach (ReadOnlyMemory<byte> piece in read.Buffer)
                whole.Write(piece.Span);
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return whole.WrittenSpan.ToArray();
        }
    }
}
