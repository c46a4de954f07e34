using Tandem.Harness.Evaluation;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Cases;

/// <summary>The evaluation of an attempt's patches, and the files that it leaves.</summary>
internal static class CaseEvaluation
{
    /// <param name="environment">The experiment.</param>
    /// <param name="task">The task that the case is about.</param>
    /// <param name="intent">The attempt.</param>
    /// <param name="patches">One for each agent.</param>
    /// <param name="image">What the sandbox is made of.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task<EvaluationResult> RunAsync(RunEnvironment environment, CodingTask task, AttemptIntent intent,
        IReadOnlyList<AgentPatch> patches, SandboxImage image, CancellationToken cancellationToken) =>
        new Evaluator(environment.Provider, environment.Clock, environment.Golds).EvaluateAsync(
            new EvaluationRequest
            {
                CaseId = intent.CaseId,
                Task = task,
                Patches = patches,
                Sandbox = Specs.For(environment, intent, image, "evaluation", environment.Configuration.Sandbox.EvaluationNetwork
                    ?? environment.TaskSet.Options.EvaluationNetwork),
                AsksGoldAnew = intent.AttemptReason == AttemptReason.Regrade,
                CountsOnGold = true,
                SandboxPerFeature = environment.TaskSet.Options.SandboxPerFeature,
                RunnerTimeLimit = TimeSpan.FromSeconds(environment.TaskSet.Options.Limits.RunnerSeconds),
            },
            cancellationToken);

    /// <summary>The files of an evaluation, its report last.</summary>
    /// <param name="intent">The attempt.</param>
    /// <param name="agentIds">Its agents, in the order of their patches.</param>
    /// <param name="evaluation">What was found.</param>
    public static IEnumerable<(string Name, ReadOnlyMemory<byte> Content)> Files(AttemptIntent intent, IEnumerable<string> agentIds,
        EvaluationResult evaluation)
    {
        foreach ((string agentId, ReadOnlyMemory<byte> patch) in agentIds.Zip(evaluation.GradedPatches))
            yield return (StoreLayout.GradedPatch(agentId), patch);
        if (evaluation.MergedDiff is ReadOnlyMemory<byte> merged)
            yield return (StoreLayout.MergedFile, merged);
        foreach ((int feature, ReadOnlyMemory<byte> output) in intent.CaseId.Features.Zip(evaluation.TestOutputs))
            yield return (StoreLayout.TestOutput(feature), output);
        yield return (StoreLayout.EvaluationFile, StoreJson.ToFile(evaluation.Report));
    }
}
