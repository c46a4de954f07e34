using Tandem.Harness.Experiments;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Cli.Status;

/// <summary>The cases of one setting, or of all, in numbers.</summary>
internal sealed record StatusCounts
{
    /// <summary>The setting; <c>TOTAL</c> for all.</summary>
    public required string Name { get; init; }

    public required int Cases { get; init; }

    /// <summary>Cases by status, in the order of <see cref="RunStatus"/>.</summary>
    public required IReadOnlyList<int> ByStatus { get; init; }

    /// <summary>Cases without a verdict whose latest attempt ended in an infrastructure error.</summary>
    public required int InfraErrors { get; init; }

    /// <summary>Cases with a verdict.</summary>
    public required int Scored { get; init; }

    public required int Passed { get; init; }

    /// <summary>The duration of all attempts.</summary>
    public required double Seconds { get; init; }

    public required Spending Spending { get; init; }

    public int Of(RunStatus status) => ByStatus[(int)status];

    /// <summary>One for each setting that has cases, in their order.</summary>
    public static IReadOnlyList<StatusCounts> BySetting(IEnumerable<CaseStanding> cases) =>
        [.. cases.GroupBy(standing => standing.CaseId.Setting).OrderBy(group => group.Key)
            .Select(group => Of(EnumNames.NameOf(group.Key), [.. group]))];

    public static StatusCounts Of(string name, IReadOnlyCollection<CaseStanding> cases)
    {
        int[] byStatus = new int[Enum.GetValues<RunStatus>().Length];
        foreach (CaseStanding standing in cases)
            byStatus[(int)standing.Status]++;
        return new StatusCounts
        {
            Name = name,
            Cases = cases.Count,
            ByStatus = byStatus,
            InfraErrors = cases.Count(standing => standing.LacksInfrastructure),
            Scored = cases.Count(standing => standing.Counting?.Verdict is not null),
            Passed = cases.Count(standing => standing.Counting?.Verdict == true),
            Seconds = cases.Sum(standing => standing.Records.Where(record => record.Revision == 1).Sum(record => record.DurationSeconds)),
            Spending = cases.Aggregate(default(Spending), (sum, standing) => sum + standing.Spending),
        };
    }
}

/// <summary>One experiment as <c>status</c> shows it: the selected cases.</summary>
/// <param name="Experiment">Its name.</param>
/// <param name="Cases">The selected cases.</param>
/// <param name="Running">Those of them that a process works on.</param>
/// <param name="Faults">What could not be read in the store.</param>
internal sealed record StatusView(string Experiment, IReadOnlyList<CaseStanding> Cases, IReadOnlyList<RunningCase> Running,
    IReadOnlyList<StoreFault> Faults)
{
    public IReadOnlyList<StatusCounts> Settings { get; } = StatusCounts.BySetting(Cases);

    public StatusCounts Total { get; } = StatusCounts.Of("TOTAL", Cases);

    /// <param name="status">The store's.</param>
    /// <param name="includes">Whether a case is selected.</param>
    /// <param name="selection">Which statuses are.</param>
    public static StatusView Of(StoreStatus status, Func<CaseId, bool> includes, CaseSelection selection)
    {
        HashSet<CaseId> older = selection.OlderImage ? OlderImages.Of(status.Cases) : [];
        CaseStanding[] cases = [.. status.Cases.Where(standing => includes(standing.CaseId)
            && selection.Selects(standing.Status, older.Contains(standing.CaseId)))];
        HashSet<CaseId> selected = [.. cases.Select(standing => standing.CaseId)];
        return new StatusView(status.Layout.Experiment, cases,
            [.. status.Running.Where(running => selected.Contains(running.CaseId))], status.Faults);
    }
}
