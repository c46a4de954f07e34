using Tandem.Analysis.Data;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Statistics;

/// <summary>Cases without a verdict, by why.</summary>
/// <param name="NotRun">No record.</param>
/// <param name="InfraErrors">Lost to the infrastructure.</param>
/// <param name="Interrupted">Interrupted, or killed.</param>
/// <param name="NoVerdict">A record that should have a verdict and has none.</param>
internal readonly record struct MissingCases(int NotRun, int InfraErrors, int Interrupted, int NoVerdict)
{
    public int Total => NotRun + InfraErrors + Interrupted + NoVerdict;

    /// <summary>With one more case, if it has no verdict.</summary>
    public MissingCases With(AttemptResult? run) => run?.Outcome switch
    {
        null => this with { NotRun = NotRun + 1 },
        Outcome.InfraError => this with { InfraErrors = InfraErrors + 1 },
        Outcome.Interrupted => this with { Interrupted = Interrupted + 1 },
        Outcome.NoVerdict => this with { NoVerdict = NoVerdict + 1 },
        Outcome.Passed or Outcome.Failed => this,
        _ => throw new ArgumentOutOfRangeException(nameof(run)),
    };
}

/// <summary>How often a group of cases succeeded.</summary>
internal sealed record PassRate
{
    public required Setting Setting { get; init; }

    /// <summary>The one seed that it is about; null for all of the setting.</summary>
    public required int? Seed { get; init; }

    /// <summary>The seeds of its cases, ascending.</summary>
    public required IReadOnlyList<int> Seeds { get; init; }

    /// <summary>Cases of the group, planned or known by their records.</summary>
    public required int Cases { get; init; }

    /// <summary>Passed, of those with a verdict.</summary>
    public required Proportion Rate { get; init; }

    /// <summary>Those without; they are in no rate.</summary>
    public required MissingCases Missing { get; init; }

    /// <summary>Of those with a verdict: runs in which no agent handed in a change.</summary>
    public required int NothingHandedIn { get; init; }

    /// <summary>Of those with a verdict: runs of several agents in which some, and not all, handed in no change.</summary>
    public required int PartlyHandedIn { get; init; }

    /// <summary>The 95 % interval of the rate by the bootstrap over tasks, which takes into account that the cases of one task go together;
    /// null in tables by repository, language and difficulty.</summary>
    public required BootstrapInterval? ByTasks { get; init; }

    /// <summary>The rate if all missing cases had failed, and if all had passed (the worst-case bounds of Horowitz and Manski 2000, J. Am.
    /// Stat. Assoc. 95:77-84); null without cases.</summary>
    public Interval? Bounds =>
        Cases == 0 ? null : new Interval((double)Rate.Successes / Cases, (double)(Rate.Successes + Missing.Total) / Cases);

    /// <summary>By setting: first one seed alone, the smallest that all settings have, or else its own smallest; then all seeds, where
    /// there are several.</summary>
    public static IReadOnlyList<PassRate> AllOf(CaseTable table) =>
        [.. table.Settings.SelectMany(setting => Groups(table, setting).Select(seed => (setting, seed))).AsParallel().AsOrdered()
            .Select(group => Of(table, group.setting, group.seed))];

    public static PassRate Of(Setting setting, int? seed, IEnumerable<Cell> cells)
    {
        (int cases, int withVerdict, int passed, MissingCases missing) = (0, 0, 0, default);
        (int nothing, int partly) = (0, 0);
        var seeds = new SortedSet<int>();
        foreach (Cell cell in cells)
        {
            cases++;
            seeds.Add(cell.Seed);
            nothing += cell is { Verdict: not null, Run.HadNoPatch: true } ? 1 : 0;
            partly += cell is { Verdict: not null, Run: { HadNoPatch: false, EmptyPatches: > 0 } } ? 1 : 0;
            withVerdict += cell.Verdict is null ? 0 : 1;
            passed += cell.Verdict == true ? 1 : 0;
            missing = missing.With(cell.Run);
        }
        return new PassRate
        {
            Setting = setting,
            Seed = seed,
            Seeds = [.. seeds],
            Cases = cases,
            Rate = new Proportion(passed, withVerdict),
            Missing = missing,
            NothingHandedIn = nothing,
            PartlyHandedIn = partly,
            ByTasks = null
        };
    }

    /// <summary>The rate of a setting, with the bootstrap over tasks.</summary>
    public static PassRate Of(CaseTable table, Setting setting, int? seed)
    {
        double[] sums = new double[table.Tasks];
        int[] counts = new int[table.Tasks];
        PairScore[] scores = table.Scores(setting, seed);
        for (int pair = 0; pair < scores.Length; pair++)
        {
            int task = table.Pairs[pair].TaskIndex;
            sums[task] += scores[pair].Passed;
            counts[task] += scores[pair].WithVerdict;
        }
        return Of(setting, seed, table.Cells.Where(c => c.Setting == setting && (seed is null || c.Seed == seed))) with
        { ByTasks = ClusterBootstrap.Mean(sums, counts) };
    }

    private static IEnumerable<int?> Groups(CaseTable table, Setting setting)
    {
        IReadOnlyList<int> seeds = table.SeedsOf(setting);
        yield return table.SharedSeed ?? seeds[0];
        if (seeds.Count > 1)
            yield return null;
    }
}

/// <summary>By what a table of rates is divided.</summary>
internal enum RateDimension
{
    Repo,

    Language,

    /// <summary>The difficulty's bucket, from solo seeds.</summary>
    Difficulty,
}

/// <summary>One row of a table of rates.</summary>
/// <param name="Name">The repository, the language or the bucket; <c>unknown</c> where that is not known.</param>
/// <param name="Pairs">How many pairs it has.</param>
/// <param name="Rates">One for each setting of the table, over all seeds; settings without cases here have a rate with 0 cases.</param>
internal sealed record RateRow(string Name, int Pairs, IReadOnlyList<PassRate> Rates);

/// <summary>Pass rates by setting and one dimension.</summary>
/// <param name="Dimension">What the rows are.</param>
/// <param name="Settings">What the columns are.</param>
/// <param name="Rows">By name, or by bucket; unknown last.</param>
internal sealed record RateTable(RateDimension Dimension, IReadOnlyList<Setting> Settings, IReadOnlyList<RateRow> Rows)
{
    /// <summary>The name of the row of pairs of which the dimension is not known.</summary>
    public const string Unknown = "unknown";

    public static RateTable Of(CaseTable table, RateDimension dimension)
    {
        string[] names = [.. table.Pairs.Select(pair => NameOf(pair, dimension) ?? Unknown)];
        ILookup<(string, Setting), Cell> cells = table.Cells.ToLookup(cell => (names[cell.Pair], cell.Setting));
        return new RateTable(dimension, table.Settings,
        [
            .. names.CountBy(name => name)
                .OrderBy(row => row.Key == Unknown).ThenBy(row => row.Key, StringComparer.Ordinal)
                .Select(row => new RateRow(row.Key, row.Value,
                [.. table.Settings.Select(setting => PassRate.Of(setting, null, cells[(row.Key, setting)]))])),
        ]);
    }

    private static string? NameOf(PairInfo pair, RateDimension dimension) => dimension switch
    {
        RateDimension.Repo => pair.Repo,
        RateDimension.Language => pair.Language,
        RateDimension.Difficulty => pair.Difficulty is { } difficulty ? $"{difficulty.Bucket}" : null,
        _ => throw new ArgumentOutOfRangeException(nameof(dimension), dimension, "No such dimension."),
    };
}
