using Tandem.Harness.Processes;

namespace Tandem.Cli.Doctor;

/// <summary>Is git there, and new enough? With an engine it is used inside sandboxes only, where the image brings it; the process sandbox
/// uses the host's.</summary>
internal static class GitCheck
{
    private static readonly Version s_needed = new(2, 30);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    public static async Task<Finding> ExamineAsync(bool isUsed, CancellationToken cancellationToken)
    {
        var command = new ChildCommand("git", "--version") { Environment = ChildEnvironment.ForGit(), TimeLimit = s_limit };
        ChildResult result = await ChildProcess.RunAsync(command, cancellationToken);
        return Judge(result.Succeeded ? result.Stdout.Text : null, isUsed);
    }

    /// <param name="printed">As <c>git version 2.39.5 (Apple Git-154)</c>; null if it cannot be run.</param>
    /// <param name="isUsed">Whether a run on this host would use it: there is no engine.</param>
    public static Finding Judge(string? printed, bool isUsed)
    {
        string use = isUsed ? "used by the process sandbox" : "not used on the host: with an engine, git runs inside sandboxes";
        // "2.39.5", "2.47.0.windows.1", "2.46.GIT".
        string[] numbers = printed?.Trim().Split(' ').ElementAtOrDefault(2)?.Split('.') ?? [];
        bool isKnown = Version.TryParse(string.Join('.', numbers.Take(2)), out Version? version);
        if (isKnown && version >= s_needed)
            return Finding.Ok("GIT", $"{string.Join('.', numbers.TakeWhile(n => n.All(char.IsAsciiDigit)))}, {use}");
        return new Finding(
            "GIT",
            isUsed ? Severity.Fault : Severity.Note,
            $"{(isKnown ? $"{version} is older than {s_needed}" : "cannot be run")}; {use}",
            $"install git {s_needed} or newer (`apt-get install git`)");
    }
}
