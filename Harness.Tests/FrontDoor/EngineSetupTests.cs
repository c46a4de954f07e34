using FluentAssertions;
using Tandem.Cli.Doctor;
using Tandem.Cli.Setup;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

public sealed class EngineSetupTests
{
    private static readonly EngineFacts s_facts =
        new("20.10.24", "1.41", "unix:///var/run/docker.sock (default)", IsLocal: true, "overlay2", "1");

    [Fact]
    public async Task An_engine_that_answers_is_taken_at_the_first_answer()
    {
        int asked = 0;

        EngineState state = await EnsureAsync(new EngineAnswer(s_facts), () => asked++);

        state.Should().Be(new EngineState(EngineOrigin.Available, new EngineAnswer(s_facts)));
        state.FirstLines.Should().Equal($"Engine: {EngineLibraries.Testcontainers} over Docker 20.10.24, API 1.41, overlay2, cgroup v1");
        asked.Should().Be(1);
    }

    [Fact]
    public async Task A_named_engine_that_is_silent_leaves_the_process_sandbox_and_says_so()
    {
        EngineState state = await EnsureAsync(new EngineAnswer(null, "tcp://build:2375: Connection refused", NamedBy: "DOCKER_HOST"));

        state.Answers.Should().BeFalse();
        state.FirstLines.Should().Equal(
            "Engine: none answers. Where tasks and agent allow it, cases run as plain processes on this host, without isolation.",
            "  reason: tcp://build:2375: Connection refused",
            "  to get an engine: start the engine that DOCKER_HOST names, or unset DOCKER_HOST; nothing is installed while it names an "
                + "engine");
    }

    [Fact]
    public void What_was_started_or_installed_is_said()
    {
        new EngineState(EngineOrigin.Started, new EngineAnswer(s_facts), "dockerd was installed, but not running: started").FirstLines
            .Should().Equal($"Engine: {EngineLibraries.Testcontainers} over Docker 20.10.24, API 1.41, overlay2, cgroup v1 (dockerd was "
            + $"installed, but not running: started)");
    }

    [Theory]
    [InlineData(null, Severity.Warning)]
    [InlineData("--install-docker asks for an engine.", Severity.Fault)]
    internal void A_missing_engine_is_a_fault_only_where_something_needs_one(string? whyNeeded, Severity expected)
    {
        var none = new EngineState(EngineOrigin.None, new EngineAnswer(null, "none"), "none", "start one");

        EngineCheck.Judge(none, whyNeeded).Severity.Should().Be(expected);
    }

    [Fact]
    public void An_engine_at_an_unusual_place_says_where()
    {
        (s_facts with { Address = "tcp://build:2375 (DOCKER_HOST)" }).ToString().Should()
            .EndWith("cgroup v1, at tcp://build:2375 (DOCKER_HOST)");
    }

    private static Task<EngineState> EnsureAsync(EngineAnswer answer, Action? whenAsked = null)
    {
        var setup = new EngineSetup(Ask, TextWriter.Null, isVerbose: false, TimeProvider.System);
        return setup.EnsureAsync(EngineWish.Leave, TestContext.Current.CancellationToken);

        Task<EngineAnswer> Ask(CancellationToken token)
        {
            whenAsked?.Invoke();
            return Task.FromResult(answer);
        }
    }
}
