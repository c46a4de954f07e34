using System.Globalization;
using Tandem.Harness.Processes;

namespace Tandem.Cli.Setup;

/// <summary>An engine of this host that is to be started: its command, its files, and how to ask it.</summary>
internal sealed record EngineDaemon
{
    /// <summary>Starts a program in a session of its own, so that it outlives us, and prints its number: <c>sh -c SCRIPT LOG PROGRAM
    /// ARGUMENTS...</c>.</summary>
    private const string DetachScript = """log=$0; unset TANDEM_EXEC; setsid "$@" </dev/null >"$log" 2>&1 & echo $!""";

    private const int LogTailLines = 12;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    /// <summary>The program and its options.</summary>
    public IReadOnlyList<string> Command { get; init; } = ["dockerd"];

    /// <summary>The pid files that it and its containerd leave behind when they are killed; the daemon's own first.</summary>
    public IReadOnlyList<PidFile> PidFiles { get; init; } =
        [new PidFile("/var/run/docker.pid", "dockerd"), new PidFile("/var/run/docker/containerd/containerd.pid", "containerd")];

    /// <summary>Where its output goes if it is started by hand.</summary>
    public string LogFile { get; init; } = Path
        .Combine(Directory.Exists("/var/log") ? "/var/log" : Path.GetTempPath(), "tandem-dockerd.log");

    /// <summary>Whether systemd is to start it as a service.</summary>
    public bool IsService { get; init; } = Directory.Exists("/run/systemd/system");

    /// <summary>How long it may take to answer. Default 60 s.</summary>
    public TimeSpan AnswerLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Starts it and waits until it answers. One that runs already is only waited for.</summary>
    /// <param name="answers">Asks it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up; what was started goes on.</param>
    /// <returns>Null if it answers, else why not.</returns>
    public async Task<string?> StartAsync(Func<CancellationToken, Task<bool>> answers, TimeProvider time,
        CancellationToken cancellationToken)
    {
        int? pid = PidFiles[0].LivingPid();
        bool isOurs = false;
        if (pid is null && IsService)
        {
            ChildResult start = await ChildProcess.RunAsync(
                new ChildCommand("systemctl", "start", "docker") { Environment = HostPrograms.Environment(), TimeLimit = AnswerLimit },
                    cancellationToken);
            if (!start.Succeeded)
                return start.Describe();
        }
        else if (pid is null)
        {
            foreach (PidFile file in PidFiles)
                file.RemoveIfStale();
            (pid, string? whyNot) = await LaunchAsync(cancellationToken);
            if (pid is null)
                return whyNot;
            isOurs = true;
        }

        long began = time.GetTimestamp();
        while (true)
        {
            // Looked at before it is asked: one that answers and dies in between has still answered.
            bool isGone = isOurs && HostProcess.NameOfLiving(pid!.Value) is null;
            if (await answers(cancellationToken))
                return null;
            if (isGone)
                return $"dockerd has exited. {LogTail()}";
            if (time.GetElapsedTime(began) > AnswerLimit)
                return $"dockerd{(pid is null ? "" : $" (process {pid})")} runs, but has not answered for {AnswerLimit.TotalSeconds:0} "
                    + $"s. {(isOurs ? LogTail() : "Its log may say why.")}";
            await Task.Delay(s_pause, time, cancellationToken);
        }
    }

    private async Task<(int? Pid, string? WhyNot)> LaunchAsync(CancellationToken cancellationToken)
    {
        var command = new ChildCommand("/bin/sh", ["-c", DetachScript, LogFile, .. Command]) { Environment = HostPrograms.Environment() };
        ChildResult launch = await ChildProcess.RunAsync(command, cancellationToken);
        return launch.Succeeded && int.TryParse(launch.Stdout.Text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
            ? (pid, null)
            : (null, launch.Describe());
    }

    private string LogTail()
    {
        try
        {
            return $"The end of {LogFile}:\n{string.Join('\n', File.ReadLines(LogFile).TakeLast(LogTailLines))}";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"Its log {LogFile} cannot be read: {exception.Message}";
        }
    }
}
