using System.Globalization;
using System.Text;
using Tandem.Cli.Status;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Cli.Planning;

/// <summary>Cases that are to be divided, and what bounds them.</summary>
/// <param name="Sharding">The division, and the shard that is selected.</param>
/// <param name="Layout">The experiment in its store.</param>
/// <param name="Cases">The whole plan, each case with the seconds that it is expected to take; null where nobody knows.</param>
/// <param name="Concurrency">How many are at work at once.</param>
/// <param name="MostUsd">What all may cost; null where nothing bounds it.</param>
/// <param name="UsdOfCase">What one may cost.</param>
/// <param name="CostsMoney">Whether any of it costs money.</param>
/// <param name="SharesMoney">Whether all workers book in one ledger.</param>
/// <param name="IsShardEmpty">Whether the selected cases are in other shards alone.</param>
/// <param name="WhoHasNone">Of what the store has no past case, in words.</param>
internal sealed record DividedPlan(Sharding Sharding, StoreLayout Layout, IReadOnlyList<(string Id, double? Seconds)> Cases,
    int Concurrency, decimal? MostUsd, decimal UsdOfCase, bool CostsMoney, bool SharesMoney, bool IsShardEmpty, string WhoHasNone);

/// <summary>What <c>plan</c> says about shards: which cases, which time and which part of the budget each has.</summary>
internal sealed class ShardPlan
{
    private const int ShardsShown = 32;

    private readonly DividedPlan _plan;
    private readonly int[] _cases;
    private readonly double?[] _seconds;
    private readonly decimal[]? _parts;

    private ShardPlan(DividedPlan plan)
    {
        _plan = plan;
        _cases = plan.Sharding.Division.SizesOf([.. plan.Cases.Select(one => one.Id)]);
        _seconds = new double?[_cases.Length];
        foreach (var shard in plan.Cases.GroupBy(one => plan.Sharding.Division.NumberOf(one.Id)))
        {
            double[] each = [.. shard.Select(one => one.Seconds).OfType<double>()];
            // So many at once, and never shorter than the longest.
            _seconds[shard.Key - 1] = each.Length == 0 ? null : Math.Max(each.Sum() / plan.Concurrency, each.Max());
        }
        if (plan.MostUsd is decimal most && !plan.SharesMoney)
            _parts = ShardDivision.PartsOf(most, _cases);
    }

    /// <summary>The lines.</summary>
    public static string TextOf(DividedPlan plan) => new ShardPlan(plan).ToText();

    /// <summary>The lines; empty where nothing is divided.</summary>
    /// <param name="view">The experiment.</param>
    /// <param name="past">Past cases of the same agent and model.</param>
    public static string TextOf(ExperimentView view, IReadOnlyList<RunRecord> past)
    {
        if (view.Sharding is not Sharding sharding)
            return "";
        var expected = ExpectedTimes.Of(past);
        return TextOf(new DividedPlan(sharding, view.Layout, [.. view.Plan.Cases.Select(one => (one.ToString(), expected.Of(one)))],
            view.Configuration.Run.Concurrency, view.Configuration.Limits.MaxCostUsd?.Usd, view.Configuration.Limits.CaseCostUsd,
            view.Agent.CostsMoney, view.Configuration.Run.Claims == ClaimChoice.Postgres, view.IsShardEmpty, "this agent and model"));
    }

    private string ToText()
    {
        var text = new StringBuilder();
        ShardDivision division = _plan.Sharding.Division;
        string frozen = _plan.Sharding.IsFrozen ? $"frozen in {_plan.Layout.ShardsFile}"
            : "not frozen yet: the first start of a shard, or plan with --freeze, keeps the division in the store";
        text.AppendLine(CultureInfo.InvariantCulture,
            $"Shards: {division.Count} by {EnumNames.NameOf(division.By)}, {_cases.Min()} to {_cases.Max()} cases each; {frozen}.");
        if (division is { By: ShardWay.Time, Assignment.Count: 0 })
            text.AppendLine($"The store has no past case of {_plan.WhoHasNone}, so these shards are by hash.");
        text.Append(Budget());
        if (_plan.Sharding.Shard is null)
            text.Append(Table());
        else
            text.AppendLine(CultureInfo.InvariantCulture,
                $"Shard {_plan.Sharding.Shard} has {_cases[_plan.Sharding.Shard.Number - 1]} of {_plan.Cases.Count} planned cases"
                + $"{(_plan.IsShardEmpty ? ", and none of the selected ones" : "")}.");
        return text.ToString();
    }

    private string Budget()
    {
        if (_parts is null)
            return _plan.SharesMoney && _plan.MostUsd is not null
                ? $"Budget: not divided, since all workers book in one ledger (run.claims: postgres).{Environment.NewLine}" : "";
        decimal most = _parts.Sum();
        var text = new StringBuilder();
        text.AppendLine(_plan.Sharding.Shard is null
            ? string.Create(CultureInfo.InvariantCulture,
                $"Budget: {most:0.00##} USD (limits.max_cost_usd) are divided by the shards' numbers of cases, to the cent: "
                + $"{_parts.Min():0.00##} to {_parts.Max():0.00##} USD each.")
            : string.Create(CultureInfo.InvariantCulture,
                $"Budget: shard {_plan.Sharding.Shard} may spend {_parts[_plan.Sharding.Shard.Number - 1]:0.00##} of {most:0.00##} USD "
                + $"(limits.max_cost_usd), in proportion to its cases."));
        decimal ofCase = _plan.UsdOfCase;
        int tooSmall = _parts.Where((part, i) => part < ofCase && _cases[i] > 0).Count();
        if (tooSmall > 0 && _plan.CostsMoney)
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
