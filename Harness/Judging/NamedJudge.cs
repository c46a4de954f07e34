using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Judging.Rules;
using Tandem.Harness.Models;
using Tandem.Records.Judgements;

namespace Tandem.Harness.Judging;

/// <summary>A judge of an experiment, by its name.</summary>
/// <param name="Identity">Who it is.</param>
/// <param name="Model">How its model is reached; null for a built-in judge, which asks nobody.</param>
internal sealed record NamedJudge(JudgeIdentity Identity, ModelSettings? Model)
{
    /// <summary>Finds out whom a name means. An alias is resolved once.</summary>
    /// <param name="name">A model, an alias of the experiment, or <c>builtin:rules</c>.</param>
    /// <param name="configuration">The experiment.</param>
    /// <exception cref="SettingsException">There is no such built-in judge.</exception>
    public static NamedJudge Of(string name, ExperimentConfiguration configuration)
    {
        string resolved = configuration.Judges.Aliases.GetValueOrDefault(name, name);
        if (resolved == RulesJudge.Name)
            return new NamedJudge(new RulesJudge().Identity with { Named = name }, null);
        if (resolved.StartsWith(JudgeSegment.BuiltIn, StringComparison.Ordinal))
            throw new SettingsException($"The judge '{name}'", [$"There is one built-in judge, {RulesJudge.Name}; name it, or a model."]);
        JudgeSettings judges = configuration.Judges;
        ModelSettings model = configuration.Model with
        {
            Name = resolved,
            Temperature = judges.Temperature,
            MaxOutputTokens = judges.MaxOutputTokens,
            ReasoningEffort = judges.ReasoningEffort,
        };
        return new NamedJudge(ModelJudge.IdentityOf(name, model), model);
    }

    /// <summary>Why it cannot be asked at all, and what to set; null if it can.</summary>
    /// <param name="configuration">The experiment.</param>
    /// <param name="prices">What models cost.</param>
    public string? WhyNot(ExperimentConfiguration configuration, PriceTable prices) => Model is null ? null
        : ModelConnection.WhyUnusable(Model, Environment.GetEnvironmentVariable)
            ?? BudgetFault.OfJudge(configuration, Model.Name!, prices)?.ToString();

    /// <summary>Whether it can answer a rubric at all.</summary>
    public bool Answers(string rubric) => Model is not null || WordRules.Rubrics.Contains(rubric);
}
