namespace Tandem.Cli.Setup;

/// <summary>What is known when it is decided what to do about the engine.</summary>
internal sealed record SetupFacts
{
    public required EngineAnswer Answer { get; init; }

    public required EngineWish Wish { get; init; }

    /// <summary>The system; null if it is not Linux.</summary>
    public required OsRelease? Linux { get; init; }

    public required bool IsRoot { get; init; }

    /// <summary>Whether a person is there who can be asked: standard input is a terminal.</summary>
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
/// <param name="Reason">Why no engine is used, or what is done; null if one answers.</param>
/// <param name="Remedy">What the user can do, if nothing is done.</param>
internal sealed record SetupDecision(SetupStep Step, string? Reason = null, string? Remedy = null)
{
    private const string Packages = "apt-get install -y --no-install-recommends docker.io iptables";

    /// <summary>Decides. An engine that is named in so many words is never replaced by another one. Only root changes a machine, and where
    /// a person sits at a terminal, only on demand.</summary>
    public static SetupDecision For(SetupFacts facts)
    {
        EngineAnswer answer = facts.Answer;
        if (answer.Engine is not null)
            return new SetupDecision(SetupStep.Use);
        if (answer.IsForbidden)
            return Decline(answer.WhyNot,
                "let this user reach the engine (`sudo usermod -aG docker $USER`, then log in again), or run as root");
        if (answer.NamedBy is { } name)
        {
            string step = answer.IsMisnamed ? $"correct {name}, its address and its certificates, as the reason says"
                : $"start the engine that {name} names";
            string otherwise = name.StartsWith("DOCKER_", StringComparison.Ordinal) ? $"unset {name}"
                : "choose another context with `docker context use`";
            return Decline(answer.WhyNot, $"{step}, or {otherwise}; nothing is installed while it names an engine");
        }
        if (facts.Linux is null)
            return Decline(answer.WhyNot, "install and start Docker Desktop, or set DOCKER_HOST");
        return facts.HasDaemon ? DecideStart(facts) : DecideInstall(facts, facts.Linux);
    }

    private static SetupDecision DecideStart(SetupFacts facts)
    {
        string reason = $"{facts.Answer.WhyNot}; dockerd is installed, but ";
        if (facts.Wish == EngineWish.Leave)
            return Decline(reason + "--no-install-docker forbids to start it",
                "leave that option out, or start the engine yourself: `systemctl start docker`");
        if (!facts.IsRoot)
            return Decline(reason + "only root may start it", "`sudo systemctl start docker`");
        return facts.Wish == EngineWish.Look
            ? Decline(reason + "does not run", "`./run.sh doctor --install-docker` starts it, and so does a run as root")
            : new SetupDecision(SetupStep.Start, "Tandem has started the installed dockerd");
    }

    private static SetupDecision DecideInstall(SetupFacts facts, OsRelease linux)
    {
        string reason = $"{facts.Answer.WhyNot}; ";
        if (facts.Wish == EngineWish.Leave)
            return Decline(reason + "--no-install-docker forbids to install one",
                "leave that option out, or install an engine yourself");
        if (!linux.HasDebianPackages)
            return Decline($"{reason}{linux.Name} is neither Debian nor Ubuntu, so Tandem installs nothing",
                "install Docker with this system's own packages and start it");
        if (!facts.IsRoot)
            return Decline(reason + "only root may install one",
                $"`sudo {Packages}`, then `sudo usermod -aG docker $USER` and log in again");
        return facts.Wish == EngineWish.Look || (facts.Wish == EngineWish.Unsaid && facts.HasTerminal)
            ? Decline(reason + "Tandem installs nothing without being asked",
                "`./run.sh doctor --install-docker` installs and starts the system's own package")
            : new SetupDecision(SetupStep.Install, $"Tandem has installed and started docker.io of {linux.Name}");
    }

    private static SetupDecision Decline(string? reason, string remedy) => new(SetupStep.Decline, reason, remedy);
}
