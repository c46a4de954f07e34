using Tandem.Analysis.Formats;
using Tandem.Analysis.Reporting.Runs;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Reporting.Overview;

/// <summary>A line of the list of runs: all that the first page knows of a case. Few enough bytes that 10,000 of them are read at
/// once.</summary>
internal sealed record RunRow
{
    private const int NoteCharacters = 160;

    public required CaseId CaseId { get; init; }

    public required bool HasPage { get; init; }

    /// <summary>Where the case stands, as <c>status</c> says it.</summary>
    public required string Status { get; init; }

    /// <summary><c>passed</c>, <c>failed</c>, or why there is no verdict.</summary>
    public required string Outcome { get; init; }

    public required string Merge { get; init; }

    public required string Agents { get; init; }

    public required int Attempts { get; init; }

    public required int? Steps { get; init; }

    public required int? Messages { get; init; }

    public required decimal? Cost { get; init; }

    public required double? Seconds { get; init; }

    public required double? Difficulty { get; init; }

    /// <summary>What else there is to say; searched by the list's text filter.</summary>
    public required string Note { get; init; }

    public static RunRow Of(CaseContent run)
    {
        RunRecord? record = run.Chosen;
        return new RunRow
        {
            CaseId = run.CaseId,
            HasPage = run.HasPage,
            Status = EnumNames.NameOf(run.Status),
            Outcome = record is not null ? record.Outcome.ToWords() : run.HasPage ? "no record" : "not run",
            Merge = record?.MergeOutcome is not { } merge || run.CaseId.Setting == Setting.Solo
                ? "" : EnumNames.NameOf(merge)["merge_".Length..],
            Agents = record is null ? "" : record.AgentStatus.ToString(),
            Attempts = run.Records.Select(one => one.Attempt).Concat(run.FoldersOnly).Distinct().Count(),
            Steps = record?.TotalSteps,
            Messages = run.CaseId.Setting == Setting.CoopComm ? record?.MessagesCount : null,
            Cost = record?.TotalCost,
            Seconds = record?.DurationSeconds,
            Difficulty = run.Difficulty?.Value,
            Note = record is null ? "" : Short(Story.Reason(record)),
        };
    }

    private static string Short(string text)
    {
        string line = TerminalText.Plain(text.Length <= 4 * NoteCharacters ? text : text[..(4 * NoteCharacters)]).ReplaceLineEndings(" ");
        return line.Length <= NoteCharacters ? line : line[..NoteCharacters] + "\u2026";
    }
}
