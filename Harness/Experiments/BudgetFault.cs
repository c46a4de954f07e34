using Tandem.Harness.Agents;
using Tandem.Harness.Configuration;
using Tandem.Harness.Models;

namespace Tandem.Harness.Experiments;

/// <summary>Why an experiment's agents may not be paid.</summary>
/// <param name="What">What is missing.</param>
/// <param name="Remedy">What to set.</param>
internal sealed record BudgetFault(string What, string Remedy)
{
    /// <summary>Null if they may be paid, or cost nothing.</summary>
    public static BudgetFault? Of(ExperimentConfiguration configuration, AgentKind agent, PriceTable? prices)
    {
        ModelPrice? price = agent.UsesModel && configuration.Model.Name is string model ? prices?.Find(model) : null;
        if (!agent.CostsMoney || price is { IsFree: true })
            return null;
        if (configuration.Limits.MaxCostUsd is null)
            return new BudgetFault($"the agent '{agent.Kind}' costs money and the experiment has no budget",
                "set limits.max_cost_usd to a number of USD, or to \"unlimited\"");
        return agent.UsesModel && price is null && configuration.Limits.MaxCostUsd.Usd is not null
            ? new BudgetFault($"the model '{configuration.Model.Name}' has no price, without which a budget cannot be kept",
            $"add it to the price table ({configuration.Model.Prices}), or set limits.max_cost_usd to \"unlimited\"")
            : null;
    }

    /// <summary>Null if a model may be paid for judging, or costs nothing.</summary>
    public static BudgetFault? OfJudge(ExperimentConfiguration configuration, string model, PriceTable prices) =>
        OfModel($"the judge '{model}'", configuration.Model with { Name = model }, configuration.Limits.MaxCostUsd, prices);

    /// <summary>Null if a model may be paid, or costs nothing.</summary>
    /// <param name="what">The model in words.</param>
    /// <param name="model">The model and its price table.</param>
    /// <param name="limit">What the experiment may cost; null is not said.</param>
    /// <param name="prices">The price table.</param>
    public static BudgetFault? OfModel(string what, ModelSettings model, CostLimit? limit, PriceTable prices)
    {
        ModelPrice? price = prices.Find(model.Name!);
        if (price is { IsFree: true })
            return null;
        if (limit is null)
            return new BudgetFault($"{what} costs money and the experiment has no budget",
                "set limits.max_cost_usd to a number of USD, or to \"unlimited\"");
        return price is null && limit.Usd is not null
            ? new BudgetFault($"{what} has no price, without which a budget cannot be kept",
            $"add it to the price table ({model.Prices}), or set limits.max_cost_usd to \"unlimited\"")
            : null;
    }

    public override string ToString() => $"{What}: {Remedy}";
}
