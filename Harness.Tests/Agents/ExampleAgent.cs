using Tandem.Harness.Agents;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Tests.Agents;

/// <summary>Writes to its teammate which file it works on, appends a line to it, and waits a step for an answer.</summary>
internal sealed class ExampleAgent : IAgent
{
    public async Task<AgentEnd> RunAsync(AgentContext context, CancellationToken cancellationToken)
    {
        // A step: limits are checked, and what teammates wrote since the last one is delivered.
        await context.BeginStepAsync(cancellationToken);
        string file = $"NOTES-{context.AgentId}.md";
        foreach (string peer in context.Mailbox?.Peers ?? [])
        {
            if (await context.SendAsync(peer, $"I write {file} and nothing else.", cancellationToken) is string refusal)
                context.Note("note", $"{peer} did not get the message: {refusal}");
        }
        // The task's text is context.Prompt; a command runs at the repository, under a time limit, and is recorded.
        ExecResult done = await context.ExecAsync(ExecRequest.Shell($"echo 'Begun.' >> {file} && git status --short"), cancellationToken);
        if (!done.Succeeded)
            return new AgentEnd(AgentStatus.Error, $"The file could not be written: {done.Stderr.Text}");

        foreach (MessageRecord message in await context.BeginStepAsync(cancellationToken))
            context.Note("note", $"{message.From} says: {message.Message}");
        return AgentEnd.Submitted;
    }
}
