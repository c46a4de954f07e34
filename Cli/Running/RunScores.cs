using System.Globalization;
using System.Text;
using Tandem.Cli.Status;
using Tandem.Harness.Experiments;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Cli.Running;

/// <summary>Below the table: what the scores rest on, which cases keep failing, and what all of it cost.</summary>
internal static class RunScores
{
    private const int CasesShown = 20;

    /// <summary>The text, of the experiment's selected cases.</summary>
    public static string Of(ExperimentView view)
    {
        var all = new StoreStatus(view.Layout, view.Plan.Cases);
        all.Refresh();
        HashSet<CaseId> selected = [.. view.Cases.Select(c => c.CaseId)];
        CaseStanding[] cases = [.. all.Cases.Where(standing => selected.Contains(standing.CaseId))];
        var text = new StringBuilder();
        WriteScores(text, cases);
        if (cases.Length < all.Cases.Count)
            text.AppendLine(CultureInfo.InvariantCulture, $"({cases.Length} of the experiment's {all.Cases.Count} cases were selected)");
        WriteFailing(text, view.Settings.Name, [.. cases.Where(standing => standing.LacksInfrastructure)]);
        WriteCost(text, view, cases, all.Cases);
        return text.ToString();
    }

    private static void WriteScores(StringBuilder text, CaseStanding[] cases)
    {
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture,
            $"{"setting",-14}{"scored",13}{"coverage",11}{"score",9}   if all missing ones had failed .. passed");
        foreach (IGrouping<Setting, CaseStanding> setting in cases.GroupBy(standing => standing.CaseId.Setting).OrderBy(group => group.Key))
        {
            int planned = setting.Count();
            int passed = setting.Count(standing => standing.Counting?.Verdict == true);
            int scored = setting.Count(standing => standing.Counting?.Verdict is not null);
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"{EnumNames.NameOf(setting.Key),-14}{$"{scored}/{planned}",13}{Share(scored, planned),11}{Share(passed, scored),9}   "
                    + $"{Share(passed, planned)} .. {Share(passed + planned - scored, planned)}");
        }
    }

    private static void WriteFailing(StringBuilder text, string experiment, CaseStanding[] failing)
    {
        if (failing.Length == 0)
            return;
        text.AppendLine(CultureInfo.InvariantCulture, $"Without a verdict for infrastructure errors: {failing.Length}");
        foreach (CaseStanding standing in failing.Take(CasesShown))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {standing.CaseId}");
            foreach (RunRecord record in standing.Records)
                text.AppendLine(CultureInfo.InvariantCulture, $"    {StatusText.Attempt(record)}");
        }
        if (failing.Length > CasesShown)
            text.AppendLine(CultureInfo.InvariantCulture,
                $"  and {failing.Length - CasesShown} more: ./run.sh status {experiment} --status failed -v");
    }

    private static void WriteCost(StringBuilder text, ExperimentView view, CaseStanding[] cases, IReadOnlyList<CaseStanding> all)
    {
        Spending spent = cases.Aggregate(default(Spending), (sum, standing) => sum + standing.Spending);
        if (spent is { Usd: 0, Unpriced: 0 } && view.Settings.Limits.MaxCostUsd is null)
            return;
        text.Append(CultureInfo.InvariantCulture,
            $"Cost: {StatusText.Money(spent.Usd)} USD, {StatusText.Money(spent.SunkUsd)} of it sunk (attempts that do not count)");
        if (spent.Unpriced > 0)
            text.Append(CultureInfo.InvariantCulture, $"; what {spent.Unpriced} attempts cost is not known");
        decimal experiment = all.Sum(standing => standing.Spending.Usd);
        text.AppendLine(view.Settings.Limits.MaxCostUsd switch
        {
            null => ". The experiment has no budget.",
            { Usd: null } => $". The experiment has spent {StatusText.Money(experiment)} USD; its budget is unlimited.",
            { Usd: decimal most } =>
                $". The experiment has spent {StatusText.Money(experiment)} of its budget of {StatusText.Money(most)} USD.",
        });
    }

    private static string Share(int part, int whole) =>
        whole == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:0.0} %");
}
