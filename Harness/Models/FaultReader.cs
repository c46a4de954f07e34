using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Tandem.Harness.Configuration;

namespace Tandem.Harness.Models;

/// <summary>Decides by status and code what a fault is; by the words of the endpoint only whether the conversation is too long.</summary>
internal static class FaultReader
{
    private static readonly int[] s_transient = [408, 409, 425];

    private const string TooLargeRemedy =
        "No pause makes it pass: raise the account's limit, or lower model.context_tokens below it, so that the agent compacts earlier.";

    /// <summary>What an answer with a status above 299, or with an error in the place of choices, means.</summary>
    /// <param name="status">The status, or the one that the body names.</param>
    /// <param name="error">What the body says.</param>
    /// <param name="settings">Name the variable of the key.</param>
    /// <param name="sent">See <see cref="IModelWire.Sent"/>.</param>
    /// <param name="retryAfter">What the endpoint asks to wait.</param>
    public static FailedTry Read(int status, EndpointError error, ModelSettings settings, IReadOnlyDictionary<string, string> sent,
        TimeSpan? retryAfter)
    {
        (ModelFault fault, string remedy) = status switch
        {
            429 or 413 when error.TellsTooLarge => (ModelFault.RequestTooLarge, TooLargeRemedy),
            _ when error.TellsNoQuota || status == 402 =>
                (ModelFault.Quota, $"The account behind the key has nothing left to spend: add money, or put another key into "
                    + $"{settings.KeyVariable}."),
            403 when error.TellsFilter => (ModelFault.Refused, "A filter of the endpoint refuses what the conversation says."),
            401 or 403 =>
                (ModelFault.Authentication,
                $"Put a valid key for this endpoint into {settings.KeyVariable} (model.key_variable names the variable)."),
            404 => (ModelFault.UnknownModel, "Check model.name, and that model.base_url is right: for most endpoints it ends in /v1."),
            _ when error.HasCode("model_not_found") => (ModelFault.UnknownModel, "Check model.name, and that the key may use it."),
            413 when error.HasCode("rate_limit_exceeded") => RateLimit,
            413 => Overflow,
            400 or 422 or >= 500 when error.TellsOverflow => Overflow,
            429 => RateLimit,
            >= 500 => Transport,
            _ when s_transient.Contains(status) => Transport,
            >= 300 and < 400 => (ModelFault.Refused, "Put the address that it names into model.base_url."),
            _ => (ModelFault.Refused, RefusedRemedy(error, sent)),
        };
        string code = error.Codes.Count > 0 ? $", {string.Join(", ", error.Codes.Distinct())}" : "";
        string name = Enum.IsDefined((HttpStatusCode)status)
            ? $" {Regex.Replace(((HttpStatusCode)status).ToString(), "(?<=[a-z])(?=[A-Z])", " ")}" : "";
        string message = error.Message.Length > 0 ? $": {error.Message}" : "";
        return new FailedTry(fault, $"answered {status.ToString(CultureInfo.InvariantCulture)}{name}{code}{message}", remedy)
        {
            RetryAfter = retryAfter,
            MayBeOfConversation = fault == ModelFault.Refused
                || (fault is ModelFault.Authentication or ModelFault.UnknownModel && status is 403 or 404),
        };
    }

    private static (ModelFault Fault, string Remedy) Overflow =>
        (ModelFault.ContextOverflow,
            "Lower model.context_tokens, so that the agent compacts its history earlier, or take a model that reads more.");

    private static (ModelFault Fault, string Remedy) RateLimit =>
        (ModelFault.RateLimit, "Lower run.concurrency or model.max_concurrent, or raise model.retries, and run the case again.");

    private static (ModelFault Fault, string Remedy) Transport =>
        (ModelFault.Transport, "The fault is the endpoint's: run the case again when it is well.");

    /// <summary>Names what was refused: the parameter that the endpoint names, else those of ours that its message mentions.</summary>
    private static string RefusedRemedy(EndpointError error, IReadOnlyDictionary<string, string> sent)
    {
        string[] named = error.Parameter is string parameter
            ? [parameter]
            : [.. sent.Keys.Where(name =>
                Regex.IsMatch(error.Message, $@"(?<![A-Za-z0-9_]){name}(?![A-Za-z0-9_])", RegexOptions.IgnoreCase))];
        if (named.Length == 0)
            return "The endpoint does not accept the request: compare the settings under model with what it documents.";
        string refused = $"It refuses the parameter {string.Join(", ", named)}";
        string[] ours = [.. named.Where(sent.ContainsKey).Select(name => sent[name]).Distinct()];
        return ours.Length == 0 ? refused + "." : $"{refused}: change or leave out {string.Join(", ", ours)}.";
    }
}
