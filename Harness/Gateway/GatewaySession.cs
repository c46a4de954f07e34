using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.Harness.Gateway.Calls;
using Tandem.Harness.Gateway.Dialects;
using Tandem.Harness.Gateway.Upstreams;
using Tandem.Harness.Models;

namespace Tandem.Harness.Gateway;

/// <summary>
/// One agent at the gateway, from the start of its program to its end: what it may ask, what it asked, and why it is answered no more. Its
/// book, and not the program's exit code, decides between a limit, a fault of the endpoint, and the agent's own fault. Safe for concurrent
/// use; disposing ends all calls.
/// </summary>
internal sealed partial class GatewaySession : IAsyncDisposable
{
    /// <summary>Answers in a row that broke off, after which the endpoint is at fault.</summary>
    public const int MostCuts = 6;

    /// <summary>Refusals for the length of the conversation that the agent gets, so that it can shorten it.</summary>
    public const int MostOverflows = 2;

    /// <summary>Requests that the gateway itself refuses, after which the agent ends.</summary>
    public const int MostRefusals = 100;

    // A refusal that is near the stated context without a known reason is one of length.
    private const int BytesPerToken = 4;
    private const double NearContext = 0.8;

    private static readonly JsonSerializerOptions s_asWritten = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<GatewayEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, GatewayCall> _underWay = [];
    private readonly HashSet<Task> _running = [];
    private readonly Dictionary<string, ChatToolCall> _open = [];
    private readonly Insertions _insertions = new();
    private readonly GatewayFiles _files;
    private readonly IGatewayClient _client;
    private readonly ModelCaller _caller;
    private int _cuts;
    private int _overflows;
    private int _refusals;
    private int _isDisposed;

    public GatewaySession(GatewayTerms terms, ModelCaller caller, IGatewayClient client)
    {
        (Terms, _caller, _client) = (terms, caller, client);
        _files = new GatewayFiles(terms.Folder);
    }

    /// <summary>What the agent shows as its key. It is worth nothing to anybody else, and nothing when the session is over.</summary>
    public string Token { get; } = "tandem-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));

    public GatewayTerms Terms { get; }

    public Dialect Dialect => _caller.Dialect;

    public IGatewayClient Client => _client;

    /// <summary>Completed when the agent is answered no more; then it has a little time to end by itself.</summary>
    public Task<GatewayEnd> Ended => _ended.Task;

    /// <summary>Why it is answered no more; null while it is.</summary>
    public GatewayEnd? End => _ended.Task.IsCompletedSuccessfully ? _ended.Task.Result : null;

    /// <summary>Whether its last call that offered tools was answered without a call of one: it has said its last word.</summary>
    public bool HasLastWord { get; private set; }

    /// <summary>What its end means if it ends now, since its last call was not answered; null if that was answered.</summary>
    public GatewayEnd? Pending { get; private set; }

    /// <summary>Requests that were refused by the gateway: other paths, other models, foreign tokens, what reaches beyond the
    /// model.</summary>
    public int Refusals => _refusals;

    /// <summary>Ends the session: nothing more is sent. The first reason stays.</summary>
    public void Stop(GatewayEnd end) => _ended.TrySetResult(end);

    /// <summary>Counts and records a request that is refused, and says so to the agent in the words of its dialect.</summary>
    public GatewayReply Refuse(int status, string why)
    {
        if (Interlocked.Increment(ref _refusals) >= MostRefusals)
            Stop(GatewayEnd.Of(new GatewayAbusedException(
                $"The agent asked {MostRefusals} times for what its gateway refuses; at last: {why}")));
        if (_refusals <= MostRefusals)
            _client.NoteEvent("the gateway refused a request", why);
        return Error(status, why);
    }

