using System.Diagnostics;
using System.IO.Pipelines;
using System.Net.Http.Json;
using System.Net.Sockets;
using FluentAssertions;
using Microsoft.AspNetCore.Http;
using Tandem.Harness.Gateway.Relays;
using Xunit;

namespace Tandem.Harness.Tests.Gateway.Relays;

/// <summary>What goes through a relay arrives as it was sent, however much and however many.</summary>
public sealed class RelayTrafficTests : RelayTestBase
{
    private const int Megabyte = 1 << 20;

    [Theory(Timeout = BackstopMs)]
    [MemberData(nameof(Interpreters))]
    public async Task A_request_arrives_with_where_it_comes_from(string interpreter)
    {
        await using SandboxRelay relay = await OpenAsync(interpreter, context =>
        {
            RelayOrigin origin = context.Features.Get<RelayOrigin>()!;
            return context.Response.WriteAsJsonAsync(new[] { origin.SandboxId, origin.Tag as string, context.Request.Path.Value });
        });
        using HttpClient client = RelayedServer.Client(relay.Port);
        (await client.GetFromJsonAsync<string[]>("v1/some?thing", Token)).Should().Equal("host", interpreter, "/v1/some");
        (relay.Program, relay.Restarts, relay.WhyEnded).Should().Be((interpreter, 0, null));
    }

    [Theory(Timeout = BackstopMs)]
    [MemberData(nameof(Interpreters))]
    public async Task Sixty_four_connections_stream_at_once(string interpreter)
    {
        const int Count = 64;
        using var all = new CountdownEvent(Count);
        var allAreHere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        SandboxRelay relay = await OpenAsync(interpreter, async context =>
        {
            await context.Response.WriteAsync($"{context.Request.Path}\n");
            await context.Response.Body.FlushAsync();
            if (all.Signal())
                allAreHere.SetResult();
            await allAreHere.Task;
            for (int piece = 0; piece < 20; piece++)
            {
                await context.Response.WriteAsync($"{piece} {context.Request.Path}\n");
                await context.Response.Body.FlushAsync();
            }
        });
        using HttpClient client = RelayedServer.Client(relay.Port);
        string[] answers = await Task.WhenAll(Enumerable.Range(0, Count).Select(number => client.GetStringAsync($"{number}", Token)));
        answers.Should().Equal(Enumerable.Range(0, Count).Select(number =>
            $"/{number}\n{string.Concat(Enumerable.Range(0, 20).Select(piece => $"{piece} /{number}\n"))}"));
    }

