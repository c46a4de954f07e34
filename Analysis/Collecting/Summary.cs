using Tandem.Analysis.Data;
using Tandem.Analysis.Judgements;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Collecting;

/// <summary>What the records of one group are, one record per case.</summary>
internal sealed class GroupCounts(string name)
{
    public string Name { get; } = name;

    public int Records { get; private set; }

    public int InfraErrors { get; private set; }

    public int Interrupted { get; private set; }

    /// <summary>Records whose <c>both_passed</c> became false because a limit was exceeded.</summary>
    public int Overridden { get; private set; }

    public int EvalErrors { get; private set; }

    public int WithMessages { get; private set; }

    /// <summary>Records with a verdict: the denominator of the pass rate.</summary>
    public int WithVerdict { get; private set; }

    public int Passed { get; private set; }

    public void Add(AttemptResult record)
    {
        Records++;
        InfraErrors += record.InfraError ? 1 : 0;
        Interrupted += record.Interrupted ? 1 : 0;
        Overridden += record.IsOverridden ? 1 : 0;
        EvalErrors += record.HasEvalError ? 1 : 0;
        WithMessages += record.MessagesCount > 0 ? 1 : 0;
        WithVerdict += record.Verdict is null ? 0 : 1;
        Passed += record.Verdict == true ? 1 : 0;
    }
}

/// <summary>How many records and pairs have one difficulty.</summary>
/// <param name="Value">Rounded to 4 decimals; null where it is unknown.</param>
/// <param name="Bucket">Its tenth, 0 to 9.</param>
/// <param name="Records">Of any setting.</param>
/// <param name="Pairs">That have a record.</param>
internal sealed record DifficultyCount(double? Value, int? Bucket, int Records, int Pairs);

/// <summary>What an experiment holds, for the eye: the numbers under a collected file.</summary>
internal sealed record Summary
{
    public required string Experiment { get; init; }

    /// <summary>Says that the figures are of simulated agents; null if they are not.</summary>
    public required string? SimulationLabel { get; init; }

    /// <summary>Cases of the plan.</summary>
    public required int Planned { get; init; }

    public required int Present { get; init; }

    /// <summary>Cases, of the plan or not, that have a record that counts.</summary>
    public required int Counting { get; init; }

    /// <summary>Cases with a record that the plan does not name.</summary>
    public required int Outside { get; init; }

    /// <summary>By setting, solo also by its seed 0 alone; the last is all together.</summary>
    public required IReadOnlyList<GroupCounts> Groups { get; init; }

    /// <summary>Ascending, unknown last.</summary>
    public required IReadOnlyList<DifficultyCount> Difficulties { get; init; }

    public required IReadOnlyList<StoreFault> Faults { get; init; }

    /// <summary>What the agents were paid, attempts that do not count included.</summary>
    public required Spending Agents { get; init; }

    /// <summary>What each judge was paid; empty where nobody judged.</summary>
    public required IReadOnlyList<JudgeCost> Judges { get; init; }

    public int PopulatedBuckets => Difficulties.Select(d => d.Bucket).OfType<int>().Distinct().Count();

    public static Summary Of(Dataset dataset) => new()
    {
        Experiment = dataset.Layout.Experiment,
        SimulationLabel = dataset.SimulationLabel,
        Planned = dataset.Cases.Count(c => c.IsPlanned),
        Present = dataset.Cases.Count(c => c.IsPlanned && c.Records.Count > 0),
        Counting = dataset.Counting.Count(),
        Outside = dataset.Cases.Count(c => !c.IsPlanned),
        Groups = GroupsOf(dataset.Chosen),
        Difficulties = DifficultiesOf(dataset),
        Faults = dataset.Faults,
        Agents = dataset.Cases.Aggregate(default(Spending), (sum, one) => sum + one.Spending),
        Judges = JudgeCost.AllOf(dataset),
    };

    private static List<GroupCounts> GroupsOf(IEnumerable<AttemptResult> records)
    {
        var settings = new SortedDictionary<Setting, GroupCounts>();
        var soloSeed0 = new GroupCounts("solo, seed 0 alone");
        var all = new GroupCounts("all");
        foreach (AttemptResult record in records)
        {
            Setting setting = record.CaseId.Setting;
            if (!settings.TryGetValue(setting, out GroupCounts? group))
                settings[setting] = group = new GroupCounts(EnumNames.NameOf(setting));
            group.Add(record);
            all.Add(record);
            if (setting == Setting.Solo && record.CaseId.Seed == 0)
                soloSeed0.Add(record);
        }
        var groups = settings.Values.ToList();
        if (settings.TryGetValue(Setting.Solo, out GroupCounts? solo))
            groups.Insert(groups.IndexOf(solo) + 1, soloSeed0);
        groups.Add(all);
        return groups;
    }

    private static List<DifficultyCount> DifficultiesOf(Dataset dataset) =>
    [
        .. dataset.Chosen
            .GroupBy(record => dataset.Difficulties.For(record.CaseId) is Difficulty d ? (d.Value, d.Bucket) : ((double, int)?)null)
            .Select(group => new DifficultyCount(group.Key?.Item1, group.Key?.Item2, group.Count(),
            group.Select(r => r.CaseId.PairKey).Distinct().Count()))
            .OrderBy(count => count.Value ?? double.MaxValue),
    ];
}
