using Tandem.Analysis.Figures;
using Tandem.Analysis.Markup;
using Tandem.Analysis.Scenarios;
using Tandem.Analysis.Scenarios.Statistics;
using Tandem.Analysis.Validating;

namespace Tandem.Analysis.Reporting.Scenarios;

/// <summary>All that the pages of a scenario experiment are made of.</summary>
internal sealed record ScenarioContent(
    ScenarioDataset Dataset, ScenarioStatistics Statistics, ValidationReport Validation, PageMarks Marks, ReportFigures Figures)
{
    /// <summary>The page with all answers, beside the first page.</summary>
    public const string AnswersPage = "answers.html";

    public string Experiment => Dataset.Layout.Experiment;

    /// <summary>Where a scenario stands in the page with all answers.</summary>
    public static string AnchorOf(string scenario) => $"scenario-{scenario}";

    /// <summary>What was asked of whom, with every n.</summary>
    public string Who => $"{(Dataset.Plan.Simulated ? "simulated by" : "model")} {Dataset.Plan.Model}; "
        + $"{Say.Plural(Statistics.Table.Scenarios.Count, "scenario")}, {Say.Plural(Statistics.Table.Variants.Count, "variant")}, "
        + $"{Say.Plural(Dataset.Plan.Repetitions, "repetition")}, {Say.Plural(Dataset.Cases.Count, "case")}";
}