    [Theory(Timeout = BackstopMs)]
    [MemberData(nameof(Interpreters))]
    public async Task A_body_that_is_taken_only_when_it_is_whole_arrives(string interpreter)
    {
        SandboxRelay relay = await OpenAsync(interpreter, async context =>
        {
            while (true)
            {
                ReadResult read = await context.Request.BodyReader.ReadAsync(context.RequestAborted);
                if (read.IsCompleted)
                {
                    await context.Response.WriteAsync($"{read.Buffer.Length}");
                    return;
                }
                context.Request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        });
        using HttpClient client = RelayedServer.Client(relay.Port);
        using HttpResponseMessage answer = await client.PostAsync("", new ByteArrayContent(new byte[2 * Megabyte]), Token);
        (await answer.Content.ReadAsStringAsync(Token)).Should().Be($"{2 * Megabyte}");
    }

    [Theory(Timeout = BackstopMs), Long]
    [MemberData(nameof(Interpreters))]
    public async Task Ten_megabytes_go_there_and_back_whole(string interpreter)
    {
        SandboxRelay relay = await OpenAsync(interpreter, RelayedServer.EchoAsync);
        using HttpClient client = RelayedServer.Client(relay.Port);
        byte[] sent = Noise(10 * Megabyte);
        using HttpResponseMessage answer = await client.PostAsync("echo", new ByteArrayContent(sent), Token);
        (await answer.Content.ReadAsByteArrayAsync(Token)).AsSpan().SequenceEqual(sent).Should().BeTrue("every byte comes back");
    }

    [Theory(Timeout = BackstopMs)]
    [MemberData(nameof(Interpreters))]
    public async Task Ten_megabytes_go_both_ways_at_once(string interpreter)
    {
        SandboxRelay relay = await OpenRawAsync(interpreter,
            connection => connection.Transport.Input.CopyToAsync(connection.Transport.Output));
        byte[] sent = Noise(10 * Megabyte);
        using Socket client = await ConnectAsync(relay);
        Task<byte[]> reading = ReadToEndAsync(client);
        for (int at = 0; at < sent.Length;)
            at += await client.SendAsync(sent.AsMemory(at), Token);
        client.Shutdown(SocketShutdown.Send);
        (await reading).AsSpan().SequenceEqual(sent).Should().BeTrue("every byte comes back");
    }

    [Theory(Timeout = BackstopMs)]
    [MemberData(nameof(Interpreters))]
    public async Task A_client_that_reads_nothing_stops_its_sender_and_no_other_connection(string interpreter)
    {
        long written = 0;
        SandboxRelay relay = await OpenAsync(interpreter, async context =>
        {
            if (context.Request.Path != "/flood")
            {
                await RelayedServer.EchoAsync(context);
                return;
            }
            byte[] piece = new byte[64 * 1024];
            for (; written < 100 * Megabyte; written += piece.Length)
                await context.Response.Body.WriteAsync(piece, context.RequestAborted);
        });
        using Socket slow = await ConnectAsync(relay);
        await slow.SendAsync("GET /flood HTTP/1.1\r\nHost: here\r\n\r\n"u8.ToArray(), Token);
        await SettleAsync(() => Interlocked.Read(ref written));

        await EchoRepeatedlyAsync(relay);
        Interlocked.Read(ref written).Should().BeInRange(Megabyte / 4, 20 * Megabyte, "the kernel's buffers and the window are full");
    }

    [Theory(Timeout = BackstopMs), Long]
    [MemberData(nameof(Interpreters))]
    public async Task A_server_that_reads_nothing_stops_its_client_and_no_other_connection(string interpreter)
    {
        SandboxRelay relay = await OpenAsync(interpreter, context => context.Request.Path == "/deaf"
            ? Task.Delay(Timeout.Infinite, context.RequestAborted) : RelayedServer.EchoAsync(context));
        using Socket slow = await ConnectAsync(relay);
        await slow.SendAsync("POST /deaf HTTP/1.1\r\nHost: here\r\nContent-Length: 104857600\r\n\r\n"u8.ToArray(), Token);
        long sent = 0;
        Task sending = SendAsync();
        await SettleAsync(() => Interlocked.Read(ref sent));

        await EchoRepeatedlyAsync(relay);
        sending.IsCompleted.Should().BeFalse();
        Interlocked.Read(ref sent).Should().BeInRange(Megabyte / 4, 20 * Megabyte, "the kernel's buffers and the window are full");
        slow.Dispose();
        await Task.WhenAny(sending);

        async Task SendAsync()
        {
            for (byte[] piece = new byte[64 * 1024]; sent < 100 * Megabyte;)
                Interlocked.Add(ref sent, await slow.SendAsync(piece, Token));
        }
    }

    [Theory(Timeout = BackstopMs), Long]
    [MemberData(nameof(Interpreters))]
    public async Task More_connections_than_it_carries_do_no_harm(string interpreter)
    {
        SandboxRelay relay = await OpenAsync(interpreter, RelayedServer.EchoAsync);
        Socket[] many = await Task.WhenAll(Enumerable.Range(0, RelayFrame.MostConnections + 50).Select(_ => ConnectAsync(relay)));
        foreach (Socket one in many)
            one.Dispose();
        await UntilItCarriesOneAsync(relay);
        await EchoRepeatedlyAsync(relay);
        relay.Restarts.Should().Be(0);
    }

    /// <summary>The relay hears of ended connections a moment later; until then it has as many as it carries, and closes others.</summary>
    private static async Task UntilItCarriesOneAsync(SandboxRelay relay)
    {
        using HttpClient client = RelayedServer.Client(relay.Port);
        for (long began = Stopwatch.GetTimestamp(); ; await Task.Delay(50, Token))
        {
            try
            {
                (await client.PostAsync("echo", new ByteArrayContent([1]), Token)).Dispose();
                return;
            }
            catch (HttpRequestException) when (Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(10))
            {
                // See above.
            }
        }
    }

    private static async Task EchoRepeatedlyAsync(SandboxRelay relay)
    {
        using HttpClient client = RelayedServer.Client(relay.Port);
        byte[] sent = Noise(Megabyte);
        long began = Stopwatch.GetTimestamp();
        for (int round = 0; round < 10; round++)
        {
            using HttpResponseMessage answer = await client.PostAsync("echo", new ByteArrayContent(sent), Token);
            (await answer.Content.ReadAsByteArrayAsync(Token)).AsSpan().SequenceEqual(sent).Should().BeTrue();
        }
        Stopwatch.GetElapsedTime(began).Should().BeLessThan(TimeSpan.FromSeconds(20), "nothing stands in its way");
    }

    /// <summary>Waits until a number that has begun to grow grows no more.</summary>
    private static async Task SettleAsync(Func<long> number)
    {
        for (long before = -1; number() == 0 || number() != before;)
        {
            before = number();
            await Task.Delay(300, Token);
        }
    }
}
