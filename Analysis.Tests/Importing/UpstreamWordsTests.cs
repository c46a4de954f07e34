using FluentAssertions;
using Tandem.Analysis.Importing;
using Tandem.Analysis.Upstream;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Analysis.Tests.Importing;

/// <summary>Upstream's words, each by itself.</summary>
public sealed class UpstreamWordsTests
{
    [Theory]
    [InlineData("Submitted", AgentStatus.Submitted, null, true)]
    [InlineData("LimitsExceeded", AgentStatus.LimitsExceeded, null, true)]
    [InlineData("Error", AgentStatus.Error, null, true)]
    [InlineData("CostLimitExceeded", AgentStatus.LimitsExceeded, "cost", true)]
    [InlineData("TokenLimitExceeded", AgentStatus.LimitsExceeded, "tokens", true)]
    [InlineData("StepLimitExceeded", AgentStatus.LimitsExceeded, "steps", true)]
    [InlineData("error_max_turns", AgentStatus.LimitsExceeded, "steps", true)]
    [InlineData("ContextWindowExceededError", AgentStatus.LimitsExceeded, "context", true)]
    [InlineData("TimeLimitExceeded", AgentStatus.LimitsExceeded, "wall_clock", true)]
    [InlineData("RateLimitError", AgentStatus.Error, null, false)]
    [InlineData("ValueError", AgentStatus.Error, null, false)]
    [InlineData("submitted", AgentStatus.Unknown, null, false)]
    [InlineData("", AgentStatus.Unknown, null, false)]
    public void Words_for_an_agents_end_are_read(string word, AgentStatus status, string? limit, bool isKnown) =>
        UpstreamStatus.Of(word).Should().Be(new UpstreamStatus(status, limit, isKnown));

    [Theory]
    [InlineData("clean", "naive", MergeOutcome.MergeClean, MergeStatus.Clean, MergeStrategy.Naive, false)]
    [InlineData("clean", null, MergeOutcome.MergeClean, MergeStatus.Clean, MergeStrategy.Naive, false)]
    [InlineData("conflicts", "union", MergeOutcome.MergeUnion, MergeStatus.Conflicts, MergeStrategy.Union, true)]
    [InlineData("clean", "union", MergeOutcome.MergeUnion, MergeStatus.Clean, MergeStrategy.Union, true)]
    [InlineData("union", null, MergeOutcome.MergeUnion, MergeStatus.Conflicts, MergeStrategy.Union, true)]
    [InlineData("conflicts", null, MergeOutcome.MergeFailed, MergeStatus.Conflicts, null, true)]
    [InlineData("missing_input", "naive", MergeOutcome.MergeFailed, MergeStatus.MissingInput, MergeStrategy.Naive, false)]
    [InlineData("missing_input", "union", MergeOutcome.MergeFailed, MergeStatus.MissingInput, MergeStrategy.Union, true)]
    [InlineData("error", null, MergeOutcome.MergeFailed, MergeStatus.Error, null, null)]
    [InlineData("conflicts", "naive", MergeOutcome.MergeFailed, MergeStatus.Conflicts, null, true)]
    [InlineData("identical", "skip-merge-identical", MergeOutcome.MergeClean, MergeStatus.Clean, MergeStrategy.Naive, false)]
    [InlineData("identical", null, MergeOutcome.MergeClean, MergeStatus.Clean, MergeStrategy.Naive, false)]
    [InlineData("conflicts", "whatever", null, MergeStatus.Conflicts, null, null)]
    [InlineData("whatever", null, null, null, null, null)]
    [InlineData(null, null, null, null, null, null)]
    public void Merges_are_flattened(string? status, string? strategy, MergeOutcome? outcome, MergeStatus? kept, MergeStrategy? tested,
        bool? naiveConflict) =>
        UpstreamMerge.Of(status, strategy).Should().Be(new UpstreamMerge(outcome, kept, tested, naiveConflict));

    [Theory]
    [InlineData("Error code: 429 - too many requests", ErrorClass.RateLimit)]
    [InlineData("litellm.RateLimitError: slow down", ErrorClass.RateLimit)]
    [InlineData("HTTP 502 Bad Gateway", ErrorClass.ModelTransport)]
    [InlineData("503 Service Unavailable", ErrorClass.ModelTransport)]
    [InlineData("Connection reset by peer", ErrorClass.ModelTransport)]
    [InlineData("OOMKilled", ErrorClass.HostMemory)]
    [InlineData("the process was killed", ErrorClass.HostMemory)]
    [InlineData("Cannot connect to the Docker daemon", ErrorClass.Engine)]
    [InlineData("no such container: 1f", ErrorClass.Engine)]
    [InlineData("ReadTimeout", ErrorClass.HarnessTimeout)]
    [InlineData("Command 'pull' timed out after 120 seconds", ErrorClass.HarnessTimeout)]
    [InlineData("KeyError: 'room 4291 is skilled'", null)]
    public void Texts_of_errors_tell_the_infrastructure_from_the_agent(string text, ErrorClass? expected) =>
        InfraPatterns.Of(text).Should().Be(expected);
}
