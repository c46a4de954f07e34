using Tandem.Analysis.Data;
using Tandem.Analysis.Scenarios;
using Tandem.Analysis.Scenarios.Rules;
using Tandem.Analysis.Validating;
using Tandem.Records.Store;

namespace Tandem.Analysis.Commands;

/// <summary>A store may hold experiments of pair runs and experiments of scenarios.</summary>
internal static class AnyExperiment
{
    /// <summary>Holds the rules of its kind against an experiment.</summary>
    /// <param name="layout">The experiment.</param>
    /// <param name="isPartial">Whether only a part of the plan was meant to be run so far.</param>
    /// <param name="isDeep">Whether to hold the deep rules too; scenarios have none.</param>
    /// <exception cref="UnreadableStoreException">There is no experiment to check.</exception>
    public static ValidationReport Validate(StoreLayout layout, bool isPartial = false, bool isDeep = false) =>
        ScenarioReader.IsScenarios(layout) ? ScenarioValidation.Run(ScenarioDataset.Read(layout), isPartial)
            : Validation.Run(layout, isPartial, isDeep);

    /// <summary>Whether all are of scenarios; false if none is.</summary>
    /// <param name="layouts">The experiments.</param>
    /// <param name="why">Why they must be of one kind, half a sentence.</param>
    /// <exception cref="RefusedException">There are both kinds.</exception>
    public static bool AreScenarios(IReadOnlyList<StoreLayout> layouts, string why)
    {
        StoreLayout[] scenarios = [.. layouts.Where(ScenarioReader.IsScenarios)];
        if (scenarios.Length == 0 || scenarios.Length == layouts.Count)
            return scenarios.Length > 0;
        throw new RefusedException(
            $"{Names(scenarios)} {(scenarios.Length == 1 ? "is an experiment" : "are experiments")} of scenarios, and "
            + $"{Names(layouts.Except(scenarios))} of pair runs; {why}.",
            "Name experiments of one kind alone.");
    }

    /// <summary>The experiments of pair runs, for a verb that reads no others. Where none was named, those of scenarios are left out, and
    /// the error channel says so.</summary>
    /// <param name="host">The surroundings.</param>
    /// <param name="layouts">What was chosen.</param>
    /// <param name="isNamed">Whether they were named.</param>
    /// <param name="verb">How the messages call the verb.</param>
    /// <exception cref="RefusedException">One that was named is of scenarios, or there are no others.</exception>
    public static IReadOnlyList<StoreLayout> OfPairRuns(CommandHost host, IReadOnlyList<StoreLayout> layouts, bool isNamed, string verb)
    {
        StoreLayout[] scenarios = [.. layouts.Where(ScenarioReader.IsScenarios)];
        if (scenarios.Length > 0 && (isNamed || scenarios.Length == layouts.Count))
        {
            throw new RefusedException(
                $"{scenarios[0].Experiment} is an experiment of scenarios; {verb} reads pair runs.",
                $"Use collect, which writes its records as JSON, or report or compare: ./run.sh report {scenarios[0].Experiment}");
        }
        foreach (StoreLayout left in scenarios)
            host.Error.WriteLine($"note: {left.Experiment} is an experiment of scenarios, and is left out: {verb} reads pair runs.");
        return [.. layouts.Except(scenarios)];
    }

    private static string Names(IEnumerable<StoreLayout> layouts) => string.Join(", ", layouts.Select(layout => layout.Experiment));
}
