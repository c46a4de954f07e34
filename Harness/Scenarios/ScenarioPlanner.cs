using Tandem.Harness.Experiments;
using Tandem.Harness.Scenarios.Definitions;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Harness.Scenarios;

/// <summary>Makes the plan of a scenario experiment, and keeps it in the store. Scenarios, variants and expectations may change under one
/// name, since each result says what it was made with; the model may not.</summary>
internal static class ScenarioPlanner
{
    /// <summary>The plan as the store has it or will have it: repetitions that it has are never taken out. Reads only.</summary>
    /// <exception cref="ExperimentMismatchException">The store has another experiment of that name, or its plan cannot be read.</exception>
    public static ScenarioPlan Of(ScenarioExperiment experiment, StoreLayout layout, DateTimeOffset now)
    {
        ScenarioPlan plan = experiment.Plan(now);
        if (!File.Exists(layout.PlanFile))
            return plan;
        if (!ScenarioReader.IsScenarios(layout))
            throw new ExperimentMismatchException($"The store {layout.StoreFolder} has an experiment '{plan.Experiment}' that is none of "
                + "scenarios, or its plan cannot be read. Give this one another name (TANDEM__Name=...), or name another store with "
                + "--store.");
        var reader = new ScenarioReader(layout);
        if (reader.ReadPlan() is not ScenarioPlan old || reader.Faults.Count > 0)
            throw new ExperimentMismatchException(
                $"The experiment in {layout.ExperimentFolder} cannot be read: {string.Join("; ", reader.Faults)}. Restore "
                + $"{layout.PlanFile} or name another store with --store.");
        if (old.ModelDigest != plan.ModelDigest)
            throw new ExperimentMismatchException(
                $"The store {layout.StoreFolder} has an experiment '{plan.Experiment}' that asks another model, or asks it in another way: "
                + $"{Difference(old, plan)}. Answers of both would be mixed. Give this one another name (TANDEM__Name=...), name another "
                + "store with --store, or restore the settings.");
        return plan with { CreatedAt = old.CreatedAt, Repetitions = Math.Max(plan.Repetitions, old.Repetitions) };
    }

    /// <summary>Writes the plan where the store has none, or an older one.</summary>
    /// <exception cref="ExperimentMismatchException">As for <see cref="Of"/>.</exception>
    public static ScenarioPlan Keep(ScenarioExperiment experiment, StoreLayout layout, DateTimeOffset now)
    {
        ScenarioPlan plan = Of(experiment, layout, now);
        byte[] content = StoreJson.ToFile(plan);
        if (DurableFile.TryCreate(layout.PlanFile, content) || File.ReadAllBytes(layout.PlanFile).AsSpan().SequenceEqual(content))
            return plan;
        // Another process may have begun it in between.
        plan = Of(experiment, layout, now);
        DurableFile.Write(layout.PlanFile, StoreJson.ToFile(plan));
        return plan;
    }

    private static string Difference(ScenarioPlan old, ScenarioPlan plan) => old.Model != plan.Model
        ? $"'{old.Model}' there, '{plan.Model}' here"
        : "temperature, seed, max_output_tokens or reasoning_effort differ from those in its experiment.json";
}
