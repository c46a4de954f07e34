using System.Globalization;
using System.Text;
using Tandem.Cli.Status;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Cli.Planning;

/// <summary>What <c>plan</c> says about shards: which cases, which time and which part of the budget each has.</summary>
internal sealed class ShardPlan
{
    private const int ShardsShown = 32;

    private readonly ExperimentView _view;
    private readonly Sharding _sharding;
    private readonly int[] _cases;
    private readonly double?[] _seconds;
    private readonly decimal[]? _parts;

    private bool SharesMoney => _view.Configuration.Run.Claims == ClaimChoice.Postgres;

    private ShardPlan(ExperimentView view, Sharding sharding, ExpectedTimes expected)
    {
        (_view, _sharding) = (view, sharding);
        string[] planned = [.. view.Plan.Cases.Select(caseId => caseId.ToString())];
        _cases = sharding.Division.SizesOf(planned);
        _seconds = new double?[_cases.Length];
        foreach (var shard in view.Plan.Cases.GroupBy(caseId => sharding.Division.NumberOf(caseId.ToString())))
        {
            double[] each = [.. shard.Select(expected.Of).OfType<double>()];
            // So many at once, and never shorter than the longest.
            _seconds[shard.Key - 1] = each.Length == 0 ? null : Math.Max(each.Sum() / view.Configuration.Run.Concurrency, each.Max());
        }
        if (view.Configuration.Limits.MaxCostUsd?.Usd is decimal most && !SharesMoney)
            _parts = ShardDivision.PartsOf(most, _cases);
    }

    /// <summary>The lines; empty where nothing is divided.</summary>
    /// <param name="view">The experiment.</param>
    /// <param name="past">Past cases of the same agent and model.</param>
    public static string TextOf(ExperimentView view, IReadOnlyList<RunRecord> past) =>
        view.Sharding is Sharding sharding ? new ShardPlan(view, sharding, ExpectedTimes.Of(past)).ToText() : "";

    private string ToText()
    {
        var text = new StringBuilder();
        ShardDivision division = _sharding.Division;
        string frozen = _sharding.IsFrozen ? $"frozen in {_view.Layout.ShardsFile}"
            : "not frozen yet: the first start of a shard, or plan with --freeze, keeps the division in the store";
        text.AppendLine(CultureInfo.InvariantCulture,
            $"Shards: {division.Count} by {EnumNames.NameOf(division.By)}, {_cases.Min()} to {_cases.Max()} cases each; {frozen}.");
        if (division is { By: ShardWay.Time, Assignment.Count: 0 })
            text.AppendLine("The store has no past case of this agent and model, so these shards are by hash.");
        text.Append(Budget());
        if (_sharding.Shard is null)
            text.Append(Table());
        else
            text.AppendLine(CultureInfo.InvariantCulture,
                $"Shard {_sharding.Shard} has {_cases[_sharding.Shard.Number - 1]} of {_view.Plan.Cases.Count} planned cases"
                + $"{(_view.IsShardEmpty ? ", and none of the selected ones" : "")}.");
        return text.ToString();
    }

    private string Budget()
    {
        if (_parts is null)
            return SharesMoney && _view.Configuration.Limits.MaxCostUsd?.Usd is not null
                ? $"Budget: not divided, since all workers book in one ledger (run.claims: postgres).{Environment.NewLine}" : "";
        decimal most = _parts.Sum();
        var text = new StringBuilder();
        text.AppendLine(_sharding.Shard is null
            ? string.Create(CultureInfo.InvariantCulture,
                $"Budget: {most:0.00##} USD (limits.max_cost_usd) are divided by the shards' numbers of cases, to the cent: "
                + $"{_parts.Min():0.00##} to {_parts.Max():0.00##} USD each.")
            : string.Create(CultureInfo.InvariantCulture,
                $"Budget: shard {_sharding.Shard} may spend {_parts[_sharding.Shard.Number - 1]:0.00##} of {most:0.00##} USD "
                + $"(limits.max_cost_usd), in proportion to its cases."));
        decimal ofCase = _view.Configuration.Limits.CaseCostUsd;
        int tooSmall = _parts.Where((part, i) => part < ofCase && _cases[i] > 0).Count();
        if (tooSmall > 0 && _view.Agent.CostsMoney)
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{tooSmall} of {_parts.Length} shards can begin no case: one may cost {ofCase:0.00##} USD (limits.case_cost_usd), and "
                + $"their part is less. Take fewer shards, lower limits.case_cost_usd, or raise limits.max_cost_usd.");
        return text.ToString();
    }

    private string Table()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{"shard",-12}{"cases",7}{"expected time",16}{"budget USD",13}");
        for (int i = 0; i < Math.Min(_cases.Length, ShardsShown); i++)
        {
            string seconds = _seconds[i] is double known ? StatusText.Duration(TimeSpan.FromSeconds(known)) : "-";
            string part = _parts is null ? "-" : _parts[i].ToString("0.00##", CultureInfo.InvariantCulture);
            text.AppendLine(CultureInfo.InvariantCulture, $"{$"{i + 1}/{_cases.Length}",-12}{_cases[i],7}{seconds,16}{part,13}");
        }
        if (_cases.Length > ShardsShown)
            text.AppendLine(CultureInfo.InvariantCulture, $"and {_cases.Length - ShardsShown} more shards");
        return text.ToString();
    }
}
