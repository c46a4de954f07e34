using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;

namespace Tandem.Harness.Agents;

/// <summary>What one agent of a case is asked to do.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="AgentId">See <see cref="AgentContext.AgentId"/>.</param>
/// <param name="Features">See <see cref="AgentContext.Features"/>.</param>
/// <param name="Task">See <see cref="AgentContext.Task"/>.</param>
/// <param name="Prompt">See <see cref="AgentContext.Prompt"/>.</param>
/// <param name="BaseCommit">See <see cref="AgentContext.BaseCommit"/>.</param>
internal sealed record Assignment(CaseId CaseId, string AgentId, FeatureSet Features, CodingTask Task, string Prompt, string BaseCommit);
