using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Experiments;

/// <summary>What a store knows of past cases, for estimates.</summary>
public static class PastCases
{
    /// <summary>The records of an agent and a model in all experiments of a store. Attempts that were interrupted, resumed or regraded, or
    /// that met an infrastructure error, are left out: they do not show what a whole case takes.</summary>
    public static IEnumerable<RunRecord> Of(string storeFolder, string agent, string? model) => StoreLayout.Experiments(storeFolder)
        .SelectMany(name => new StoreReader(new StoreLayout(storeFolder, name)).ReadRuns()).Select(run => run.Record)
        .Where(record => !record.IsMissingData && record.WorkSeconds is not null && record.Agent == agent && record.Model == model);
}

/// <summary>How long cases are expected to take: the median of the past ones of the same setting and pair, else of the same setting and
/// task, else of the same setting, else of all.</summary>
public sealed class ExpectedTimes
{
    private readonly Dictionary<string, double> _medians;

    private ExpectedTimes(Dictionary<string, double> medians) => _medians = medians;

    /// <summary>Whether there is no past case, and so nothing to expect.</summary>
    public bool IsEmpty => _medians.Count == 0;

    /// <param name="past">See <see cref="PastCases"/>.</param>
    public static ExpectedTimes Of(IEnumerable<RunRecord> past) => Of(past.Select(record => (record.CaseId, record.WorkSeconds ?? 0)));

    /// <param name="past">Cases, each with the seconds that it took; a case may be there several times.</param>
    public static ExpectedTimes Of(IEnumerable<(CaseId CaseId, double Seconds)> past)
    {
        var seconds = new Dictionary<string, List<double>>();
        foreach ((CaseId caseId, double one) in past)
        {
            foreach (string kind in KindsOf(caseId))
            {
                if (!seconds.TryGetValue(kind, out List<double>? list))
                    seconds[kind] = list = [];
                list.Add(one);
            }
        }
        return new ExpectedTimes(seconds.ToDictionary(kind => kind.Key, kind => Median.Of([.. kind.Value.Order()])));
    }

    /// <summary>Seconds of one case; null if there is no past case at all.</summary>
    public double? Of(CaseId caseId) =>
        KindsOf(caseId).Where(_medians.ContainsKey).Select(kind => (double?)_medians[kind]).FirstOrDefault();

    /// <summary>From the nearest kin to all cases.</summary>
    private static IEnumerable<string> KindsOf(CaseId caseId) =>
        [$"{caseId.Setting}/{caseId.PairKey}", $"{caseId.Setting}/{caseId.Repo}/{caseId.TaskId}", $"{caseId.Setting}", ""];
}
