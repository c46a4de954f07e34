using Tandem.Analysis.Data;
using Tandem.Records.Cases;

namespace Tandem.Analysis.Statistics;

/// <summary>One experiment of a comparison.</summary>
/// <param name="Experiment">Its name.</param>
/// <param name="Agents">Agent and model of its records, such as <c>shell gpt-5</c>; several where they are mixed.</param>
/// <param name="SimulationLabel">Says that the figures are of simulated agents; null if they are not.</param>
/// <param name="FailedRules">The rules that its store fails, so that its numbers may be wrong; empty if it is valid.</param>
/// <param name="ReRolled">Cases that count by an attempt which somebody asked for, in place of one that counted before.</param>
/// <param name="Rates">As <see cref="PassRate.AllOf"/> orders them: by setting, first one seed alone.</param>
/// <param name="Costs">By setting; the last is all together.</param>
/// <param name="Curves">Success against difficulty across the experiments compared.</param>
internal sealed record ComparedExperiment(
    string Experiment, IReadOnlyList<string> Agents, string? SimulationLabel, IReadOnlyList<string> FailedRules,
    int ReRolled, IReadOnlyList<PassRate> Rates, IReadOnlyList<CostStatistics> Costs, SuccessCurves Curves);

/// <summary>One setting of an experiment against the same setting of the baseline, case by case.</summary>
internal sealed record ExperimentContrast
{
    public required string Baseline { get; init; }

    public required string Other { get; init; }

    public required Setting Setting { get; init; }

    public required IReadOnlyList<SeedDifference> BySeed { get; init; }

    /// <summary>Each pair's mean over the seeds at which both have a verdict; over all seeds of each if they share none.</summary>
    public required PairedDifference AllSeeds { get; init; }

    public required int OnlyInBaseline { get; init; }

    public required int OnlyInOther { get; init; }

    /// <summary>Cases of both in which one or both have no verdict.</summary>
    public required int WithoutVerdict { get; init; }

    /// <summary>See <see cref="SeedDifference.PrimaryOf"/>.</summary>
    public PairedDifference Primary => SeedDifference.PrimaryOf(BySeed, AllSeeds);

    /// <summary>McNemar's p of <see cref="Primary"/>, not adjusted; null if no case has both verdicts.</summary>
    public double? P => Primary.Table?.ExactP;

    /// <summary>It, adjusted by Holm over all contrasts of the comparison.</summary>
    public required double? HolmP { get; init; }

    public Evidence Evidence => SettingContrast.EvidenceOf(Primary, HolmP);
}

/// <summary>Two or more experiments (models, agents, prompts), paired by case: same pair, setting and seed.</summary>
internal sealed record ExperimentComparison
{
    /// <summary>The experiments, in the order named; the first is the baseline.</summary>
    public required IReadOnlyList<ComparedExperiment> Experiments { get; init; }

    public required IReadOnlyList<ExperimentContrast> Contrasts { get; init; }

    public required ModelDifficulty Difficulty { get; init; }

    public required SuccessCurves Pooled { get; init; }

    /// <summary>Tasks of which two of the experiments had different files, as <c>repo/task</c>: their cases bear the same name and are not
    /// the same.</summary>
    public required IReadOnlyList<string> ChangedTasks { get; init; }

