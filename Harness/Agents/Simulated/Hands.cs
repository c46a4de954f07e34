using System.Globalization;
using System.Text;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Agents.Simulated;

/// <summary>The steps of a simulated agent: each begins by hearing what teammates wrote, then runs a command or two.</summary>
internal sealed class Hands(AgentContext context, Conversation? talk, CancellationToken cancellationToken)
{
    private int _edits;

    private string Scratch => context.Sandbox.Paths.Scratch;

    /// <summary>A step with one command that looks at the repository and runs nothing of it.</summary>
    public Task LookAsync(string command) => LookAsync(() => command);

    /// <summary>As above, for a command that depends on what was heard at the step's begin.</summary>
    public async Task LookAsync(Func<string> command)
    {
        await BeginAsync();
        await context.ExecAsync(ExecRequest.Shell(command()) with { Environment = HermeticGit.Environment, RunsNoAgentCode = true },
            cancellationToken);
    }

    /// <summary>A step with one command that runs what is in the repository.</summary>
    /// <returns>Whether it succeeded.</returns>
    public async Task<bool> TestAsync(string command, TimeSpan timeLimit)
    {
        await BeginAsync();
        return (await context.ExecAsync(ExecRequest.Shell(command) with { Environment = HermeticGit.Environment, TimeLimit = timeLimit },
            cancellationToken)).Succeeded;
    }

    /// <summary>A step in which a question is looked into and answered, if there is one.</summary>
    public async Task ConsiderQuestionAsync()
    {
        await BeginAsync();
        if (talk?.OpenQuestion is not Proposal proposal)
        {
            await RunAsync("git", "status", "--short");
            return;
        }
        string file = Scratch + "/proposal.diff";
        IEnumerable<FilePatch> proposed = proposal.Texts.GroupBy(text => text.Path)
            .Select(file => FilePatch.Empty(file.Key).WithEdits(file.SelectMany(text => text.Edits)));
        await PutAsync(file, proposed);
        bool doesItFit = await RunAsync("git", "apply", "--check", "--unidiff-zero", file);
        await talk.AnswerAsync(doesItFit, cancellationToken);
    }

    /// <summary>A step that changes files. What does not fit any more is left out.</summary>
    public async Task EditAsync(IReadOnlyList<FilePatch> files)
    {
        await BeginAsync();
        foreach (IGrouping<bool, FilePatch> alike in files.GroupBy(file => file.IsExact))
        {
            string diff = string.Create(CultureInfo.InvariantCulture, $"{Scratch}/edit{++_edits}.diff");
            await PutAsync(diff, alike);
            string[] apply = ["git", "apply", "--whitespace=nowarn", .. alike.Key ? ["--unidiff-zero"] : Array.Empty<string>()];
            context.Note("response",
                $"I change {string.Join(", ", alike.Select(file =>
                    string.Create(CultureInfo.InvariantCulture, $"{file.Path} (+{file.Added} -{file.Removed})")))}.");
            if (await RunAsync([.. apply, diff]))
                continue;
            await RunAsync([.. apply, "--reject", diff]);
            await RunAsync("find", ".", "-name", "*.rej", "-delete");
        }
    }

    private async Task BeginAsync()
    {
        IReadOnlyList<MessageRecord> messages = await context.BeginStepAsync(cancellationToken);
        talk?.Hear(messages);
    }

    private async Task<bool> RunAsync(params string[] command) =>
        (await context.ExecAsync(new ExecRequest { Command = command, Environment = HermeticGit.Environment, RunsNoAgentCode = true },
            cancellationToken)).Succeeded;

    private Task PutAsync(string path, IEnumerable<FilePatch> files) =>
        context.Sandbox.PutFilesAsync([new SandboxFile(path, Encoding.UTF8.GetBytes(string.Concat(files)))], cancellationToken);
}