    /// <summary>Asks the model, or goes on with an answer that the same request began.</summary>
    /// <param name="route">What the request is for.</param>
    /// <param name="query">Of the request, as far as the model is concerned; empty or with its question mark.</param>
    /// <param name="asked">The body.</param>
    /// <param name="headers">See <see cref="UpstreamRequest"/>.</param>
    /// <param name="cancellationToken">The agent has hung up; what is under way goes on.</param>
    public async Task<GatewayReply> CallAsync(GatewayRoute route, string query, byte[] asked,
        IReadOnlyList<(string Name, string Value)> headers, CancellationToken cancellationToken)
    {
        if (End is GatewayEnd over)
            return Over(over);
        if (JsonParts.ParseObject(asked) is not JsonObject body)
            return Refuse(400, "The request is not a JSON object.");
        string? named = Dialect.ModelOf(route, body);
        if (named != Terms.Model && !Terms.MapsModels)
            return Refuse(400, $"The request names the model '{named}', and this run has '{Terms.Model}' alone.");
        if (!Terms.AllowsReach && Dialect.Reach(body) is string reach)
            return Refuse(400, $"The request holds {reach}, which this run does not allow.");
        string digest = route.UpstreamPath + Convert.ToHexStringLower(SHA256.HashData(asked));
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (End is GatewayEnd meanwhile)
                return Over(meanwhile);
            if (FindUnread(digest) is GatewayCall unread)
                return new GatewayReply(unread);
            AskedCall form = AskedCalls.Of(Dialect, body, asked);
            JsonArray turns = Dialect.Turns(body);
            if (!form.IsSide)
                NoteOutputs(turns);
            GatewayPermit permit = await _client.BeginCallAsync(
                !form.IsSide && Terms.PutsMessagesIntoPrompt && _client.Messages is not null, cancellationToken);
            if (permit.Limit is string limit)
            {
                Stop(GatewayEnd.Of(limit));
                return Over(End!);
            }
            // What it said before was no last word.
            HasLastWord &= form.IsSide;
            bool isChanged = Dialect.AskForUsage(route, body);
            bool isMapped = named != Terms.Model;
            if (isMapped)
                route = Dialect.WithModel(route, body, Terms.Model);
            _insertions.Add(turns.Count, permit.Messages);
            isChanged |= isMapped | (!form.IsSide && _insertions.Insert(Dialect, turns));
            byte[] sent = isChanged ? JsonSerializer.SerializeToUtf8Bytes(body, s_asWritten) : asked;
            _files.Begin(permit.Step, asked, isChanged ? (ReadOnlyMemory<byte>?)sent : null);
            var note = new CallNote(permit.Step, _caller.Clock.GetUtcNow(), form.IsSide, named,
                Dialect.Streams(route, body), null, "", 0, 0, 0, null, null, null, null, permit.Messages, form.Shape);
            var request = new UpstreamRequest(route.UpstreamPath + query, sent, headers) { Asked = form, Step = permit.Step };
            var call = new GatewayCall(_caller, _client, _files, request, note)
            { OnAnswered = answer => TakeAnswer(answer, form.IsSide) };
            Keep(digest, call, RunAsync(call, permit.Step, form.IsSide, asked.Length));
            return new GatewayReply(call);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // What an agent asked or was told could not be kept: the harness's fault.
            Stop(GatewayEnd.Of(exception));
            return Over(End!);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>What an agent is answered that reached a limit: the one answer that all agents take as final at once.</summary>
    public GatewayReply Over(GatewayEnd end) => Error(400, end.Limit is string
        ? "This run has reached one of its limits and ends here. No further call will be answered."
        : "This run ends here. No further call will be answered.");

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
            return;
        Stop(GatewayEnd.Of("session"));
        await _stop.CancelAsync();
        Task[] running;
        lock (_lock)
            running = [.. _running];
        await Task.WhenAll(running);
        _files.Dispose();
        _stop.Dispose();
        _one.Dispose();
    }

    private GatewayReply Error(int status, string message) => new(status, Dialect.ErrorBody(status, message));

    /// <summary>An answer that the same request began and nobody has read to its end, since the agent hung up.</summary>
    private GatewayCall? FindUnread(string digest)
    {
        lock (_lock)
            return _underWay.TryGetValue(digest, out GatewayCall? call) && call is { Failed: null, IsCut: false }
                && !call.Exchange.IsDelivered ? call : null;
    }

    private void Keep(string digest, GatewayCall call, Task running)
    {
        lock (_lock)
        {
            foreach (string old in _underWay.Where(one => one.Value.Exchange.IsOver).Select(one => one.Key).ToArray())
                _underWay.Remove(old);
            _underWay[digest] = call;
            _running.Add(running);
        }
        running.ContinueWith(
            done =>
            {
                lock (_lock)
                    _running.Remove(done);
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void NoteOutputs(JsonArray turns)
    {
        lock (_lock)
        {
            if (_open.Count == 0)
                return;
            foreach (ToolOutput output in Dialect.ToolOutputs(turns))
            {
                // Some clients make up ids for calls that came without one.
                if (_open.Remove(KeyOf(output.CallId, output.Name), out ChatToolCall? call)
                    || _open.Remove(KeyOf("", output.Name), out call))
                    _client.NoteToolOutput(call, output.Text);
            }
        }
    }

    // Gemini's calls may have no ids; their names stand for them then.
    private static string KeyOf(string id, string? name) => id.Length > 0 ? id : "name " + name;
}
