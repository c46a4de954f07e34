using Tandem.Cli;
using Tandem.Harness.Processes;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor.Scripts;

/// <summary>PowerShell, which is a local tool of the project.</summary>
internal static class PowerShell
{
    private const string RequireVariable = "TANDEM_REQUIRE_POWERSHELL";

    private static readonly TimeSpan s_restoreLimit = TimeSpan.FromMinutes(5);

    private static readonly Lazy<Task<(string? Folder, string WhyNot)>> s_found = new(FindAsync);

    /// <summary>
    /// A shell script's text that becomes PowerShell. Skips the test with the reason where the tool cannot be had, or fails it if
    /// <c>TANDEM_REQUIRE_POWERSHELL=1</c>.
    /// </summary>
    /// <remarks>
    /// Of the tool's two processes only the inner one: signals and the terminal are its own then, as with an installed PowerShell.
    /// </remarks>
    public static async Task<string> StarterAsync()
    {
        (string? folder, string whyNot) = await s_found.Value.WaitAsync(TestContext.Current.CancellationToken);
        if (folder is null && Environment.GetEnvironmentVariable(RequireVariable) == "1")
            Assert.Fail($"{RequireVariable}=1 asks for PowerShell. {whyNot}");
        Assert.SkipWhen(folder is null, $"There is no PowerShell ({RequireVariable}=1 makes that a failure). {whyNot}");
        return $"""
            #!/bin/sh
            export POWERSHELL_TELEMETRY_OPTOUT=1 POWERSHELL_UPDATECHECK=Off
            exec "{DotNet()}" "{folder}/pwsh.dll" "$@"
            """;
    }

    private static async Task<(string? Folder, string WhyNot)> FindAsync()
    {
        if (await AskAsync() is { Succeeded: true } there)
            return (there.Stdout.Text.Trim(), "");
        // Test processes of several checkouts share the packages' folder.
        string lockFile = Path.Combine(Path.GetTempPath(), "tandem-tools.lock");
        using IDisposable? held = await HostLock.AcquireAsync(
            lockFile, s_restoreLimit, () => { }, TimeProvider.System, CancellationToken.None);
        if (held is null)
            return (null, $"{lockFile} was held for {s_restoreLimit.TotalMinutes} minutes.");
        ChildResult restored = await RunAsync("tool", "restore");
        ChildResult asked = restored.Succeeded ? await AskAsync() : restored;
        return asked.Succeeded ? (asked.Stdout.Text.Trim(), "") : (null, asked.Describe());
    }

    private static Task<ChildResult> AskAsync() => RunAsync("tool", "run", "pwsh", "-NoProfile", "-NonInteractive", "-Command", "$PSHOME");

    private static Task<ChildResult> RunAsync(params string[] arguments) => ChildProcess.RunAsync(
        new ChildCommand("dotnet", arguments)
        {
            WorkingDirectory = Project.Find().Folder,
            Environment = Project.Variables(),
            TimeLimit = s_restoreLimit,
        },
        CancellationToken.None);

    /// <summary>By its path: tests put another dotnet before it.</summary>
    private static string DotNet() => Environment.GetEnvironmentVariable("PATH")!
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, "dotnet"))
        .First(File.Exists);
}
