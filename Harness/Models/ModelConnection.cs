using System.Globalization;
using Polly;
using Tandem.Harness.Configuration;

namespace Tandem.Harness.Models;

/// <summary>
/// The way to the model: one per process, shared by all cases, safe for any number of calls at once. A request goes through the gate, is
/// sent, and its answer read; what may go better another time is tried again after growing pauses with jitter, or after those that the
/// endpoint asks for, which then hold for all.
/// </summary>
public sealed class ModelConnection : IChatModel, IDisposable
{
    private const int LongestQuote = 500;

    // Of English or code in JSON; as a part of the stated context, from where on a refusal without a known reason is one of length.
    private const int BytesPerToken = 4;
    private const double NearContext = 0.8;

    // One line, whatever the endpoint sent.
    private static readonly char[] s_breaks =
        [.. Enumerable.Range(0, 256).Select(c => (char)c).Where(c => char.IsControl(c) || char.IsWhiteSpace(c))];

    private readonly ModelSettings _settings;
    private readonly TimeProvider _clock;
    private readonly ModelPrice? _price;
    private readonly IModelWire _wire;
    private readonly ResiliencePipeline<ChatReply> _retries;
    private volatile bool _hasAnswered;

    private ModelConnection(ModelSettings settings, string? key, ModelPrice? price, TimeProvider clock)
    {
        _settings = settings;
        _clock = clock;
        _price = price;
        _wire = ModelWires.Open(settings, key);
        _retries = ModelRetries.Of<ChatReply>(settings, clock);
        Gate = new RequestGate(settings.MaxConcurrent, clock);
        Endpoint = new Uri(settings.BaseUrl)
            .GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/');
        Provider = ModelProvider.Of(settings.BaseUrl, settings.Provider);
        Secrets = new SecretFilter(key is null ? [] : [key]);
    }

    /// <summary>Notes that requests with these settings were answered before this process began: a refusal is then one of its
    /// conversation.</summary>
    internal void HasAnsweredBefore() => _hasAnswered = true;

    /// <summary>The endpoint's base address, without user info or query.</summary>
    public string Endpoint { get; }

    /// <inheritdoc />
    public ModelProvider Provider { get; }

    /// <summary>Takes the key out of texts.</summary>
    public SecretFilter Secrets { get; }

    /// <summary>The rate limit of all cases.</summary>
    internal RequestGate Gate { get; }

    /// <summary>Opens the way; nothing is sent yet.</summary>
    /// <param name="settings">Which model, and how it is reached.</param>
    /// <param name="variable">Gives an environment variable's value, or null.</param>
    /// <param name="prices">What models cost; one that is not in it has a cost of null.</param>
    /// <param name="clock">Time of pauses, limits and latencies.</param>
    /// <exception cref="SettingsException">The settings are wrong, or what they need is missing; every fault is listed, and no secret is in
    /// it.</exception>
    public static ModelConnection Open(ModelSettings settings, Func<string, string?> variable, PriceTable prices, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(variable);
        ArgumentNullException.ThrowIfNull(prices);
        ArgumentNullException.ThrowIfNull(clock);
        string[] faults = [.. ModelRules.Faults(settings)];
        if (faults.Length == 0 && (ModelWires.Fault(settings) ?? ModelKey.Fault(settings, variable)) is string fault)
            faults = [fault];
        return faults.Length > 0 ? throw new SettingsException("The model", faults)
            : new ModelConnection(settings, ModelKey.Find(settings, variable), prices.Find(settings.Name!), clock);
    }

    /// <summary>What is missing for a use of the model, as a sentence that says what to set; null if nothing is. Nothing is sent.</summary>
    /// <param name="settings">Which model, and how it is reached.</param>
    /// <param name="variable">Gives an environment variable's value, or null.</param>
    public static string? WhyUnusable(ModelSettings settings, Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(variable);
        return ModelRules.Faults(settings).FirstOrDefault() ?? ModelWires.Fault(settings) ?? ModelKey.Fault(settings, variable);
    }

