using FluentAssertions;
using Tandem.Harness.TaskSets.Images;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>What is understood of the words of engines and registries.</summary>
public sealed class PullObstacleTests
{
    [Theory]
    [InlineData("pull access denied for x/y, repository does not exist or may require 'docker login'", true)]
    [InlineData("manifest for x/y:1 not found: manifest unknown: manifest unknown", true)]
    [InlineData("unauthorized: incorrect username or password", true)]
    [InlineData("toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating", false)]
    [InlineData("toomanyrequests: unauthenticated pull rate limit: access denied for now", false)]
    [InlineData("received unexpected HTTP status: 429 Too Many Requests", false)]
    [InlineData("Get \"https://r/v2/\": dial tcp: lookup r on 10.0.0.1:53: no such host", false)]
    [InlineData("Get \"https://r/v2/\": net/http: TLS handshake timeout", false)]
    [InlineData("received unexpected HTTP status: 503 Service Unavailable", false)]
    [InlineData("unexpected EOF", false)]
    [InlineData("something that nobody has thought of", false)]
    public void Only_what_nobody_but_a_person_changes_is_lasting(string why, bool isLasting) =>
        PullObstacle.IsLasting(why).Should().Be(isLasting);

    [Theory]
    [InlineData("toomanyrequests: unauthenticated pull rate limit: access denied for now", false)]
    [InlineData("denied: requested access to the resource is denied", true)]
    public void A_rate_limit_is_no_refusal_of_the_login(string why, bool isRefusal) =>
        PullObstacle.IsRefusal(why).Should().Be(isRefusal);
}
