using Tandem.Analysis.Agreement;
using Tandem.Analysis.Markup;
using Tandem.Analysis.Statistics;
using Tandem.Records.Cases;
using Tandem.Records.Json;

namespace Tandem.Analysis.Figures;

/// <summary>Messages of one act.</summary>
/// <param name="Name">The act.</param>
/// <param name="Messages">How many.</param>
/// <param name="PerStep">Per step of the agents; null if no steps are known.</param>
internal sealed record ActBar(string Name, int Messages, double? PerStep);

/// <summary>What messages do foremost: as judges say, else as plain rules do.</summary>
/// <param name="Bars">In the order of the acts.</param>
/// <param name="Messages">Those that have an act.</param>
/// <param name="Source">Who says so, for the caption; without a full stop.</param>
internal sealed record SpeechActBars(IReadOnlyList<ActBar> Bars, int Messages, string Source)
{
    /// <summary>The rubric that asks for it.</summary>
    public const string Rubric = "speech-acts";

    public static SpeechActBars Of(ExperimentStatistics statistics, CommunicationStatistics communication, JudgedLabels? judged)
    {
        if (judged is null || judged.ByUnit.Count == 0)
            return new SpeechActBars(
                [.. communication.Acts.Select(act => new ActBar(EnumNames.NameOf(act.Act), act.Messages, act.PerStep))],
                communication.Messages, CommunicationStatistics.HeuristicLabel);
        HashSet<CaseId> runs = [.. judged.ByUnit.Keys.Select(unit => unit.CaseId)];
        // Runs that nobody labelled are left out with their steps; silent ones have nothing to label.
        Dictionary<CaseId, long> steps = statistics.Table.Cells.Where(cell => cell.Setting == Setting.CoopComm)
            .Select(cell => cell.Run).Where(run => run is { TotalSteps: > 0 } && (runs.Contains(run.CaseId) || run.MessagesCount == 0))
            .ToDictionary(run => run!.CaseId, run => (long)run!.TotalSteps!.Value);
        long all = steps.Values.Sum();
        return new SpeechActBars(
            [.. judged.Labels.Select(label => new ActBar(label, judged.CountOf(label), all == 0 ? null
                : (double)judged.ByUnit.Count(unit => unit.Value == label && steps.ContainsKey(unit.Key.CaseId)) / all))],
            judged.ByUnit.Count,
            $"as judged by {JudgeText.Who(judged)}; n = {Say.Plural(judged.ByUnit.Count, "message")} of {Say.Plural(runs.Count, "run")}; "
                + JudgeText.Soundness(judged)
                + (judged.Ties + judged.Missing > 0 ? "; messages that are left out make the bars shorter" : ""));
    }
}
