using System.Text.Json.Serialization;
using Tandem.Records.Json;

namespace Tandem.Records.Runs;

/// <summary>Why a feature's tests count as failed although no test of it failed; null where the tests speak for themselves.</summary>
[JsonConverter(typeof(StrictEnumConverter<TestFailureReason>))]
public enum TestFailureReason
{
    /// <summary>There was no merged tree to test.</summary>
    [JsonStringEnumMemberName("not_merged")]
    NotMerged,

    /// <summary>The runner did not end within its time limit.</summary>
    [JsonStringEnumMemberName("timed_out")]
    TimedOut,

    /// <summary>The runner ran out of memory.</summary>
    [JsonStringEnumMemberName("out_of_memory")]
    OutOfMemory,

    /// <summary>The runner printed without end.</summary>
    [JsonStringEnumMemberName("too_much_output")]
    TooMuchOutput,

    /// <summary>No test passed and none failed, while the tests pass with the gold patch.</summary>
    [JsonStringEnumMemberName("tests_did_not_run")]
    TestsDidNotRun,

    /// <summary>The agent crashed and left nothing to test.</summary>
    [JsonStringEnumMemberName("no_patch")]
    NoPatch,
}

/// <summary>Where a fault arose, decided by its type, never by its text.</summary>
[JsonConverter(typeof(StrictEnumConverter<ErrorClass>))]
public enum ErrorClass
{
    /// <summary>The engine does not answer or refused.</summary>
    [JsonStringEnumMemberName("engine")]
    Engine,

    /// <summary>The image could not be found, pulled or built.</summary>
    [JsonStringEnumMemberName("image")]
    Image,

    /// <summary>No space left.</summary>
    [JsonStringEnumMemberName("disk")]
    Disk,

    /// <summary>The host ran out of memory.</summary>
    [JsonStringEnumMemberName("host_memory")]
    HostMemory,

    [JsonStringEnumMemberName("sandbox_lost")]
    SandboxLost,

    /// <summary>The model could not be reached.</summary>
    [JsonStringEnumMemberName("model_transport")]
    ModelTransport,

    /// <summary>The model's rate limit outlived the retries.</summary>
    [JsonStringEnumMemberName("rate_limit")]
    RateLimit,

    /// <summary>The model's endpoint refuses key, account, model or a parameter: every other case would meet it too.</summary>
    [JsonStringEnumMemberName("model_configuration")]
    ModelConfiguration,

    /// <summary>A time limit of the harness itself, not of the agent or the tests.</summary>
    [JsonStringEnumMemberName("harness_timeout")]
    HarnessTimeout,

    /// <summary>Agents of several cases in a row ended without tokens and without a change, so that it is no failure of theirs.</summary>
    [JsonStringEnumMemberName("no_work")]
    NoWork,

    /// <summary>No test passes, neither on the agent's work nor with the gold patch: the task or its image is at fault.</summary>
    [JsonStringEnumMemberName("tests_unrunnable")]
    TestsUnrunnable,

    /// <summary>A bug of the harness.</summary>
    [JsonStringEnumMemberName("harness")]
    Harness,

    /// <summary>The agent itself crashed; not an infrastructure error.</summary>
    [JsonStringEnumMemberName("agent")]
    Agent,

    /// <summary>We were interrupted or killed; not an infrastructure error.</summary>
    [JsonStringEnumMemberName("interrupted")]
    Interrupted,

    /// <summary>The worker was paused or cut off for so long that its case went to another one; an interruption, too.</summary>
    [JsonStringEnumMemberName("claim_lost")]
    ClaimLost,
}
