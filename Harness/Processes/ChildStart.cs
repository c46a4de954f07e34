using System.ComponentModel;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Tandem.Harness.Processes;

/// <summary>Starts a process, or says why it cannot be started.</summary>
internal static class ChildStart
{
    // Gives the child a session and so a process group of its own, then becomes the program: the process number stays.
    private static readonly string? s_setsid = OperatingSystem.IsLinux() ? FindProgram("setsid", "/usr/bin:/bin", "/") : null;

    public static Process? TryStart(ChildCommand command, string marker, out string? whyNot)
    {
        whyNot = null;
        string directory = Path.GetFullPath(command.WorkingDirectory ?? ".");
        if (!Directory.Exists(directory))
            return Refuse($"its working directory {directory} does not exist", out whyNot);
        if (command.Arguments.Append(command.Program).Concat(command.Environment.Values)
            .Any(text => text.Contains('\0', StringComparison.Ordinal)))
            return Refuse("an argument or a variable holds a NUL character", out whyNot);

        string program = command.Program;
        if (!OperatingSystem.IsWindows())
        {
            // The runtime would look beside our own executable and in our own directory first.
            string path = command.Environment.GetValueOrDefault("PATH") ?? Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin";
            if (FindProgram(program, path, directory) is not { } found)
                return Refuse(program.Contains('/', StringComparison.Ordinal) ? $"{program} is not an executable file"
                    : $"there is no program '{program}' in {path}", out whyNot);
            program = found;
        }
        try
        {
            return Process.Start(Describe(command, program, directory, marker))
                ?? Refuse("the system gave no process", out whyNot);
        }
        catch (Win32Exception exception)
        {
            return Refuse($"{program} could not be started: {exception.Message}", out whyNot);
        }
    }

    private static ProcessStartInfo Describe(ChildCommand command, string program, string directory, string marker)
    {
        ProcessStartInfo start = s_setsid is null
            ? new(program, command.Arguments)
            : new(s_setsid, [program, .. command.Arguments]);
        start.WorkingDirectory = directory;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment.Clear();
        foreach ((string name, string value) in command.Environment)
            start.Environment[name] = value;
        start.Environment[ChildProcess.MarkerVariable] = marker;
        return start;
    }

    [SuppressMessage("Interoperability", "CA1416", Justification = "Not called on Windows.")]
    private static string? FindProgram(string name, string path, string directory)
    {
        IEnumerable<string> candidates = name.Contains('/', StringComparison.Ordinal)
            ? [Path.Combine(directory, name)]
            : path.Split(':').Select(folder => Path.Combine(directory, folder, name));
        return candidates.FirstOrDefault(IsExecutable);

        static bool IsExecutable(string file) =>
            File.Exists(file)
                && (File.GetUnixFileMode(file) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
    }

    private static Process? Refuse(string why, out string? whyNot)
    {
        whyNot = "could not be started: " + why;
        return null;
    }
}
