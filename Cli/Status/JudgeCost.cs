using Tandem.Harness.Configuration;
using Tandem.Records.Store;

namespace Tandem.Cli.Status;

/// <summary>What an experiment's agents and judges cost, apart.</summary>
internal static class JudgeCost
{
    /// <summary>What judges cost; zero where none has judged.</summary>
    public static Spending OfJudges(StoreLayout layout) => new JudgementReader(layout).ReadById().Values
        .Aggregate(default(Spending), (sum, records) => sum + Spending.OfJudgement(records));

    /// <summary>Agents and judges apart, with the budget.</summary>
    public static string Line(StoreLayout layout, ExperimentConfiguration configuration)
    {
        var status = new StoreStatus(layout);
        status.Refresh();
        return Line(status.Cases.Aggregate(default(Spending), (sum, one) => sum + one.Spending), OfJudges(layout), configuration);
    }

    /// <summary>As above, of what is known.</summary>
    public static string Line(Spending agents, Spending judges, ExperimentConfiguration configuration)
    {
        string sum = StatusText.Money(agents.Usd + judges.Usd);
        string spent = judges == default ? $"The experiment has spent {sum} USD"
            : $"The experiment has spent {sum} USD, {StatusText.Cost(agents)} of it on agents and {StatusText.Cost(judges)} on judges";
        return configuration.Limits.MaxCostUsd switch
        {
            null => judges == default ? "The experiment has no budget." : $"{spent}; it has no budget.",
            { Usd: null } => $"{spent}; its budget is unlimited.",
            { Usd: decimal most } => $"{spent}; its budget is {StatusText.Money(most)} USD{Held(agents, judges, configuration)}.",
        };
    }

    private static string Held(Spending agents, Spending judges, ExperimentConfiguration configuration)
    {
        int attempts = agents.Unpriced + judges.Unpriced;
        decimal usd = (agents.Unpriced * configuration.Limits.CaseCostUsd) + (judges.Unpriced * configuration.Judges.JudgementCostUsd);
        return attempts == 0 ? ""
            : $", of which {StatusText.Money(usd)} USD are held for {attempts} attempt{(attempts == 1 ? "" : "s")} of unknown cost";
    }
}
