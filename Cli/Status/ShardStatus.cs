using System.Globalization;
using System.Text;
using Tandem.Harness.Experiments;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Tandem.Records.Text;

namespace Tandem.Cli.Status;

/// <summary>How the shards of one experiment stand, which of them are not complete, and how their tasks are submitted again. Comes from the
/// store's files alone.</summary>
internal sealed class ShardStatus
{
    private readonly StatusView _view;
    private readonly StoreLayout _layout;
    private readonly ShardDivision _division;
    private readonly Row[] _rows;
    private readonly int _mostArraySize;

    private ShardStatus(StatusView view, StoreLayout layout, ShardDivision division, int mostArraySize)
    {
        (_view, _layout, _division, _mostArraySize) = (view, layout, division, mostArraySize);
        HashSet<CaseId> running = [.. view.Running.Select(one => one.CaseId)];
        ILookup<int, CaseStanding> cases = view.Cases.ToLookup(standing => division.NumberOf(standing.CaseId.ToString()));
        _rows = [.. Enumerable.Range(1, division.Count).Select(number => new Row(
            new Shard(number, division.Count), StatusCounts.Of($"{number}/{division.Count}", [.. cases[number]]),
            cases[number].Count(standing => running.Contains(standing.CaseId)),
            cases[number].Count(standing => RunStatusReader.IsDue(standing.Status, standing.Counting is not null))))];
    }

    /// <summary>Reads how the shards stand.</summary>
    /// <param name="view">The experiment's cases, none left out.</param>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="mostArraySize">The cluster's limit: see <see cref="TaskWindow.UsualMost"/>.</param>
    /// <exception cref="UsageException">The store has no division, or one that cannot be read.</exception>
    public static ShardStatus Of(StatusView view, StoreLayout layout, int mostArraySize)
    {
        if (ShardFile.TryRead(layout, out StoreFault? fault) is ShardDivision division)
            return new ShardStatus(view, layout, division, mostArraySize);
        string name = layout.Experiment;
        throw new UsageException(fault is null
            ? $"Experiment '{name}' in the store {layout.StoreFolder} is not divided into shards. A run with --shard 1/16 divides it, or "
                + $"{Project.CommandFor($"plan -e {name} --shards 16 --freeze", layout.StoreFolder)}."
            : $"The division into shards in {layout.ExperimentFolder} cannot be read: "
                + $"{fault.ToString().TrimEnd('.')}. Copy {layout.ShardsFile} back from another "
                + "store of the same shards.");
    }

