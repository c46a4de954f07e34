using System.Globalization;
using System.Text;
using Tandem.Harness.Experiments;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Cli.Running;

/// <summary>The table at the end: per setting, what the selected cases came to.</summary>
internal sealed class RunSummary
{
    private readonly List<Row> _rows = [];
    private readonly string _folder;
    private readonly bool _isSimulated;

    private RunSummary(string folder, bool isSimulated) => (_folder, _isSimulated) = (folder, isSimulated);

    /// <summary>Whether there is no record at all, so that nothing can be collected or validated.</summary>
    public bool IsEmpty { get; private init; }

    /// <summary>Selected cases without a verdict.</summary>
    public int Incomplete => _rows.Sum(row => row.Total - row.Passed - row.Failed);

    /// <summary>Reads the selected cases' records from the store.</summary>
    public static RunSummary Read(ExperimentView view)
    {
        Dictionary<CaseId, CaseHistory> histories = CaseHistory.Group(new StoreReader(view.Layout).ReadRuns());
        var summary = new RunSummary(view.Layout.ExperimentFolder, view.Agent.IsSimulated) { IsEmpty = histories.Count == 0 };
        foreach (IGrouping<Setting, SelectedCase> setting in view.Cases.GroupBy(c => c.CaseId.Setting).OrderBy(g => g.Key))
        {
            var row = new Row(EnumNames.NameOf(setting.Key));
            foreach (SelectedCase selected in setting)
                row.Add(histories.GetValueOrDefault(selected.CaseId));
            summary._rows.Add(row);
        }
        return summary;
    }

    /// <summary>The table as text.</summary>
    public string ToText()
    {
        var total = new Row("TOTAL");
        foreach (Row row in _rows)
            total.Add(row);
        var text = new StringBuilder();
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture,
            $"{"setting",-14}{"total",7}{"pass",7}{"fail",7}{"infra",7}{"other",7}{"cost USD",12}{"time s",10}");
        foreach (Row row in (IEnumerable<Row>)[.. _rows, total])
        {
            string cost = row.Cost is decimal usd
                ? usd.ToString(usd is > 0 and < 1 ? "0.0000" : "0.00", CultureInfo.InvariantCulture) : "unpriced";
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{row.Name,-14}{row.Total,7}{row.Passed,7}{row.Failed,7}{row.InfraErrors,7}{row.Total - row.Passed - row.Failed - row.InfraErrors,7}{cost,12}{row.Seconds,10:0.0}");
        }
        text.AppendLine("(infra: infrastructure errors, missing data and no failures; other: interrupted or not run; cost and time: all "
            + "attempts)");
        if (total.Cost is null)
            text.AppendLine("(unpriced: an attempt's cost is unknown, since its model has no price or its agent did not tell)");
        if (IsEmpty)
            text.AppendLine("(nothing was run, so there is nothing to collect or to validate)");
        if (_isSimulated)
            text.AppendLine("(a simulation: how well the agents work is drawn by chance, no model was asked; merges and tests are real)");
        return text.AppendLine(CultureInfo.InvariantCulture, $"Store: {_folder}").ToString();
    }

    private sealed class Row(string name)
    {
        public string Name => name;

        public int Total { get; private set; }

        public int Passed { get; private set; }

        public int Failed { get; private set; }

        public int InfraErrors { get; private set; }

        public decimal? Cost { get; private set; } = 0;

        public double Seconds { get; private set; }

        public void Add(CaseHistory? history)
        {
            Total++;
            RunRecord? counting = history?.Counting;
            Passed += counting?.Verdict == true ? 1 : 0;
            Failed += counting?.Verdict == false ? 1 : 0;
            InfraErrors += counting is null && history?.Latest?.InfraError == true ? 1 : 0;
            foreach (RunRecord record in history?.Records ?? [])
            {
                // A regraded attempt repeats what its agents had cost; they were paid once.
                if (record.AttemptKind != AttemptKind.Regrade && record.Agents.Count > 0)
                    Cost += record.Agents.Any(agent => agent.Steps > 0) ? record.TotalCost : 0;
                Seconds += record.DurationSeconds;
            }
        }

        public void Add(Row row)
        {
            Total += row.Total;
            Passed += row.Passed;
            Failed += row.Failed;
            InfraErrors += row.InfraErrors;
            Cost += row.Cost;
            Seconds += row.Seconds;
        }
    }
}