    /// <param name="datasets">At least two; the first is the baseline.</param>
    /// <param name="failedRules">For each of them the rules that its store fails; null if that was not asked.</param>
    public static ExperimentComparison Of(IReadOnlyList<Dataset> datasets, IReadOnlyList<IReadOnlyList<string>>? failedRules = null)
    {
        CaseTable[] tables = [.. datasets.Select(CaseTable.Of)];
        var pairs = new JointPairs(tables);
        var difficulty = ModelDifficulty.Of(tables, pairs);
        string caution = $"each experiment's own solo runs are 1/{tables.Length} of the difficulty";
        SuccessCurves[] curves =
            [.. tables.Select((table, i) =>
            SuccessCurves.Of(DifficultyDefinition.AcrossModels, table, difficulty.BucketsFor(pairs.PlacesOf(i)), caution))];
        ExperimentContrast[] contrasts =
        [
            .. Enumerable.Range(1, tables.Length - 1)
                .SelectMany(other => tables[0].Settings.Union(tables[other].Settings).Order().Select(setting => (other, setting)))
                .AsParallel().AsOrdered()
                .Select(c => ContrastOf(datasets, pairs, tables, c.other, c.setting)),
        ];
        double?[] adjusted = Holm.Adjust([.. contrasts.Select(c => c.P)]);
        return new ExperimentComparison
        {
            Experiments = [.. datasets.Select((dataset, i) => new ComparedExperiment(
                dataset.Layout.Experiment, AgentsOf(dataset), dataset.SimulationLabel, failedRules?[i] ?? [],
                    dataset.Cases.Count(ReRolls.Decide), PassRate.AllOf(tables[i]),
                    CostStatistics.AllOf(dataset, tables[i].Settings), curves[i]))],
            Contrasts = [.. contrasts.Select((contrast, i) => contrast with { HolmP = adjusted[i] })],
            Difficulty = difficulty,
            Pooled = SuccessCurves.Of(
                DifficultyDefinition.AcrossModels,
                [.. curves.SelectMany(c => c.Curves).GroupBy(c => c.Setting).OrderBy(g => g.Key).Select(g => SuccessCurve.Pool([.. g]))],
                caution),
            ChangedTasks = [.. datasets.SelectMany(d => d.Plan.TaskDigests).GroupBy(t => t.Key, t => t.Value)
                .Where(g => g.Distinct().Count() > 1).Select(g => g.Key).Order(StringComparer.Ordinal)],
        };
    }

    private static IReadOnlyList<string> AgentsOf(Dataset dataset) =>
        [.. dataset.Counting.Select(run => run.Model is null ? run.Agent : $"{run.Agent} {run.Model}").Distinct()
            .Order(StringComparer.Ordinal)];

    private static ExperimentContrast ContrastOf(IReadOnlyList<Dataset> datasets, JointPairs pairs, CaseTable[] tables,
        int other, Setting setting)
    {
        int[] seeds = [.. tables[0].SeedsOf(setting).Union(tables[other].SeedsOf(setting)).Order()];
        var baselineMatched = new PairScore[pairs.Count];
        var otherMatched = new PairScore[pairs.Count];
        var bySeed = new List<SeedDifference>();
        (int onlyBaseline, int onlyOther, int withoutVerdict) = (0, 0, 0);
        foreach (int seed in seeds)
        {
            PairScore[] a = pairs.Scores(0, setting, seed);
            PairScore[] b = pairs.Scores(other, setting, seed);
            bool isAtSeed = false;
            for (int i = 0; i < a.Length; i++)
            {
                onlyBaseline += a[i].Cases > 0 && b[i].Cases == 0 ? 1 : 0;
                onlyOther += a[i].Cases == 0 && b[i].Cases > 0 ? 1 : 0;
                if (a[i].Cases == 0 || b[i].Cases == 0)
                    continue;
                isAtSeed = true;
                bool haveVerdicts = a[i].WithVerdict > 0 && b[i].WithVerdict > 0;
                withoutVerdict += haveVerdicts ? 0 : 1;
                baselineMatched[i] = baselineMatched[i].With(haveVerdicts ? a[i].Passed > 0 : null);
                otherMatched[i] = otherMatched[i].With(haveVerdicts ? b[i].Passed > 0 : null);
            }
            if (isAtSeed)
                bySeed.Add(new SeedDifference(seed, PairedDifference.Of(pairs.TaskOfPair, a, b, isSingle: true)));
        }
        bool isShared = bySeed.Count > 0;
        // Runs of different seeds are one run against one run, too.
        bool isSingle = !isShared && tables[0].SeedsOf(setting).Count == 1 && tables[other].SeedsOf(setting).Count == 1;
        return new ExperimentContrast
        {
            Baseline = datasets[0].Layout.Experiment,
            Other = datasets[other].Layout.Experiment,
            Setting = setting,
            BySeed = bySeed,
            AllSeeds = PairedDifference.Of(pairs.TaskOfPair, isShared ? baselineMatched : pairs.Scores(0, setting, null),
                isShared ? otherMatched : pairs.Scores(other, setting, null), isSingle),
            OnlyInBaseline = onlyBaseline,
            OnlyInOther = onlyOther,
            WithoutVerdict = withoutVerdict,
            HolmP = null,
        };
    }
}