    /// <summary>What is printed for people.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{_view.Experiment}: {_division.Count} shards by {EnumNames.NameOf(_division.By)}")
            .AppendLine(CultureInfo.InvariantCulture,
                $"{"shard",-12}{"cases",7}{"completed",11}{"running",9}{"results",9}{"failed",8}{"partial",9}{"missing",9}{"cost USD",12}");
        foreach (Row row in _rows)
            text.AppendLine(Line(row.Counts, row.Running));
        text.AppendLine(Line(_view.Total, _view.Running.Count));
        Row[] incomplete = [.. _rows.Where(row => row.IsIncomplete)];
        if (incomplete.Length == 0)
            return text.AppendLine("All shards are complete." + NotRepeated()).ToString();
        Row[] atWork = [.. incomplete.Where(row => row.Running > 0)];
        Row[] idle = [.. incomplete.Where(row => row.Running == 0)];
        text.AppendLine(CultureInfo.InvariantCulture,
            $"Incomplete: {incomplete.Length} of {_rows.Length} shards have cases that a run would work on: "
            + $"{TaskRanges.Of(incomplete.Select(row => (long)row.Shard.Number), 1)}.");
        if (atWork.Length > 0)
            text.AppendLine(CultureInfo.InvariantCulture,
                $"At work now, and left out below: {TaskRanges.Of(atWork.Select(row => (long)row.Shard.Number), 1)}.");
        if (idle.Length > 0)
            text.AppendLine("To submit these tasks of the array again, from the project's folder, with the options of the first "
                + "submission:");
        foreach (string command in SubmissionsOf(idle))
            text.AppendLine(CultureInfo.InvariantCulture, $"  {command}");
        return text.ToString();
    }

    /// <summary>The commands of a shell that submit shards again by the batch script in deploy/slurm. The number of shards is in each: a
    /// task with a store of its own that never started could not know it.</summary>
    private IEnumerable<string> SubmissionsOf(Row[] rows)
    {
        var project = Project.Find();
        // With a store for each task, the variables of this shell name them, and the store here is the one that they were merged into.
        string store = Project.Variable("TANDEM_STORE_PER_TASK") == "1" || _layout.StoreFolder == project.StoreFolder(null) ? ""
            : $"{ExperimentView.StoreVariable}={ShellWord.Quote(_layout.StoreFolder)} ";
        // One that was run with another agent, model or task set has a name, but no file.
        string experiment = File.Exists(project.ExperimentFile(_view.Experiment)) ? _view.Experiment : "...";
        IReadOnlyList<TaskWindow> windows = WindowsOf(rows);
        bool hasOffsets = windows.Any(window => window.Offset > 0) || windows.Count > 1;
        return windows.Select(window => string.Create(CultureInfo.InvariantCulture,
            $"{store}{(hasOffsets ? $"{ShardVariables.Offset}={window.Offset} " : "")}{ShardVariables.Count}={_division.Count} ")
            + $"sbatch --array={window.Array} deploy/slurm/tandem.sbatch {experiment}");
    }

    /// <summary>Agents that were paid do not run again by themselves: see docs/recovery.md.</summary>
    private string NotRepeated()
    {
        int left = _view.Cases.Count(standing => standing.Status != RunStatus.Completed);
        return left == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
            $" {left} cases are not completed, and a run does not repeat them by itself: "
            + $"{Project.CommandFor($"status {_view.Experiment} --status failed,partial --list", _layout.StoreFolder)} names them.");
    }

    /// <summary>The same facts for programs.</summary>
    public object ToJson()
    {
        Row[] idle = [.. _rows.Where(row => row.IsIncomplete && row.Running == 0)];
        return new
        {
            _view.Experiment,
            ShardCount = _division.Count,
            By = EnumNames.NameOf(_division.By),
            Tasks = new { _division.CountedTasks.First, _division.CountedTasks.Step },
            Shards = _rows.Select(row => new
            {
                Shard = row.Shard.ToString(),
                row.Counts.Cases,
                Completed = row.Counts.Of(RunStatus.Completed),
                row.Running,
                Results = row.Counts.Of(RunStatus.Results),
                Failed = row.Counts.Of(RunStatus.Failed),
                Partial = row.Counts.Of(RunStatus.Partial),
                Missing = row.Counts.Of(RunStatus.Missing),
                row.Due,
                CostUsd = row.Counts.Spending.Usd,
                UnpricedAttempts = row.Counts.Spending.Unpriced,
                Incomplete = row.IsIncomplete,
            }),
            Incomplete = _rows.Where(row => row.IsIncomplete).Select(row => row.Shard.Number),
            AtWork = _rows.Where(row => row.IsIncomplete && row.Running > 0).Select(row => row.Shard.Number),
            Arrays = WindowsOf(idle).Select(window => new { window.Offset, window.Array }),
        };
    }

    private IReadOnlyList<TaskWindow> WindowsOf(Row[] rows) =>
        TaskWindow.Of(_division.CountedTasks, [.. rows.Select(row => row.Shard.Number)], _mostArraySize);

    private static string Line(StatusCounts counts, int running) => string.Create(CultureInfo.InvariantCulture,
        $"{counts.Name,-12}{counts.Cases,7}{counts.Of(RunStatus.Completed),11}{running,9}{counts.Of(RunStatus.Results),9}"
        + $"{counts.Of(RunStatus.Failed),8}{counts.Of(RunStatus.Partial),9}{counts.Of(RunStatus.Missing),9}"
        + $"{StatusText.Cost(counts.Spending),12}");

    /// <param name="Shard">Which.</param>
    /// <param name="Counts">Its cases in numbers.</param>
    /// <param name="Running">Cases that a process works on.</param>
    /// <param name="Due">Cases that a run would do something for.</param>
    private sealed record Row(Shard Shard, StatusCounts Counts, int Running, int Due)
    {
        public bool IsIncomplete => Due > 0;
    }
}
