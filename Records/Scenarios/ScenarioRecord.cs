using System.Text.Json;
using System.Text.Json.Serialization;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Records.Scenarios;

/// <summary>
/// What one attempt at one scenario left in the store: one JSON line. Null means unknown, never zero. Times are UTC, durations seconds,
/// money USD, digests SHA-256 in lower-case hex.
/// </summary>
public sealed record ScenarioRecord : IJsonOnDeserialized
{
    /// <summary>The version that this code writes.</summary>
    public const int CurrentSchemaVersion = 1;

    /// <summary>What <see cref="Type"/> says.</summary>
    public const string ResultType = "scenario_result";

    /// <summary><see cref="ResultType"/>: the file's first line has another.</summary>
    public required string Type { get; init; }

    public required int SchemaVersion { get; init; }

    /// <summary>The invocation that wrote it: one per process.</summary>
    public required string RunId { get; init; }

    public required string Experiment { get; init; }

    public required ScenarioCaseId CaseId { get; init; }

    public required string ScenarioId { get; init; }

    public required string Variant { get; init; }

    /// <summary>The repetition, from 1.</summary>
    public required int Rep { get; init; }

    /// <summary>The try, from 1 over the case's whole life; the reruns within one attempt are counted in <see cref="Reruns"/>.</summary>
    public required int Attempt { get; init; }

    /// <summary>From 1; a later one of the same attempt has the same conversation and checks that were made again.</summary>
    public required int Revision { get; init; }

    public required AttemptReason AttemptReason { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>From the attempt's begin to its record, pauses before reruns included.</summary>
    public required double DurationSeconds { get; init; }

    /// <summary>The model that was asked.</summary>
    public required string Model { get; init; }

    /// <summary>Whether a built-in program stood in for a model.</summary>
    public required bool Simulated { get; init; }

    /// <summary>0 to 2; null if none was sent.</summary>
    public required double? Temperature { get; init; }

    /// <summary>Digest of all that the model is asked with: scenario, variant, model, limits.</summary>
    public required string ConversationDigest { get; init; }

    /// <summary>Digest of the expectations that <see cref="Checks"/> answer.</summary>
    public required string ExpectationsDigest { get; init; }

    /// <summary>The text of the model's last answer, empty if it had none; null if it never answered.</summary>
    public required string? ResponseText { get; init; }

    /// <summary>All tool calls of all turns, in their order.</summary>
    public required IReadOnlyList<ScenarioToolCall> ToolCalls { get; init; }

    /// <summary>Every answer of the model, in their order.</summary>
    public required IReadOnlyList<ScenarioTurn> Turns { get; init; }

    /// <summary>Of the last answer, in the endpoint's word; null if it does not say, or there was none.</summary>
    public required string? FinishReason { get; init; }

    /// <summary>How the conversation ended; null if it did not.</summary>
    public required ScenarioEnd? EndedBy { get; init; }

    /// <summary>More about <see cref="EndedBy"/>, one sentence; null where there is nothing to say.</summary>
    public required string? EndDetail { get; init; }

    /// <summary>Of all turns, those of failed tries included; null if the endpoint did not say.</summary>
    public required TokenCounts? Usage { get; init; }

    /// <summary>Of all turns, those of failed tries included; a request that had no answer counts nothing beside answered ones. Null if
    /// the model has no price, its usage is unknown, or nothing was answered.</summary>
    public required decimal? Cost { get; init; }

    /// <summary>The time of the model's answers of <see cref="Turns"/> together; null if it never answered.</summary>
    public required double? LatencySeconds { get; init; }

    /// <summary>Requests that the model was asked, failed tries included; from 0.</summary>
    public required int Calls { get; init; }

    /// <summary>How often the conversation was begun again after a fault of the transport, from 0.</summary>
    public required int Reruns { get; init; }

    /// <summary>The fault of each try that was begun again, in their order.</summary>
    public required IReadOnlyList<ScenarioError> FailedTries { get; init; }

    /// <summary>Why there is no conversation; null if there is one. It is missing data and no failure.</summary>
    public required ScenarioError? Error { get; init; }

    /// <summary>Whether we were interrupted or killed; the attempt then does not count.</summary>
    public required bool Interrupted { get; init; }

    /// <summary>What each expectation came to, in the order of the definition; empty where there is no conversation.</summary>
    public required IReadOnlyList<ScenarioCheck> Checks { get; init; }

    /// <summary>Whether all checks passed; null where there is no conversation.</summary>
    public required bool? Passed { get; init; }

    /// <summary>The harness's version.</summary>
    public required string Harness { get; init; }

    /// <summary>Whether it says nothing about the model, so that it is tried again.</summary>
    [JsonIgnore]
    public bool IsMissingData => Interrupted || Error is not null;

    void IJsonOnDeserialized.OnDeserialized()
    {
        StrictList.HoldsNoNull(ToolCalls);
        StrictList.HoldsNoNull(Turns);
        StrictList.HoldsNoNull(FailedTries);
        StrictList.HoldsNoNull(Checks);
    }
}

/// <summary>A tool call.</summary>
/// <param name="Turn">The answer that holds it, from 1.</param>
/// <param name="Id">The endpoint's id, or ours where it gave none.</param>
/// <param name="Name">The tool, as the model wrote it.</param>
/// <param name="ArgumentsText">The arguments, word for word.</param>
/// <param name="Arguments">The same as JSON; null if they are none.</param>
/// <param name="ArgumentsFault">Why they are no JSON object, one sentence; null if they are.</param>
/// <param name="Answer">What the variant answered; null if it had no answer, or none was asked for any more.</param>
public sealed record ScenarioToolCall(
    int Turn, string Id, string Name, string ArgumentsText, JsonElement? Arguments, string? ArgumentsFault, string? Answer);

/// <summary>One answer of the model.</summary>
/// <param name="Turn">From 1.</param>
/// <param name="Text">Its text; null if it had none.</param>
/// <param name="ToolCalls">How many tools it called.</param>
/// <param name="FinishReason">Why it ended, in the endpoint's word; null if it does not say.</param>
/// <param name="Usage">Null if the endpoint did not say.</param>
/// <param name="Cost">USD; null if unknown.</param>
/// <param name="LatencySeconds">From the sending of the request that was answered to the end of its answer.</param>
/// <param name="Retries">Requests of this turn that failed before and were sent again, from 0.</param>
public sealed record ScenarioTurn(
    int Turn, string? Text, int ToolCalls, string? FinishReason, TokenCounts? Usage, decimal? Cost, double LatencySeconds, int Retries);

/// <summary>Why a conversation came to no end.</summary>
/// <param name="Class">The class of the fault.</param>
/// <param name="Message">One or more sentences, without keys.</param>
public sealed record ScenarioError(ErrorClass Class, string Message);

/// <summary>What an expectation came to.</summary>
/// <param name="Check">The expectation in words, for example <c>tool_called create_event</c>; the same in each repetition.</param>
/// <param name="Passed">Whether it holds.</param>
/// <param name="Detail">What was found instead; null if it holds.</param>
public sealed record ScenarioCheck(string Check, bool Passed, string? Detail);

/// <summary>First line of a file of scenario results: what they were made with.</summary>
public sealed record ScenarioMetadata : IJsonOnDeserialized
{
    /// <summary>What <see cref="Type"/> says.</summary>
    public const string MetadataType = "metadata";

