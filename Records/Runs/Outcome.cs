using System.Text.Json.Serialization;
using Tandem.Records.Json;

namespace Tandem.Records.Runs;

/// <summary>What an attempt came to; each record has exactly one. The names are those of JSON, CSV and telemetry;
/// <see cref="Outcomes.ToWords"/> gives those for people.</summary>
[JsonConverter(typeof(StrictEnumConverter<Outcome>))]
public enum Outcome
{
    /// <summary>The tests of all features passed, within the limits.</summary>
    [JsonStringEnumMemberName("passed")]
    Passed,

    /// <summary>Tests failed, or a limit was exceeded.</summary>
    [JsonStringEnumMemberName("failed")]
    Failed,

    /// <summary>The tests gave no verdict, and nothing says why.</summary>
    [JsonStringEnumMemberName("no_verdict")]
    NoVerdict,

    /// <summary>Infrastructure failed: missing data.</summary>
    [JsonStringEnumMemberName("infra_error")]
    InfraError,

    /// <summary>We were interrupted or killed: missing data.</summary>
    [JsonStringEnumMemberName("interrupted")]
    Interrupted,
}

/// <summary>The rule of the verdict, and the words for outcomes.</summary>
public static class Outcomes
{
    extension(IAttemptResult result)
    {
        /// <summary>Whether it says nothing about the agents, so that it is in no metric.</summary>
        public bool IsMissingData => result.InfraError || result.Interrupted;

        /// <summary>Whether the case succeeded: null for missing data, false wherever a limit was exceeded, else what the tests
        /// say.</summary>
        public bool? Verdict =>
            result.IsMissingData ? null : result.AgentStatus == AgentStatus.LimitsExceeded ? false : result.BothPassed;

        public Outcome Outcome =>
            result.Interrupted ? Outcome.Interrupted
            : result.InfraError ? Outcome.InfraError
            : result.Verdict switch { true => Outcome.Passed, false => Outcome.Failed, null => Outcome.NoVerdict };
    }

    /// <summary><c>passed</c>, <c>failed</c>, <c>no verdict</c>, <c>infrastructure error</c> or <c>interrupted</c>.</summary>
    public static string ToWords(this Outcome outcome) =>
        outcome == Outcome.InfraError ? "infrastructure error" : EnumNames.NameOf(outcome).Replace('_', ' ');
}
