using FluentAssertions;
using Tandem.Harness.Tests.FrontDoor;
using Tandem.Harness.Tests.Sandboxes.Docker;
using Tandem.Harness.Tests.Victims;
using Xunit;

namespace Tandem.Harness.Tests;

public sealed class TierTests
{
    public static TheoryData<string, Func<Task>> Doors => new()
    {
        { "the engine", () => DockerEngine.SubjectAsync() },
        { "a second engine", () => Task.Run(SecondEngineOnDemand.PrepareOrSkip) },
        { "a program of ours", () => Task.Run(() => Programs.Built("Cli")) },
        { "a dummy", () => Task.Run(() => Dummy.Start(DummyProgram.UseSandboxAsync, "none")) },
    };

    [Theory]
    [MemberData(nameof(Doors), DisableDiscoveryEnumeration = true)]
    public async Task A_test_that_is_not_marked_as_slow_may_not_use_what_is(string what, Func<Task> use) =>
        (await use.Should().ThrowAsync<Exception>(what)).Which.Message.Should().Contain("is not marked with [Slow]");
}