    /// <summary>What <see cref="Kind"/> says of results.</summary>
    public const string ResultsKind = "scenario_results";

    /// <summary>What <see cref="Kind"/> says of results as they would stand if the process ended during the conversation.</summary>
    public const string CallsKind = "scenario_calls";

    /// <summary><see cref="MetadataType"/>.</summary>
    public required string Type { get; init; }

    /// <summary>Version of the records below it.</summary>
    public required int SchemaVersion { get; init; }

    public required string Kind { get; init; }

    /// <summary>The invocation.</summary>
    public required string RunId { get; init; }

    public required string Experiment { get; init; }

    /// <summary>The commit of the folder that holds the definition; null if it is in no repository.</summary>
    public required string? GitCommit { get; init; }

    public required string Model { get; init; }

    /// <summary>Whether a built-in program stands in for a model.</summary>
    public required bool Simulated { get; init; }

    /// <summary>0 to 2; null if none is sent.</summary>
    public required double? Temperature { get; init; }

    /// <summary>The clock that all scenarios share, as the definition writes it; null if it fixes none for all.</summary>
    public required string? FixedTimestamp { get; init; }

    /// <summary>Whether no scenario has a persona.</summary>
    public required bool ZeroPersona { get; init; }

    public required string Variant { get; init; }

    /// <summary>The repetition of all results below it, from 1.</summary>
    public required int Rep { get; init; }

    /// <summary>Repetitions of the experiment when the file was begun.</summary>
    public required int Repetitions { get; init; }

    /// <summary>SHA-256 of each file of the definition, by its path in the experiment's folder.</summary>
    public required IReadOnlyDictionary<string, string> DefinitionDigests { get; init; }

    /// <summary>The process that appends to it.</summary>
    public required ProcessIdentity Writer { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The harness's version.</summary>
    public required string Harness { get; init; }

    void IJsonOnDeserialized.OnDeserialized() => StrictList.HoldsNoNull(DefinitionDigests.Values);
}
