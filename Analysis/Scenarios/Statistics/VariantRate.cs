using Tandem.Analysis.Statistics;
using Tandem.Records.Store;

namespace Tandem.Analysis.Scenarios.Statistics;

/// <summary>How often the conversations of a variant passed.</summary>
internal sealed record VariantRate
{
    public required string Variant { get; init; }

    /// <summary>Cases of the plan.</summary>
    public required int Cases { get; init; }

    /// <summary>Passed, of those with a verdict.</summary>
    public required Proportion Rate { get; init; }

    /// <summary>Those without; they are in no rate. <see cref="MissingCases.NoVerdict"/>: their checks are of other expectations.</summary>
    public required MissingCases Missing { get; init; }

    /// <summary>How often conversations were begun again within their attempts, of all records of the plan's cases.</summary>
    public required int Reruns { get; init; }

    /// <summary>The 95 % interval of the rate by the bootstrap over scenarios, whose repetitions go together.</summary>
    public required BootstrapInterval ByScenarios { get; init; }

    /// <summary>The rate if all missing cases had failed, and if all had passed; null without cases.</summary>
    public Interval? Bounds =>
        Cases == 0 ? null : new Interval((double)Rate.Successes / Cases, (double)(Rate.Successes + Missing.Total) / Cases);

    public static VariantRate Of(ScenarioTable table, string variant)
    {
        PairScore[] scores = table.Scores(variant);
        ScenarioCase[] cases = [.. table.Cases(variant)];
        return new VariantRate
        {
            Variant = variant,
            Cases = cases.Length,
            Rate = new Proportion(scores.Sum(score => score.Passed), scores.Sum(score => score.WithVerdict)),
            Missing = cases.Aggregate(default(MissingCases), With),
            Reruns = cases.Sum(one => one.Own.DistinctBy(stored => stored.Record.Attempt).Sum(stored => stored.Record.Reruns)),
            ByScenarios = ClusterBootstrap.Mean([.. scores.Select(score => (double)score.Passed)],
                [.. scores.Select(score => score.WithVerdict)], cluster: "scenario"),
        };
    }

    private static MissingCases With(MissingCases missing, ScenarioCase one) => one.Standing?.Status switch
    {
        RunStatus.Completed => missing,
        RunStatus.Results => missing with { NoVerdict = missing.NoVerdict + 1 },
        RunStatus.Failed => missing with { InfraErrors = missing.InfraErrors + 1 },
        RunStatus.Partial => missing with { Interrupted = missing.Interrupted + 1 },
        _ => missing with { NotRun = missing.NotRun + 1 },
    };
}
