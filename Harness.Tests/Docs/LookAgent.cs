using Tandem.Harness.Agents;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Tests.Docs;

internal sealed class LookAgent : IAgent
{
    public async Task<AgentEnd> RunAsync(AgentContext context, CancellationToken cancellationToken)
    {
        await context.BeginStepAsync(cancellationToken);
        await context.ExecAsync(ExecRequest.Shell("ls"), cancellationToken);
        return AgentEnd.Submitted;
    }
}
