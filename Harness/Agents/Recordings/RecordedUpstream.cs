using System.Text.Json.Nodes;
using Tandem.Harness.Gateway.Calls;
using Tandem.Harness.Gateway.Dialects;
using Tandem.Harness.Gateway.Upstreams;
using Tandem.Harness.Models;
using Tandem.Records.Store;

namespace Tandem.Harness.Agents.Recordings;

/// <summary>
/// Answers one command-line agent by what its gateway kept of an earlier attempt, call by call, and asks the model for what was not kept.
/// Nothing is paid for what is answered so. What the agent asks is compared with what it asked then.
/// </summary>
/// <param name="folder">What the gateway kept of this agent.</param>
/// <param name="dialect">What the agent speaks.</param>
/// <param name="journal">Says which calls are recorded.</param>
/// <param name="live">Asked for everything else.</param>
/// <param name="onLost">Called before a call is made again of which nobody knows what it had cost: it was sent, and its answer
/// lost.</param>
internal sealed class RecordedUpstream(string folder, Dialect dialect, Journal journal, IUpstream live, Action onLost) : IUpstream
{
    private int _lost;

    public ModelProvider Provider => live.Provider;

    public SecretFilter Secrets => live.Secrets;

    public async Task<UpstreamAnswer> SendAsync(UpstreamRequest request, CancellationToken cancellationToken)
    {
        string answer = Path.Combine(folder, GatewayFiles.AnswerFile(request.Step));
        if (!journal.Holds(request.Step))
        {
            await journal.GoLiveAsync(cancellationToken);
            if (GatewayFiles.HasLostCall(folder) && Interlocked.Exchange(ref _lost, 1) == 0)
                onLost();
            return await live.SendAsync(request, cancellationToken);
        }
        if (!File.Exists(answer))
        {
            journal.NoteDifference("its answer was not kept", isDecisive: true);
            throw new FailedTry(ModelFault.Refused, "has no answer in the recording", "Run the case anew.");
        }
        Compare(request);
        byte[] bytes = RegularFile.ReadOwn(answer);
        string type = bytes.AsSpan().TrimStart(" \r\n\t"u8) is [(byte)'{' or (byte)'[', ..] ? "application/json" : "text/event-stream";
        return new UpstreamAnswer(200, name => name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase) ? type : null,
            new MemoryStream(bytes));
    }

    private void Compare(UpstreamRequest request)
    {
        if (ReadAsked(Path.Combine(folder, GatewayFiles.RequestFile(request.Step))) is not AskedCall recorded)
            return;
        if (recorded.IsSide != request.Asked.IsSide || recorded.Shape != request.Asked.Shape)
            journal.NoteDifference("the conversation has other turns than recorded:\n"
                + AskedCalls.Difference(recorded.Shape, request.Asked.Shape), isDecisive: true);
        else if (AskedCalls.Difference(AskedCalls.TextOf(recorded), AskedCalls.TextOf(request.Asked)) is string difference)
            journal.NoteDifference($"the request is not as recorded:\n{difference}", isDecisive: false);
    }

    private AskedCall? ReadAsked(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            return GatewayFiles.ReadRequest(path) is byte[] request && JsonParts.ParseObject(request) is JsonObject body
                ? AskedCalls.Of(dialect, body, request) : null;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            // A torn file after a kill: nothing to compare with.
            return null;
        }
    }
}
