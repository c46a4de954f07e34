using Tandem.Harness.Gateway.Calls;
using Tandem.Harness.Gateway.Dialects;
using Tandem.Harness.Models;

namespace Tandem.Harness.Gateway;

/// <content>What became of calls, and what that means for the agent.</content>
internal sealed partial class GatewaySession
{
    private async Task RunAsync(GatewayCall call, int step, bool isSide, int bytes)
    {
        await Task.Yield();
        using IDisposable at = _client.At(step);
        try
        {
            await call.RunAsync(_stop.Token);
            if (call.Failed is FailedTry failed)
                Take(call, failed, isSide, bytes);
            else if (call.IsCut)
                TakeCut();
        }
        catch (OperationCanceledException)
        {
            call.Exchange.End(isCut: true);
        }
        catch (Exception exception)
        {
            // The harness's fault: the disk is full, for example.
            Stop(GatewayEnd.Of(exception));
            Deny(call, Over(End!));
        }
    }

    private void TakeAnswer(GatewayAnswer answer, bool isSide)
    {
        (_cuts, Pending) = (0, null);
        if (isSide)
            return;
        IReadOnlyList<ChatToolCall> calls = answer.ToolCalls;
        HasLastWord = calls.Count == 0;
        // It has shortened its conversation, and that helped.
        _overflows = 0;
        lock (_lock)
        {
            foreach (ChatToolCall one in calls)
                _open[KeyOf(one.Id, one.Name)] = one;
        }
    }

    private void TakeCut()
    {
        Pending = GatewayEnd.Of(new ModelException(ModelFault.Transport,
            $"Model '{Terms.Model}': {++_cuts} answers in a row broke off in the middle. The fault is the endpoint's: run the case again "
            + "when it is well."));
        if (_cuts >= MostCuts)
            Stop(Pending);
    }

    private void Take(GatewayCall call, FailedTry failed, bool isSide, int bytes)
    {
        string why = _caller.Upstream.Secrets.Clean(failed.Message);
        ModelFault fault = failed.Fault;
        if (failed.MayBeOfConversation && _caller.HasAnswered)
            fault = bytes / BytesPerToken >= NearContext * _caller.Settings.ContextTokens ? ModelFault.ContextOverflow
                : ModelFault.ConversationRefused;
        switch (fault)
        {
            case ModelFault.ContextOverflow when ++_overflows <= MostOverflows:
                // Its own words: agents look for them, and shorten what they send.
                Pending = GatewayEnd.Of("context", why);
                Deny(call, Error(400, why));
                return;
            case ModelFault.ContextOverflow:
                Stop(GatewayEnd.Of("context", why));
                break;
            case ModelFault.RequestTooLarge:
                Stop(GatewayEnd.Of("request_too_large", why));
                break;
            case ModelFault.ConversationRefused when isSide:
                Deny(call, Refuse(400, why));
                return;
            case ModelFault.ConversationRefused:
                Stop(GatewayEnd.Of("refused", why));
                break;
            default:
                Stop(GatewayEnd.Of(_caller.ExceptionOf(failed)));
                break;
        }
        Deny(call, Over(End!));
    }

    private static void Deny(GatewayCall call, GatewayReply reply)
    {
        call.Exchange.Begin(new ExchangeHead(reply.Status, "application/json"));
        call.Exchange.Append(reply.Body);
        call.Exchange.End(isCut: false);
    }
}
