using FluentAssertions;
using Tandem.Cli.Setup;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>The table of engine set-up, row by row.</summary>
public sealed class SetupDecisionTests
{
    private static readonly OsRelease s_debian = new("debian", "Debian 12");
    private static readonly EngineFacts s_engine = new("20.10.24", "1.41", "unix:///var/run/docker.sock (default)", IsLocal: true);

    /// <summary>Nothing answers on a Debian without an engine; root, no terminal, nothing said.</summary>
    private static readonly SetupFacts s_bareServer = new()
    {
        Answer = new EngineAnswer(null, "none answers"),
        Wish = EngineWish.Unsaid,
        Linux = s_debian,
        IsRoot = true,
        HasTerminal = false,
        HasDaemon = false,
    };

    [Fact]
    public void An_engine_that_answers_is_used_whatever_else_holds()
    {
        SetupDecision.For(s_bareServer with { Answer = new EngineAnswer(s_engine), Wish = EngineWish.Install }).Step
            .Should().Be(SetupStep.Use);
    }

    [Theory]
    [InlineData(EngineWish.Unsaid, true, false, false, SetupStep.Install)]
    [InlineData(EngineWish.Unsaid, true, true, false, SetupStep.Decline)]
    [InlineData(EngineWish.Unsaid, false, false, false, SetupStep.Decline)]
    [InlineData(EngineWish.Install, true, true, false, SetupStep.Install)]
    [InlineData(EngineWish.Install, false, true, false, SetupStep.Decline)]
    [InlineData(EngineWish.Leave, true, false, false, SetupStep.Decline)]
    [InlineData(EngineWish.Look, true, false, false, SetupStep.Decline)]
    [InlineData(EngineWish.Unsaid, true, true, true, SetupStep.Start)]
    [InlineData(EngineWish.Unsaid, false, false, true, SetupStep.Decline)]
    [InlineData(EngineWish.Install, true, true, true, SetupStep.Start)]
    [InlineData(EngineWish.Leave, true, false, true, SetupStep.Decline)]
    [InlineData(EngineWish.Look, true, false, true, SetupStep.Decline)]
    internal void Where_none_answers_wish_root_terminal_and_daemon_decide(EngineWish wish, bool isRoot, bool hasTerminal,
        bool hasDaemon, SetupStep expected)
    {
        SetupDecision decision =
            SetupDecision.For(s_bareServer with { Wish = wish, IsRoot = isRoot, HasTerminal = hasTerminal, HasDaemon = hasDaemon });

        decision.Step.Should().Be(expected);
        decision.Reason.Should().NotBeNullOrEmpty();
        (decision.Remedy is not null).Should().Be(expected == SetupStep.Decline, "what is not done has to be done by the user");
    }

    [Theory]
    [InlineData("debian", SetupStep.Install)]
    [InlineData("ubuntu", SetupStep.Install)]
    [InlineData("fedora", SetupStep.Decline)]
    [InlineData("alpine", SetupStep.Decline)]
    [InlineData("", SetupStep.Decline)]
    internal void Only_Debian_and_Ubuntu_have_the_package(string id, SetupStep expected)
    {
        SetupDecision.For(s_bareServer with { Linux = new OsRelease(id, id), Wish = EngineWish.Install }).Step.Should().Be(expected);
    }

    [Theory]
    [InlineData("DOCKER_HOST", false, false, "start the engine that DOCKER_HOST names, or unset DOCKER_HOST")]
    [InlineData("docker context remote", true, false,
        "start the engine that docker context remote names, or choose another context with `docker context use`")]
    [InlineData("DOCKER_HOST", true, true,
        "correct DOCKER_HOST, its address and its certificates, as the reason says, or unset DOCKER_HOST")]
    public void What_is_named_in_so_many_words_is_never_replaced(string name, bool hasDaemon, bool isMisnamed, string remedy)
    {
        var answer = new EngineAnswer(null, "tcp://build:2375: Connection refused", NamedBy: name, IsMisnamed: isMisnamed);

        SetupDecision decision = SetupDecision.For(s_bareServer with { Answer = answer, Wish = EngineWish.Install, HasDaemon = hasDaemon });

        decision.Should().Be(new SetupDecision(
            SetupStep.Decline, answer.WhyNot, $"{remedy}; nothing is installed while it names an engine"));
    }

    [Fact]
    public void A_socket_that_this_user_may_not_open_is_a_matter_of_groups()
    {
        SetupDecision decision =
            SetupDecision.For(s_bareServer with
            { Answer = new EngineAnswer(null, "Permission denied", IsForbidden: true), IsRoot = false, HasDaemon = true });

        decision.Step.Should().Be(SetupStep.Decline);
        decision.Remedy.Should().Contain("usermod -aG docker");
    }

    [Fact]
    public void Elsewhere_than_on_Linux_nothing_is_installed()
    {
        SetupDecision.For(s_bareServer with { Linux = null, Wish = EngineWish.Install }).Remedy.Should().Contain("Docker Desktop");
    }
}
