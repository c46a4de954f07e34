using System.CommandLine;
using System.Text;
using Tandem.Harness.Processes;

namespace Tandem.Cli.Setup;

/// <summary>
/// Uses an engine that answers, else starts one that is installed, else installs one where that was asked for or nobody is there to be
/// asked. Never fails: where there is no engine the result says why, and the process sandbox serves.
/// </summary>
internal sealed class EngineSetup(Func<CancellationToken, Task<EngineAnswer>> ask, TextWriter progress, bool isVerbose, TimeProvider time)
{
    /// <summary>Longer than an installation takes: the other process does it for both.</summary>
    private static readonly TimeSpan s_lockBound = TimeSpan.FromMinutes(8);

    public EngineDaemon Daemon { get; init; } = new();

    /// <summary>Sets up the engine of this host as a verb's options want it. Progress goes to the error stream, so that the output stays
    /// the verb's own.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="unsaid">What holds if it says nothing about the engine.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task<EngineState> EnsureAsync(ParseResult parsed, EngineWish unsaid, CancellationToken cancellationToken) =>
        new EngineSetup(EngineProbe.AskAsync, parsed.InvocationConfiguration.Error, parsed.GetValue(CommonOptions.Verbose),
            TimeProvider.System).EnsureAsync(
            parsed.GetValue(CommonOptions.InstallDocker) ? EngineWish.Install
            : parsed.GetValue(CommonOptions.NoInstallDocker) ? EngineWish.Leave
            : unsaid,
            cancellationToken);

    /// <summary>Sets up the engine and prints what a run prints first.</summary>
    public static async Task<EngineState> AnnounceAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        EngineState engine = await EnsureAsync(parsed, EngineWish.Unsaid, cancellationToken);
        foreach (string line in engine.FirstLines)
            await parsed.InvocationConfiguration.Output.WriteLineAsync(line);
        return engine;
    }

    /// <summary>Asks, decides, and does what was decided.</summary>
    public async Task<EngineState> EnsureAsync(EngineWish wish, CancellationToken cancellationToken)
    {
        SetupFacts facts = await GatherAsync(wish, cancellationToken);
        SetupDecision decision = SetupDecision.For(facts);
        return decision.Step switch
        {
            SetupStep.Use => new EngineState(EngineOrigin.Available, facts.Answer),
            SetupStep.Decline => new EngineState(EngineOrigin.None, facts.Answer, decision.Reason, decision.Remedy),
            SetupStep.Start or SetupStep.Install => await DoAloneAsync(wish, cancellationToken),
            _ => throw new InvalidOperationException($"Unknown step {decision.Step}."),
        };
    }

    /// <summary>Two that start at once would install twice and fight over the pid file: one waits, and finds the other's engine.</summary>
    private async Task<EngineState> DoAloneAsync(EngineWish wish, CancellationToken cancellationToken)
    {
        string lockFile = Path.Combine(Directory.Exists("/run") ? "/run" : Path.GetTempPath(), "tandem-engine.lock");
        using IDisposable? held = await HostLock.AcquireAsync(
            lockFile, s_lockBound, () => progress.WriteLine("Waiting for another process that sets up the engine ..."), time,
                cancellationToken);

        SetupFacts facts = await GatherAsync(wish, cancellationToken);
        SetupDecision decision = SetupDecision.For(facts);
        if (decision.Step == SetupStep.Use)
            return new EngineState(EngineOrigin.Available, facts.Answer);
        if (held is null)
            return Failed(facts.Answer, $"{lockFile} is locked: another process has set up the engine for "
                + $"{s_lockBound.TotalMinutes:0} minutes", "find out what that process waits for, end it, and start again");

        if (decision.Step == SetupStep.Install)
        {
            await progress.WriteLineAsync("Installing Docker with apt-get (about half a minute) ...");
            if (await EngineInstaller.InstallAsync(isVerbose ? Show : null, cancellationToken) is { } whyNotInstalled)
                return Failed(facts.Answer, whyNotInstalled,
                    "fix what apt-get complains about, or install an engine yourself; then start again");
        }

        await progress.WriteLineAsync("Starting the Docker engine ...");
        EngineAnswer answer = facts.Answer;
        string? whyNotStarted = await Daemon.StartAsync(
            async token =>
            {
                answer = await ask(token);
                return answer.Engine is not null;
            },
            time,
            cancellationToken);
        return whyNotStarted is null
            ? new EngineState(decision.Step == SetupStep.Install ? EngineOrigin.Installed : EngineOrigin.Started, answer, decision.Reason)
            : Failed(answer, whyNotStarted, "start the engine and read its output: `systemctl start docker`, or `dockerd` as root");
    }

    private async Task<SetupFacts> GatherAsync(EngineWish wish, CancellationToken cancellationToken) => new()
    {
        Answer = await ask(cancellationToken),
        Wish = wish,
        Linux = OsRelease.ReadHost(),
        IsRoot = Environment.IsPrivilegedProcess,
        HasTerminal = !Console.IsInputRedirected,
        HasDaemon = HostPrograms.Has("dockerd"),
    };

    private void Show(bool isStderr, ReadOnlyMemory<byte> piece) => progress.Write(Encoding.UTF8.GetString(piece.Span));

    private static EngineState Failed(EngineAnswer answer, string reason, string remedy) => new(EngineOrigin.None, answer, reason, remedy);
}
