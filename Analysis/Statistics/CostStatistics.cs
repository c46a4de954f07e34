using Tandem.Analysis.Data;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Statistics;

/// <summary>What the runs of a setting took: of those that count, unless it says otherwise. Costs and steps are of a whole run, its agents
/// added.</summary>
internal sealed record CostStatistics
{
    /// <summary>The setting; null for all together.</summary>
    public required Setting? Setting { get; init; }

    public required int Runs { get; init; }

    public required Distribution CostUsd { get; init; }

    /// <summary>Prompt tokens, cached ones included.</summary>
    public required Distribution InputTokens { get; init; }

    public required Distribution OutputTokens { get; init; }

    public required Distribution CachedTokens { get; init; }

    public required Distribution Steps { get; init; }

    /// <summary>Of a whole run, in seconds, see <see cref="RunRecord.WorkSeconds"/>; <c>plan</c> shows the same median.</summary>
    public required Distribution Seconds { get; init; }

    /// <summary>The agents' part of it, in seconds.</summary>
    public required Distribution AgentSeconds { get; init; }

    public required int Successes { get; init; }

    /// <summary>
    /// Cost of the runs that count / successes, in USD: what a success costs, its failed tries included; null if there is no success or the
    /// cost of a run is not known.
    /// </summary>
    public required double? CostPerSuccess { get; init; }

    /// <summary>Everything that was paid, attempts that do not count included.</summary>
    public required Spending Spent { get; init; }

    /// <summary>For each setting, and for all together last.</summary>
    public static IReadOnlyList<CostStatistics> AllOf(Dataset dataset, IReadOnlyList<Setting> settings)
    {
        ILookup<Setting, CaseResults> cases = dataset.Cases.ToLookup(c => c.CaseId.Setting);
        return [.. settings.Select(setting => Of(setting, [.. cases[setting]])), Of(null, dataset.Cases)];
    }

    private static CostStatistics Of(Setting? setting, IReadOnlyList<CaseResults> cases)
    {
        AttemptResult[] runs = [.. cases.Select(c => c.Counting).OfType<AttemptResult>()];
        var cost = Distribution.Of(runs.Select(run => (double?)run.TotalCost));
        int successes = runs.Count(run => run.Verdict == true);
        return new CostStatistics
        {
            Setting = setting,
            Runs = runs.Length,
            CostUsd = cost,
            InputTokens = TokensOf(runs, tokens => tokens.Input),
            OutputTokens = TokensOf(runs, tokens => tokens.Output),
            CachedTokens = TokensOf(runs, tokens => tokens.CacheRead),
            Steps = Distribution.Of(runs.Select(run => (double?)run.TotalSteps)),
            Seconds = Distribution.Of(runs.Select(run => run.WorkSeconds)),
            AgentSeconds = Distribution.Of(runs.Select(run => run.AgentSeconds)),
            Successes = successes,
            CostPerSuccess = successes > 0 && cost.Missing == 0 ? cost.Total / successes : null,
            Spent = cases.Aggregate(default(Spending), (sum, c) => sum + Spending.Of(c.Records)),
        };
    }

    private static Distribution TokensOf(AttemptResult[] runs, Func<TokenCounts, long?> count) =>
        Distribution.Of(runs.Select(run => run.Tokens is null ? null : (double?)count(run.Tokens)));
}
