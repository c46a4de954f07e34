using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Agents;

/// <summary>Applies the gold patches, to check the task set and the harness: a solo agent the combined one, a teammate its
/// feature's.</summary>
internal sealed class OracleAgent : IAgent
{
    public async Task<AgentEnd> RunAsync(AgentContext context, CancellationToken cancellationToken)
    {
        string file = context.Features.Count > 1 ? context.Task.CombinedPatchFile : context.Task.Feature(context.Features[0]).GoldPatchFile;
        if (!File.Exists(file))
            throw new FileNotFoundException(
                $"The oracle needs the gold patch {Path.GetFileName(file)} of {context.Task.Repo}/{context.Task.TaskId}, which is not "
                + $"there.");
        await context.BeginStepAsync(cancellationToken);
        string patch = context.Sandbox.Paths.Scratch + "/gold.patch";
        await context.Sandbox.PutFilesAsync(
            [new SandboxFile(patch, await File.ReadAllBytesAsync(file, cancellationToken))], cancellationToken);
        ExecResult applied = await context.ExecAsync(new ExecRequest
        { Command = ["git", "apply", "--whitespace=nowarn", patch], Environment = HermeticGit.Environment }, cancellationToken);
        return applied.Succeeded
            ? AgentEnd.Submitted
            : throw new InvalidDataException(
            $"The gold patch {Path.GetFileName(file)} does not apply to the base commit: {applied.Stderr.Text.Trim()}");
    }
}

/// <summary>Does nothing: what passes with it passes without any work.</summary>
internal sealed class NopAgent : IAgent
{
    public async Task<AgentEnd> RunAsync(AgentContext context, CancellationToken cancellationToken)
    {
        await context.BeginStepAsync(cancellationToken);
        return AgentEnd.Submitted;
    }
}
