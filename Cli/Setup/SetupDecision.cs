namespace Tandem.Cli.Setup;

/// <summary>What is known when it is decided what to do about the engine.</summary>
internal sealed record SetupFacts
{
    /// <summary>What the first question to the engine gave.</summary>
    public required EngineAnswer Answer { get; init; }

    /// <summary>What the command line wants.</summary>
    public required EngineWish Wish { get; init; }

    /// <summary>The system, as <see cref="OsRelease"/> reads it; null if it is not Linux.</summary>
    public required OsRelease? Linux { get; init; }

    /// <summary>Whether this process may do everything.</summary>
    public required bool IsRoot { get; init; }

    /// <summary>Whether somebody sits before it: standard input is a terminal.</summary>
    public required bool HasTerminal { get; init; }

    /// <summary>Whether <c>dockerd</c> is on disk.</summary>
    public required bool HasDaemon { get; init; }
}

/// <summary>What to do about the engine.</summary>
internal enum SetupStep
{
    /// <summary>It answers.</summary>
    Use,

    /// <summary>It is on disk: start it.</summary>
    Start,

    /// <summary>Install it, then start it.</summary>
    Install,

    /// <summary>Go without.</summary>
    Decline,
}

/// <summary>The table of engine set-up: a pure function of what is known.</summary>
/// <param name="Step">What to do.</param>
/// <param name="Reason">Why no engine is used, or why something is done; null if one answers.</param>
/// <param name="Remedy">What the user can do, if nothing is done.</param>
internal sealed record SetupDecision(SetupStep Step, string? Reason = null, string? Remedy = null)
{
    private const string Packages = "apt-get install -y --no-install-recommends docker.io iptables";

    /// <summary>Decides. What is named in so many words is never replaced by another engine; a machine is changed only by root, and for
    /// someone at a terminal only on demand.</summary>
    public static SetupDecision For(SetupFacts facts)
    {
        EngineAnswer answer = facts.Answer;
        if (answer.Engine is not null)
            return new SetupDecision(SetupStep.Use);
        if (answer.NamedBy is { } name)
            return Decline(answer.WhyNot, $"start the engine that {name} names, or unset {name}; nothing is installed while it names one");
        if (answer.IsForbidden)
            return Decline(answer.WhyNot,
                "let this user reach the engine (`sudo usermod -aG docker $USER`, then log in again), or run as root");
        if (facts.Linux is null)
            return Decline(answer.WhyNot, "install and start Docker Desktop, or set DOCKER_HOST");
        if (facts.HasDaemon)
            return DecideStart(facts);
        return DecideInstall(facts, facts.Linux);
    }

    private static SetupDecision DecideStart(SetupFacts facts)
    {
        if (facts.Wish == EngineWish.Leave)
            return Decline($"{facts.Answer.WhyNot}; dockerd is installed, but --no-install-docker leaves the machine as it is",
                "leave that option out, or start it yourself: `systemctl start docker`");
        if (!facts.IsRoot)
            return Decline($"{facts.Answer.WhyNot}; dockerd is installed, but only root may start it", "`sudo systemctl start docker`");
        if (facts.Wish == EngineWish.Look)
            return Decline($"{facts.Answer.WhyNot}; dockerd is installed, but not running",
                "a run as root starts it, and so does `./run.sh doctor --install-docker`");
        return new SetupDecision(SetupStep.Start, "dockerd was installed, but not running: started");
    }

    private static SetupDecision DecideInstall(SetupFacts facts, OsRelease linux)
    {
        if (facts.Wish == EngineWish.Leave)
            return Decline($"{facts.Answer.WhyNot}; --no-install-docker leaves the machine as it is",
                "leave that option out, or install an engine yourself");
        if (!linux.HasDebianPackages)
            return Decline($"{facts.Answer.WhyNot}; {linux.Name} is neither Debian nor Ubuntu, so nothing is installed",
                "install Docker with this system's own packages and start it");
        if (!facts.IsRoot)
            return Decline($"{facts.Answer.WhyNot}; only root may install it",
                $"`sudo {Packages}`, then `sudo usermod -aG docker $USER` and log in again");
        if (facts.Wish == EngineWish.Look || (facts.Wish == EngineWish.Unsaid && facts.HasTerminal))
            return Decline($"{facts.Answer.WhyNot}; nothing is installed unasked",
                "`./run.sh doctor --install-docker` installs and starts the system's own package");
        return new SetupDecision(SetupStep.Install, $"docker.io of {linux.Name} installed and started");
    }

    private static SetupDecision Decline(string? reason, string remedy) => new(SetupStep.Decline, reason, remedy);
}