    /// <inheritdoc />
    public async Task<ChatReply> CompleteAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ReadOnlyMemory<byte> body = _wire.Write(request);
        int tries = 0;
        var unusable = new List<UnusableAnswer>();
        try
        {
            return await _retries.ExecuteAsync(
                async token =>
                {
                    tries++;
                    try
                    {
                        ChatReply reply = await TryAsync(body, request.Messages.Count, token);
                        return reply with { Retries = tries - 1, Unusable = unusable };
                    }
                    catch (FailedTry failed) when (failed.Tokens is { } tokens)
                    {
                        unusable.Add(new UnusableAnswer(Line(failed.Message), tokens, _price?.CostOf(tokens)));
                        failed.IsLast = unusable.Sum(one => one.Cost ?? 0) >= request.MostUnusableUsd;
                        throw;
                    }
                },
                cancellationToken);
        }
        catch (FailedTry failed)
        {
            // A conversation that was taken up had answers of an earlier process, with the same settings.
            bool wasAnswered = _hasAnswered || request.Messages.Any(message => (string?)message?["role"] == "assistant");
            throw Fail(failed, tries, wasAnswered ? body.Length / BytesPerToken : null, unusable);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Gate.Dispose();
        _wire.Dispose();
    }

    private async Task<ChatReply> TryAsync(ReadOnlyMemory<byte> body, int turn, CancellationToken cancellationToken)
    {
        using RequestGate.Pass pass = await Gate.EnterAsync(cancellationToken);
        long sent = _clock.GetTimestamp();
        try
        {
            EndpointAnswer answer = await SendAsync(body, cancellationToken);
            ChatReply reply = AnswerReader.Read(_wire, answer, turn, _settings, _price, _clock.GetUtcNow()) with
            { Latency = _clock.GetElapsedTime(sent) };
            pass.Succeeded();
            _hasAnswered = true;
            return reply;
        }
        catch (FailedTry failed)
        {
            if (failed.Fault == ModelFault.RateLimit)
                pass.Throttled();
            if (failed.IsTransient && failed.RetryAfter is TimeSpan pause)
                Gate.Pause(pause);
            throw;
        }
    }

    private async Task<EndpointAnswer> SendAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(_settings.RequestSeconds), _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await _wire.SendAsync(body, either.Token);
        }
        catch (Exception exception) when (either.IsCancellationRequested && exception is not FailedTry)
        {
            // A connection that is cut by the cancellation may show as any fault.
            cancellationToken.ThrowIfCancellationRequested();
            throw new FailedTry(
                ModelFault.Transport,
                $"gave no whole answer within {_settings.RequestSeconds.ToString(CultureInfo.InvariantCulture)} s",
                "If it is only slow, raise model.request_seconds or lower model.max_concurrent.");
        }
    }

    /// <param name="failed">The last try.</param>
    /// <param name="tries">How many there were.</param>
    /// <param name="tokens">About how many the request has, if others with the same settings were answered; null if none was.</param>
    /// <param name="unusable">What was paid.</param>
    private ModelException Fail(FailedTry failed, int tries, long? tokens, IReadOnlyList<UnusableAnswer> unusable)
    {
        string what = Line(failed.Message);
        string after = tries > 1 ? $" {tries} tries were made." : "";
        if (failed.IsLast)
            after += string.Create(CultureInfo.InvariantCulture,
                $" Answers that could not be used have cost {unusable.Sum(one => one.Cost ?? 0):0.00} USD, so no more were asked for.");
        // A message that ends a sentence by itself gets no second full stop.
        string stop = what.Length > 0 && what[^1] is '.' or '!' or '?' ? "" : ".";
        (ModelFault fault, string remedy) = (failed.Fault, failed.Remedy);
        if (failed.MayBeOfConversation && tokens is long size)
            (fault, remedy) = OfConversation(size);
        return new ModelException(fault, $"Model '{_settings.Name}': {Endpoint} {what}{stop}{after} {Secrets.Clean(remedy)}", unusable);
    }

    /// <summary>What a refusal is that other requests with the same settings did not meet.</summary>
    private (ModelFault Fault, string Remedy) OfConversation(long tokens) => tokens < NearContext * _settings.ContextTokens
        ? (ModelFault.ConversationRefused,
            "It answered other requests with the same settings, so that it is this conversation that it refuses.")
        : (ModelFault.ContextOverflow, string.Create(CultureInfo.InvariantCulture,
            $"It answered other requests with the same settings, and this one has about {tokens} tokens, near or above "
            + $"model.context_tokens ({_settings.ContextTokens}), so that it counts as longer than the context."));

    /// <summary>A text of the endpoint in one line, shortened, without secrets.</summary>
    private string Line(string text)
    {
        string line = string.Join(' ', Secrets.Clean(text).Split(s_breaks, StringSplitOptions.RemoveEmptyEntries));
        return line.Length > LongestQuote ? line[..LongestQuote] + " ..." : line;
    }
}
