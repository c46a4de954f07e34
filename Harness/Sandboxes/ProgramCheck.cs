using System.Globalization;

namespace Tandem.Harness.Sandboxes;

/// <summary>Whether the programs of an agent run in a sandbox. An image of another processor or with another C library shows it here,
/// before a model is asked.</summary>
public static class ProgramCheck
{
    private const int MostWords = 1000;
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(2);

    /// <summary>Runs the recipe's check in a sandbox that has its programs.</summary>
    /// <param name="sandbox">The sandbox; no agent has worked in it yet.</param>
    /// <param name="recipe">Whose check it is.</param>
    /// <param name="image">The sandbox's image, for the message.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">They do not run there (class <see cref="SandboxFault.Image"/>), or the sandbox or its engine is
    /// gone.</exception>
    public static async Task RunAsync(ISandbox sandbox, ProgramRecipe recipe, string image, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sandbox);
        ArgumentNullException.ThrowIfNull(recipe);
        string[] command = [.. recipe.Check.Select(Fill)];
        ExecResult result = await sandbox.ExecAsync(
            new ExecRequest
            {
                // Many programs write into their home when they start.
                Command = ["/bin/sh", "-c", "HOME=$(mktemp -d) && export HOME && cd \"$HOME\" && exec \"$@\"", "check", .. command],
                TimeLimit = TimeLimit,
                OwnProcess = true,
                RunsNoAgentCode = true,
            },
            cancellationToken);
        string said = (result.Stdout.Text + result.Stderr.Text).Trim();
        if (result.Succeeded && said.Contains(recipe.Says, StringComparison.Ordinal))
            return;
        string line = string.Join(' ', command);
        string what = result.Outcome switch
        {
            ExecOutcome.SandboxLost or ExecOutcome.SandboxBroken => throw new SandboxException(SandboxFault.Lost,
                $"The sandbox was lost while `{line}` ran: {result.Detail}"),
            ExecOutcome.Exited when result.ExitCode == 0 => $"printed what does not hold '{recipe.Says}'",
            ExecOutcome.Exited => string.Create(CultureInfo.InvariantCulture, $"ended with exit code {result.ExitCode}"),
            _ => $"ended as {result.Outcome} ({result.Detail})",
        };
        throw new SandboxException(SandboxFault.Image,
            $"The programs of the agent '{recipe.Name}' do not run in the image {image}: `{line}` {what}: {Cut(said)}\nThey were made in "
            + $"{recipe.Image}; an image needs the same processor and a C library (glibc) that is not older. Run "
            + $"`./run.sh agents show {recipe.Name}` for what is checked.")
        { MayPass = false };
    }

    /// <summary>A word of a recipe with the folder of the programs put in.</summary>
    internal static string Fill(string word) => word.Replace("{programs}", ProgramVolume.Folder, StringComparison.Ordinal);

    private static string Cut(string text) => text.Length == 0 ? "(nothing)" : text.Length <= MostWords ? text : "..." + text[^MostWords..];
}
