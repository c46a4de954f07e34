using Tandem.Analysis.Formats;
using Tandem.Analysis.Markup;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Reporting.Runs;

/// <summary>The page of one case. It needs no script, and its policy allows none: what agents wrote stays text even if an escape were
/// forgotten.</summary>
internal static class RunPage
{
    private const int AttemptsInFull = 5;

    /// <summary>The page's path in the report's folder, with '/'.</summary>
    public static string PathOf(CaseId caseId) => $"runs/{caseId}.html";

    public static void Write(HtmlWriter html, CaseContent run, PageMarks marks, string experiment, Func<RunRecord, string?> placeOf)
    {
        string up = string.Concat(Enumerable.Repeat("../", PathOf(run.CaseId).Count(c => c == '/')));
        html.Add($"<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8><meta name=viewport "
            + $"content=\"width=device-width,initial-scale=1\"><meta name=color-scheme content=\"light dark\">");
        html.Add($"<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src "
            + $"'unsafe-inline'\"><title>{run.CaseId.ToString()}</title><style>{Assets.RunStyle}</style></head>\n<body><main>\n");
        marks.Write(html);
        html.Add($"<nav><a href=\"{up}index.html#runs\">\u2190 {experiment}</a></nav>\n");
        WriteHead(html, run);
        AttemptSection.WriteTable(html, run);
        if (run.Chosen is { } chosen)
            WriteAttempt(html, run, chosen, placeOf);
        RunRecord[] others = [.. run.Records.Where(record => !ReferenceEquals(record, run.Chosen)).Reverse()];
        foreach (RunRecord other in others.Take(AttemptsInFull))
        {
            html.Add($"<details class=other><summary><b>Attempt "
                + $"{other.Attempt}</b>{(other.Revision > 1 ? $", revision {other.Revision}" : "")} "
                + $"{AttemptSection.Badge(other.Outcome.ToWords())} <span class=meta>all of it</span></summary>\n");
            WriteAttempt(html, run, other, placeOf);
            html.Add($"</details>\n");
        }
        html.Add($"</main></body></html>\n");
    }

    private static void WriteHead(HtmlWriter html, CaseContent run)
    {
        string outcome = run.Chosen is { } record ? record.Outcome.ToWords() : "no record";
        html.Add($"<h1>{EnumNames.NameOf(run.CaseId.Setting)} <span "
            + $"class=id>{run.CaseId.Repo}/{run.CaseId.TaskId}/{run.CaseId.Features.ToString()}</span> seed {run.CaseId.Seed} "
            + $"{AttemptSection.Badge(outcome)}</h1>\n");
        if (!run.IsPlanned)
            html.Add($"<p class=note>The plan does not name this case.</p>\n");
        if (run.Chosen is not { } chosen)
        {
            html.Add($"<p>There is no record of this case: it is missing data.</p>\n");
            return;
        }
        string reason = Story.Reason(chosen);
        html.Add($"<p class=story>{Lead(chosen)}{TerminalText.Plain(reason)}{(reason.Length > 0 ? "." : "")}</p>\n<dl class=strip>");
        Fact(html, "status", EnumNames.NameOf(run.Status));
        Fact(html, "agents", chosen.AgentStatus.ToString());
        Fact(html, "merge", chosen.MergeOutcome is MergeOutcome merge ? EnumNames.NameOf(merge) : Say.Unknown);
        Fact(html, "difficulty", run.Difficulty is { } difficulty
            ? $"{difficulty.Value:0.####} (bucket {difficulty.Bucket}; {difficulty.Passed} of {difficulty.Runs} solo passed)" : "unknown");
        Fact(html, "steps", Say.Count(chosen.TotalSteps));
        Fact(html, "messages", Say.Count(chosen.MessagesCount));
        Fact(html, "cost", Say.Usd(chosen.TotalCost) + (chosen.SunkCost > 0 ? $" (and {Say.Usd(chosen.SunkCost)} sunk)" : ""));
        Fact(html, "time", Say.Seconds(chosen.DurationSeconds));
        html.Add($"</dl>\n");
    }

    private static string Lead(RunRecord record) => record.Outcome switch
    {
        Outcome.Passed => record.MergeOutcome == MergeOutcome.MergeUnion ? "All features' tests passed; " : "All features' tests passed. ",
        Outcome.Failed => "It failed: ",
        Outcome.Interrupted => "It was interrupted, so that it says nothing about the agents: ",
        Outcome.InfraError => "An infrastructure error, missing data and no failure of the agents: ",
        _ => "There is no verdict: ",
    };

    private static void Fact(HtmlWriter html, string name, string value) => html.Add($"<div><dt>{name}<dd>{value}</div>");

    private static void WriteAttempt(HtmlWriter html, CaseContent run, RunRecord record, Func<RunRecord, string?> placeOf)
    {
        var files = new KeptFiles(run.Layout, run.CaseId, record.Attempt, record.Revision);
        if (record.Error is { } error)
            html.Add($"<p class=err><b>{EnumNames.NameOf(error.Class)}</b> in phase {EnumNames.NameOf(error.Phase)}: "
                + $"{TerminalText.Plain(error.Message)}</p>\n");
        AttemptSection.WriteTimes(html, record);
        EvaluationSection.Write(html, record, files);
        bool isShown = ReferenceEquals(record, run.Chosen);
        ConversationSection.Write(html, record, isShown ? new QuoteMarks(run.Readings, record.Messages) : QuoteMarks.None);
        if (isShown)
            JudgesPart.Write(html, run);
        PatchSection.Write(html, record, files);
        StepsSection.Write(html, record, files);
        ProvenanceSection.Write(html, record, placeOf(record));
    }
}
