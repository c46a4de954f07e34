using Tandem.Analysis.Formats;
using Tandem.Analysis.Markup;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Reporting.Runs;

/// <summary>How the patches merged, and what the tests said of the result.</summary>
internal static class EvaluationSection
{
    public static void Write(HtmlWriter html, RunRecord record, KeptFiles files)
    {
        html.Add($"<h2>Merge and tests</h2>");
        EvaluationReport? evaluation = files.Evaluation;
        WriteMerge(html, record, evaluation);
        WriteTests(html, record, files);
        WriteMarks(html, record);
        if (record.EvalError is not null)
            html.Add($"<p class=err>The evaluation gave no verdict: {TerminalText.Plain(record.EvalError)}</p>");
    }

    private static void WriteMerge(HtmlWriter html, RunRecord record, EvaluationReport? evaluation)
    {
        if (record.Setting == Setting.Solo)
            html.Add($"<p>One patch, nothing to merge"
                + $"{(record.MergeOutcome == MergeOutcome.MergeFailed ? "; it does not apply" : "")}.</p>");
        else
        {
            html.Add($"<table class=facts><tr><th>naive "
                + $"merge<td>{record.NaiveConflict switch { true => "conflicts", false => "clean", null => "not tried" }}");
            html.Add($"<tr><th>union "
                + $"merge<td>{UnionText(record)}<tr><th>tested<td>{TestedText(record.MergeStrategy)}");
            html.Add($"<tr><th>merge outcome<td>{Name(record.MergeOutcome)} <span class=meta>upstream's status: "
                + $"{Name(record.MergeStatus)}</span></table>");
        }
        if (evaluation is null)
            html.Add($"<p class=none>What git said was not kept.</p>");
        else if (!string.IsNullOrWhiteSpace(evaluation.MergeOutput))
        {
            html.Add($"<details class=fold><summary><b>what git said</b></summary><pre class=out tabindex=0>");
            Excerpt.Of(TerminalText.Plain(evaluation.MergeOutput), head: 20_000, tail: 10_000).Write(html, (to, text) => to.AddText(text));
            html.Add($"</pre></details>");
        }
        html.Add($"\n");
    }

    private static void WriteMarks(HtmlWriter html, RunRecord record)
    {
        if (record.Suspect is not [_, ..] marks)
            return;
        html.Add($"<p class=note>To be looked at before the verdict is believed. It is unchanged, and a mark is no proof:</p>"
            + $"{WideBox.Begin("Marks")}<table><thead><tr><th>rule<th>where<th>what stands there</thead><tbody>");
        foreach (SuspectMark mark in marks)
            html.Add($"<tr><td>{mark.Rule}<td>{TerminalText.Plain(SuspectWords.Evidence(mark))}<td><code>"
                + $"{TerminalText.Plain(mark.Excerpt ?? "")}</code>");
        html.Add($"</tbody></table>{WideBox.End}\n");
    }

    private static string TestedText(MergeStrategy? merge) =>
        merge is MergeStrategy strategy ? $"what the {EnumNames.NameOf(strategy)} merge made" : "no merged tree";

    private static string UnionText(RunRecord record) => record switch
    {
        { NaiveConflict: false } => "not needed",
        { MergeStrategy: MergeStrategy.Union } => "worked",
        { NaiveConflict: true } => "does not work either",
        _ => "not tried",
    };

    private static string Name<T>(T? value)
        where T : struct, Enum => value is T known ? EnumNames.NameOf(known) : Say.Unknown;

    private static void WriteTests(HtmlWriter html, RunRecord record, KeptFiles files)
    {
        if (record.Tests.Count == 0)
        {
            html.Add($"<p class=none>The tests were not reached.</p>\n");
            return;
        }
        foreach (FeatureTestReport test in record.Tests)
        {
            string verdict = test.Passed switch { true => "passed", false => "failed", null => "no verdict" };
            Html line = new HtmlWriter()
                .Add($"<b>feature {test.FeatureId}</b> {AttemptSection.Badge(verdict)} <span class=meta>{Story.Tests(test)}, exit code "
                + $"{(test.ExitCode is int code ? $"{code}" : Say.Unknown)}, "
                + $"{Say.Seconds(test.Seconds)}"
                + $"{(test.Reason is TestFailureReason reason ? $", {EnumNames.NameOf(reason).Replace('_', ' ')}" : "")}</span>").ToHtml();
            if (test.Reason is TestFailureReason.NotMerged or TestFailureReason.NoPatch)
            {
                html.Add($"<p class=fold><b>feature {test.FeatureId}</b> {AttemptSection.Badge(verdict)} <span class=meta>its tests were "
                    + $"not run: there was no {(test.Reason == TestFailureReason.NotMerged ? "merged tree" : "patch")}</span></p>\n");
                continue;
            }
            Excerpt? output = files.TestOutput(test.FeatureId);
            if (output is null or { Length: 0 })
            {
                html.Add($"<p class=fold>{line} <span class=meta>output {(output is null ? "not kept" : "empty")}</span></p>\n");
                continue;
            }
            html.Add($"<details class=fold><summary>{line}</summary><pre class=out tabindex=0>");
            output.Write(html, (to, text) => to.AddText(TerminalText.Plain(text)));
            html.Add($"</pre></details>\n");
        }
    }
}
