using Tandem.Analysis.Agreement;
using Tandem.Analysis.Data;
using Tandem.Analysis.Figures;
using Tandem.Analysis.Markup;
using Tandem.Analysis.Statistics;
using Tandem.Analysis.Validating;

namespace Tandem.Analysis.Reporting.Overview;

/// <summary>All that the first page and its Markdown are made of.</summary>
internal sealed record ReportContent
{
    public required Dataset Dataset { get; init; }

    public required ExperimentStatistics Statistics { get; init; }

    public required JudgedExperiment Judged { get; init; }

    public required ValidationReport Validation { get; init; }

    public required PageMarks Marks { get; init; }

    public required ReportFigures Figures { get; init; }

    /// <summary>A line for each case, in the order of the plan.</summary>
    public required IReadOnlyList<RunRow> Rows { get; init; }

    public required Origins Origins { get; init; }

    public required bool HasRunPages { get; init; }
}
