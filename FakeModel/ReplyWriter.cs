using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Tandem.FakeModel;

/// <summary>Carries out what the script answers to one request.</summary>
internal sealed class ReplyWriter(HttpContext context, FakeRequest request, FakeUsage usage)
{
    private const string Mark = "A-HUGE-TEXT";

    /// <summary>What was sent before a cut has to reach the client, and a reset may overtake it.</summary>
    private static readonly TimeSpan s_untilCut = TimeSpan.FromMilliseconds(50);
    private static readonly byte[] s_filling = [.. Enumerable.Repeat((byte)'x', 64 * 1024)];

    private readonly CancellationToken _gone = context.RequestAborted;

    public async Task GiveAsync(FakeAnswer answer)
    {
        switch (answer)
        {
            case FakeAnswer.Says says:
                await SayAsync(Reply(says));
                break;
            case FakeAnswer.Status status:
                foreach ((string name, string value) in status.Headers ?? new Dictionary<string, string>())
                    context.Response.Headers[name] = value;
                await WriteAsync(status.Code, status.Body ?? request.Wire.Error(status.Code, null,
                    $"A scripted {status.Code.ToString(CultureInfo.InvariantCulture)}.").ToJsonString());
                break;
            case FakeAnswer.Garbage garbage:
                Begin();
                await context.Response.Body.WriteAsync(garbage.Bytes, _gone);
                break;
            case FakeAnswer.Stall stall:
                await Task.Delay(stall.Time, _gone);
                await GiveAsync(stall.Then ?? new FakeAnswer.Says("Late."));
                break;
            case FakeAnswer.Reset { Midway: false }:
                context.Abort();
                break;
            case FakeAnswer.Reset:
                await WriteHalfAsync();
                await CutAsync();
                break;
            case FakeAnswer.Huge huge:
                await WriteHugeAsync(huge.Bytes);
                break;
            default:
                await BreakAsync(answer);
                break;
        }
    }

    /// <summary>Answers that end otherwise than they began.</summary>
    private async Task BreakAsync(FakeAnswer answer)
    {
        FakeReply broken = Reply(new FakeAnswer.Says(Wire.BrokenText));
        ServerEvent[] events = [.. request.Wire.Events(broken).TakeWhile(item => !item.IsEnd)];
        switch (answer)
        {
            case FakeAnswer.Cut or FakeAnswer.Unended when !request.Streams:
                await WriteHalfAsync();
                if (answer is FakeAnswer.Cut)
                    await CutAsync();
                break;
            case FakeAnswer.Cut cut:
                await WriteAsync(events.Take(cut.Events));
                await CutAsync();
                break;
            case FakeAnswer.Unended unended:
                await WriteAsync(events.Take(unended.Events ?? events.Length));
                break;
            case FakeAnswer.Fails fault when !request.Streams:
                await WriteAsync(fault.Code, request.Wire.Error(fault.Code, fault.Type, fault.Message).ToJsonString());
                break;
            case FakeAnswer.Fails fault:
                await WriteAsync(events.Take(2).Append(request.Wire.ErrorEvent(broken, fault)));
                break;
            case FakeAnswer.Silent silent:
                await WriteAsync(request.Streams ? events.Take(silent.Events) : []);
                await Task.Delay(silent.Time, _gone);
                context.Abort();
                break;
            default:
                throw new NotSupportedException(answer.GetType().Name);
        }
    }

    private FakeReply Reply(FakeAnswer.Says says) => FakeReply.Of(request, says, usage);

    private async Task SayAsync(FakeReply reply)
    {
        if (!request.Streams)
        {
            request.Usage = reply.Tokens;
            await WriteAsync(200, request.Wire.Answer(reply).ToJsonString());
            return;
        }
        ServerEvent[] events = [.. request.Wire.Events(reply)];
        await WriteAsync(events.TakeWhile(item => !item.IsEnd));
        request.Usage = reply.Tokens;
        await WriteAsync(events.SkipWhile(item => !item.IsEnd));
    }

    /// <summary>Written by parts, so that the server does not need the memory.</summary>
    private async Task WriteHugeAsync(long bytes)
    {
        FakeReply reply = Reply(new FakeAnswer.Says(Mark));
        request.Usage = reply.Tokens;
        Begin();
        IEnumerable<string> texts = request.Streams ? request.Wire.Events(reply).Select(item => item.ToString())
            : [request.Wire.Answer(reply).ToJsonString()];
        foreach (string text in texts)
        {
            string[] around = text.Split(Mark);
            await context.Response.WriteAsync(around[0], _gone);
            foreach (string rest in around.Skip(1))
            {
                for (long left = bytes; left > 0; left -= s_filling.Length)
                    await context.Response.Body.WriteAsync(s_filling.AsMemory(0, (int)Math.Min(left, s_filling.Length)), _gone);
                await context.Response.WriteAsync(rest, _gone);
            }
        }
    }

    private async Task WriteHalfAsync()
    {
        FakeReply reply = Reply(new FakeAnswer.Says(Wire.BrokenText));
        string whole = request.Streams ? request.Wire.Events(reply).First().ToString() : request.Wire.Answer(reply).ToJsonString();
        Begin();
        await context.Response.WriteAsync(whole[..(whole.Length / 2)], _gone);
        await context.Response.Body.FlushAsync(_gone);
    }

    private async Task CutAsync()
    {
        await Task.Delay(s_untilCut, _gone);
        context.Abort();
    }

    private void Begin()
    {
        context.Response.ContentType = request.Streams ? "text/event-stream; charset=utf-8" : "application/json";
        if (request.Streams)
            context.Response.Headers.CacheControl = "no-cache";
    }

    /// <summary>Each event leaves at once.</summary>
    private async Task WriteAsync(IEnumerable<ServerEvent> events)
    {
        if (!context.Response.HasStarted)
        {
            Begin();
            await context.Response.Body.FlushAsync(_gone);
        }
        foreach (ServerEvent item in events)
        {
            await context.Response.WriteAsync(item.ToString(), _gone);
            await context.Response.Body.FlushAsync(_gone);
        }
    }

    private Task WriteAsync(int status, string body) => WriteAsync(context, status, body);

    public static async Task WriteAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body, context.RequestAborted);
    }
}
