using System.CommandLine;
using System.Text;

namespace Tandem.Cli.Setup;

/// <summary>
/// Sees to it that an engine answers where one can be had: uses one that does, starts one that is installed, installs one where that was
/// asked for or nobody is there to be asked. Never fails: where no engine can be had the result says why, and the process sandbox serves.
/// </summary>
internal sealed class EngineSetup(Func<CancellationToken, Task<EngineAnswer>> ask, TextWriter progress, bool isVerbose, TimeProvider time)
{
    /// <summary>Longer than an installation takes: the other process does it for both.</summary>
    private static readonly TimeSpan s_lockBound = TimeSpan.FromMinutes(8);

    /// <summary>The daemon that is started.</summary>
    public EngineDaemon Daemon { get; init; } = new();

    /// <summary>For this host, as a verb's options want it; progress goes to the verb's error stream, so that its output stays its
    /// own.</summary>
    public static EngineSetup For(ParseResult parsed) =>
        new(EngineProbe.AskAsync, parsed.InvocationConfiguration.Error, parsed.GetValue(CommonOptions.Verbose), TimeProvider.System);

    /// <summary>Asks, decides, and does what was decided.</summary>
    /// <param name="wish">What the command line wants.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<EngineState> EnsureAsync(EngineWish wish, CancellationToken cancellationToken)
    {
        SetupFacts facts = await GatherAsync(wish, cancellationToken).ConfigureAwait(false);
        SetupDecision decision = SetupDecision.For(facts);
        return decision.Step switch
        {
            SetupStep.Use => new EngineState(EngineOrigin.Available, facts.Answer),
            SetupStep.Decline => new EngineState(EngineOrigin.None, facts.Answer, decision.Reason, decision.Remedy),
            SetupStep.Start or SetupStep.Install => await DoAloneAsync(wish, cancellationToken).ConfigureAwait(false),
            _ => throw new InvalidOperationException($"Unknown step {decision.Step}."),
        };
    }

    /// <summary>Two that start at once would install twice and fight over the pid file: one waits, and finds the other's engine.</summary>
    private async Task<EngineState> DoAloneAsync(EngineWish wish, CancellationToken cancellationToken)
    {
        string lockFile = Path.Combine(Directory.Exists("/run") ? "/run" : Path.GetTempPath(), "tandem-engine.lock");
        using IDisposable? held = await HostLock.AcquireAsync(
            lockFile, s_lockBound, () => progress.WriteLine("Another process sets up the engine; waiting for it ..."), time,
                cancellationToken).ConfigureAwait(false);

        SetupFacts facts = await GatherAsync(wish, cancellationToken).ConfigureAwait(false);
        SetupDecision decision = SetupDecision.For(facts);
        if (decision.Step == SetupStep.Use)
            return new EngineState(EngineOrigin.Available, facts.Answer);
        if (held is null)
            return Failed(facts.Answer, $"another process has held {lockFile} for {s_lockBound.TotalMinutes:0} minutes",
                "see what it waits for, end it, and start again");

        if (decision.Step == SetupStep.Install)
        {
            await progress.WriteLineAsync("Installing Docker with apt-get (about half a minute) ...").ConfigureAwait(false);
            if (await EngineInstaller.InstallAsync(isVerbose ? Show : null, cancellationToken).ConfigureAwait(false) is { } whyNotInstalled)
                return Failed(facts.Answer, whyNotInstalled,
                    "mend what apt-get complains of, or install an engine yourself and start again");
        }

        await progress.WriteLineAsync("Starting the Docker engine ...").ConfigureAwait(false);
        EngineAnswer answer = facts.Answer;
        string? whyNotStarted = await Daemon.StartAsync(
            async token =>
            {
                answer = await ask(token).ConfigureAwait(false);
                return answer.Engine is not null;
            },
            time,
            cancellationToken).ConfigureAwait(false);
        return whyNotStarted is null
            ? new EngineState(decision.Step == SetupStep.Install ? EngineOrigin.Installed : EngineOrigin.Started, answer, decision.Reason)
            : Failed(answer, whyNotStarted, "start it by hand and see what it says: `systemctl start docker`, or `dockerd` as root");
    }

    private async Task<SetupFacts> GatherAsync(EngineWish wish, CancellationToken cancellationToken) => new()
    {
        Answer = await ask(cancellationToken).ConfigureAwait(false),
        Wish = wish,
        Linux = OsRelease.ReadHost(),
        IsRoot = Environment.IsPrivilegedProcess,
        HasTerminal = !Console.IsInputRedirected,
        HasDaemon = HostPrograms.Has("dockerd"),
    };

    private void Show(bool isStderr, ReadOnlyMemory<byte> piece) => progress.Write(Encoding.UTF8.GetString(piece.Span));

    private static EngineState Failed(EngineAnswer answer, string reason, string remedy) => new(EngineOrigin.None, answer, reason, remedy);
}
