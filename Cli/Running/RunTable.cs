using System.Globalization;
using System.Text;
using Tandem.Cli.Status;
using Tandem.Harness.Experiments;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Cli.Running;

/// <summary>The end of a run: a table of the selected cases by setting, the cases that keep failing, and the cost. All of it comes from one
/// reading of the store.</summary>
internal sealed class RunTable
{
    private const int CasesShown = 20;

    private readonly ExperimentView _view;
    private readonly IReadOnlyList<CaseStanding> _all;
    private readonly CaseStanding[] _cases;

    private RunTable(ExperimentView view, IReadOnlyList<CaseStanding> all, CaseStanding[] cases) =>
        (_view, _all, _cases) = (view, all, cases);

    /// <summary>Whether the experiment has no record at all, so that nothing can be collected or validated.</summary>
    public bool IsEmpty => _all.All(standing => standing.Records.Count == 0);

    /// <summary>Whether no case is selected: a shard may have none.</summary>
    public bool HasNoCase => _cases.Length == 0;

    /// <summary>Selected cases without a verdict.</summary>
    public int Incomplete => _cases.Count(standing => standing.Counting?.Verdict is null);

    /// <summary>Selected cases without a verdict whose latest attempt ended in an infrastructure error.</summary>
    public int LackInfrastructure => _cases.Count(standing => standing.LacksInfrastructure);

    public static RunTable Read(ExperimentView view)
    {
        var all = new StoreStatus(view.Layout, view.Plan.Cases);
        all.Refresh();
        HashSet<CaseId> selected = [.. view.Cases.Select(c => c.CaseId)];
        return new RunTable(view, all.Cases, [.. all.Cases.Where(standing => selected.Contains(standing.CaseId))]);
    }

    public string ToText()
    {
        var text = new StringBuilder();
        StatusCounts total = StatusCounts.Of("TOTAL", _cases);
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture,
            $"{"setting",-14}{"cases",7}{"pass",7}{"fail",7}{"infra",7}{"other",7}{"cost USD",12}{"time s",10}{"coverage",11}{"score",9}"
            + $"   bounds");
        foreach (StatusCounts row in StatusCounts.BySetting(_cases))
        {
            string score = $"{Share(row.Passed, row.Scored),9}   {Share(row.Passed, row.Cases)} .. "
                + Share(row.Passed + row.Cases - row.Scored, row.Cases);
            text.AppendLine(Line(row) + score);
        }
        text.AppendLine(Line(total));
        text.AppendLine("(infra: infrastructure errors, which are missing data, not failures; other: interrupted or not run)");
        text.AppendLine("(cost and time: all attempts; coverage: the cases with a verdict; score: those of them that passed)");
        text.AppendLine("(bounds: the score if all other cases had failed .. passed)");
        if (total.Spending.Unpriced > 0)
            text.AppendLine(CultureInfo.InvariantCulture,
                $"(unpriced, or a plus: {total.Spending.Unpriced} attempts have no known cost; their model has no price, or their agent "
                + $"gave none)");
        if (_cases.Length < _all.Count)
            text.AppendLine(CultureInfo.InvariantCulture, $"({_cases.Length} of the experiment's {_all.Count} cases were selected)");
        if (IsEmpty)
            text.AppendLine("(nothing was run, so there is nothing to collect or to validate)");
        if (_view.Agent.IsSimulated)
            text.AppendLine("(simulated agents: chance decides how well they work, and no model is asked; merges and tests are real)");
        WriteFailing(text);
        WriteCost(text, total.Spending);
        WriteNext(text);
        return text.AppendLine(CultureInfo.InvariantCulture, $"Store: {_view.Layout.ExperimentFolder}").ToString();
    }

    private static string Line(StatusCounts row) => string.Create(CultureInfo.InvariantCulture,
        $"{row.Name,-14}{row.Cases,7}{row.Passed,7}{row.Scored - row.Passed,7}{row.InfraErrors,7}"
        + $"{row.Cases - row.Scored - row.InfraErrors,7}{StatusText.Cost(row.Spending),12}{row.Seconds,10:0.0}"
        + $"{Share(row.Scored, row.Cases),11}");

    private void WriteFailing(StringBuilder text)
    {
        CaseStanding[] failing = [.. _cases.Where(standing => standing.LacksInfrastructure)];
        if (failing.Length == 0)
            return;
        text.AppendLine(CultureInfo.InvariantCulture, $"Without a verdict because of infrastructure errors: {failing.Length}");
        foreach (CaseStanding standing in failing.Take(CasesShown))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"  {standing.CaseId}");
            foreach (RunRecord record in standing.Records)
                text.AppendLine(CultureInfo.InvariantCulture, $"    {StatusText.Attempt(record)}");
        }
        if (failing.Length > CasesShown)
            text.AppendLine($"  and {failing.Length - CasesShown} more: "
                + Command($"status {_view.Configuration.Name} --status failed -v"));
    }

    /// <summary>What is not completed, each kind with the command for it: see docs/recovery.md.</summary>
    private void WriteNext(StringBuilder text)
    {
        string name = _view.Configuration.Name;
        foreach ((RunStatus status, bool hasCounting, int count) in _cases
            .GroupBy(standing => (standing.Status, HasCounting: standing.Counting is not null))
            .OrderBy(group => group.Key).Select(group => (group.Key.Status, group.Key.HasCounting, group.Count())))
        {
            string? next = (status, hasCounting) switch
            {
                (RunStatus.Completed, _) => null,
                (RunStatus.Results, _) => $"{Command($"regenerate {name}")} makes again what is lost, without agents",
                (RunStatus.Failed, true) =>
                    "their agents crashed and were paid; only the same command with --status failed runs them again",
                (RunStatus.Partial, true) =>
                    $"files of their records are lost; {Command($"regenerate {name} --dry-run")} names them",
                _ => "the same command goes on with them",
            };
            if (next is not null)
                text.AppendLine(CultureInfo.InvariantCulture, $"{count} {EnumNames.NameOf(status)}: {next}.");
        }
    }

    private string Command(string words) => Project.CommandFor(words, _view.Layout.StoreFolder);

    private void WriteCost(StringBuilder text, Spending spent)
    {
        if (spent is { Usd: 0, Unpriced: 0 } && _view.Configuration.Limits.MaxCostUsd is null)
            return;
        Spending agents = _all.Aggregate(default(Spending), (sum, standing) => sum + standing.Spending);
        text.AppendLine(
            $"Cost: {StatusText.Money(spent.Usd)} USD, {StatusText.Money(spent.SunkUsd)} USD of it for attempts that do not count. "
            + JudgeCost.Line(agents, JudgeCost.OfJudges(_view.Layout), _view.Configuration));
    }

    private static string Share(int part, int whole) =>
        whole == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:0.0} %");
}
