using Tandem.Analysis.Data;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Statistics;

/// <summary>A pair of features as the statistics know it.</summary>
/// <param name="Key">See <see cref="CaseId.PairKey"/>.</param>
/// <param name="Task">Repository and number of its task: the cluster that it belongs to.</param>
/// <param name="TaskIndex">The task's place among the tasks of its table, from 0.</param>
/// <param name="Repo">Its repository.</param>
/// <param name="Language">Of the repository, as its records say; null if none does.</param>
/// <param name="Difficulty">From its solo seeds; null if no solo run of it has a verdict.</param>
internal sealed record PairInfo(string Key, string Task, int TaskIndex, string Repo, string? Language, Difficulty? Difficulty);

/// <summary>One case: of the plan, or known by its records alone.</summary>
/// <param name="Pair">The pair's place in the table, from 0.</param>
/// <param name="Setting">Its setting.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Run">The record that stands for it; null if it has none.</param>
internal readonly record struct Cell(int Pair, Setting Setting, int Seed, AttemptResult? Run)
{
    /// <summary>Whether the case succeeded; null if it has no verdict.</summary>
    public bool? Verdict => Run?.Verdict;
}

/// <summary>How a pair fared over some cases of it.</summary>
/// <param name="Cases">Planned, or known by their records.</param>
/// <param name="WithVerdict">Of them with a verdict.</param>
/// <param name="Passed">Of these with success.</param>
internal readonly record struct PairScore(int Cases, int WithVerdict, int Passed)
{
    /// <summary>Passed / with a verdict, 0 to 1; NaN if none has one.</summary>
    public double Mean => (double)Passed / WithVerdict;

    /// <summary>The mean if all cases without a verdict had failed; NaN without cases.</summary>
    public double Least => (double)Passed / Cases;

    /// <summary>The mean if all of them had passed; NaN without cases.</summary>
    public double Most => (double)(Passed + Cases - WithVerdict) / Cases;

    public PairScore With(bool? outcome) => new(Cases + 1, WithVerdict + (outcome is null ? 0 : 1), Passed + (outcome == true ? 1 : 0));
}

/// <summary>An experiment as a table of cases, made once, so that no statistic has to read ids again.</summary>
internal sealed class CaseTable
{
    public required IReadOnlyList<PairInfo> Pairs { get; init; }

    public required int Tasks { get; init; }

    /// <summary>The cases, by setting, seed and pair.</summary>
    public required IReadOnlyList<Cell> Cells { get; init; }

    /// <summary>The settings that have cases, in the order of declaration.</summary>
    public required IReadOnlyList<Setting> Settings { get; init; }

    /// <summary>The seeds that a setting has, ascending.</summary>
    public IReadOnlyList<int> SeedsOf(Setting setting) =>
        [.. Cells.Where(c => c.Setting == setting).Select(c => c.Seed).Distinct().Order()];

    /// <summary>Whether there are several settings, and all of them have the same seeds, more than one: then nothing speaks for one
    /// seed, and settings are compared over all of them.</summary>
    public bool HasSeedsInCommon => Settings.Count > 1 && SeedsOf(Settings[0]) is { Count: > 1 } seeds
        && Settings.All(setting => SeedsOf(setting).SequenceEqual(seeds));

    /// <summary>The smallest seed that all settings have, with a verdict of each where there is such a seed. Null if they share none, or
    /// if each has verdicts, but at no seed that all have.</summary>
    public int? SharedSeed
    {
        get
        {
            int[] shared = Settings.Count == 0 ? [] : [.. Settings.Select(SeedsOf).Aggregate((all, seeds) => [.. all.Intersect(seeds)])];
            bool HasVerdict(Setting setting, int? seed) =>
                Cells.Any(cell => cell.Setting == setting && (seed is null || cell.Seed == seed) && cell.Verdict is not null);
            return shared.Length == 0 ? null
                : shared.Cast<int?>().FirstOrDefault(seed => Settings.All(setting => HasVerdict(setting, seed)))
                ?? (Settings.All(setting => HasVerdict(setting, null)) ? null : shared[0]);
        }
    }

    /// <summary>How each pair fared in a setting; by the pairs' places.</summary>
    /// <param name="setting">The setting.</param>
    /// <param name="seed">One seed; null for all.</param>
    public PairScore[] Scores(Setting setting, int? seed) => Scores(setting, seed, cell => cell.Verdict);

    /// <summary>How each pair fared in a setting by another measure than the verdict.</summary>
    /// <param name="setting">The setting.</param>
    /// <param name="seed">One seed; null for all.</param>
    /// <param name="outcome">Success by that measure; null if unknown.</param>
    public PairScore[] Scores(Setting setting, int? seed, Func<Cell, bool?> outcome)
    {
        var scores = new PairScore[Pairs.Count];
        foreach (Cell cell in Cells)
        {
            if (cell.Setting == setting && (seed is null || cell.Seed == seed))
                scores[cell.Pair] = scores[cell.Pair].With(outcome(cell));
        }
        return scores;
    }

    public static CaseTable Of(Dataset dataset)
    {
        var languages = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (AttemptResult run in dataset.Records)
        {
            if (run.Language is not null)
                languages[run.CaseId.Repo] = run.Language;
        }
        var keyed = dataset.Cases.Select(c => (Key: c.CaseId.PairKey, Case: c)).ToArray();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var tasks = new Dictionary<(string Repo, int Task), int>();
        var pairs = new List<PairInfo>();
        foreach ((string key, CaseResults runs) in keyed.DistinctBy(k => k.Key).OrderBy(k => k.Key, StringComparer.Ordinal))
        {
            CaseId id = runs.CaseId;
            if (!tasks.TryGetValue((id.Repo, id.TaskId), out int task))
                tasks[(id.Repo, id.TaskId)] = task = tasks.Count;
            places[key] = pairs.Count;
            pairs.Add(new PairInfo(key, $"{id.Repo}/{id.TaskId}", task, id.Repo, languages.GetValueOrDefault(id.Repo),
                dataset.Difficulties.For(id)));
        }
        Cell[] cells =
        [
            .. keyed
                .Select(k => new Cell(places[k.Key], k.Case.CaseId.Setting, k.Case.CaseId.Seed, k.Case.Chosen))
                .OrderBy(c => c.Setting).ThenBy(c => c.Seed).ThenBy(c => c.Pair),
        ];
        return new CaseTable { Pairs = pairs, Tasks = tasks.Count, Cells = cells, Settings = [.. cells.Select(c => c.Setting).Distinct()] };
    }
}
