using Tandem.Analysis.Markup;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Reporting.Runs;

/// <summary>What each agent left, and what was made of it together.</summary>
internal static class PatchSection
{
    public static void Write(HtmlWriter html, RunRecord record, KeptFiles files)
    {
        html.Add($"<h2>Patches</h2>");
        foreach (AgentReport agent in record.Agents)
            WriteAgent(html, agent, files);
        if (record.Setting != Records.Cases.Setting.Solo)
            WriteMerged(html, record, files);
    }

    private static void WriteAgent(HtmlWriter html, AgentReport agent, KeptFiles files)
    {
        string applied = agent.ApplyStatus is ApplyStatus status ? EnumNames.NameOf(status) : "not tried";
        Excerpt? raw = files.RawPatch(agent.AgentId);
        if (raw is { Length: > 0 })
        {
            Open(html, $"{agent.AgentId}, {FeatureText.Of(agent.Features)}", raw, $"apply: {applied}");
            Excerpt? graded = files.GradedPatch(agent.AgentId);
            if (graded is not null && (graded.Length != raw.Length || graded.Head != raw.Head || graded.Tail != raw.Tail))
                html.Add($"<p class=note>What was graded is not quite this: {Names(agent.Dropped) ?? "changes to test files"} "
                    + $"went ({Say.Bytes(graded.Length)} of {Say.Bytes(raw.Length)} stayed).</p>");
            WriteRemarks(html, agent);
            DiffView.Write(html, raw);
            html.Add($"</details>\n");
            return;
        }
        string what =
            agent.PatchBytes is null ? "no patch could be taken"
            : agent.PatchBytes == 0 ? "an empty patch: nothing was changed"
            : raw is null ? $"a patch of {Say.Bytes(agent.PatchBytes)}, not kept"
            : $"the file is empty, though the record says {Say.Bytes(agent.PatchBytes)}";
        html.Add($"<p class=fold><b>{agent.AgentId}</b>, {FeatureText.Of(agent.Features)} <span class=meta>{what}</span></p>\n");
        WriteRemarks(html, agent);
    }

    /// <summary>What of an agent's work is not in its patch, and which of submission and work tree that is.</summary>
    private static void WriteRemarks(HtmlWriter html, AgentReport agent)
    {
        if (agent.Submission is SubmissionState state and not SubmissionState.Applies)
            html.Add($"<p class=note>The submission file: {EnumNames.NameOf(state).Replace('_', ' ')}. This is "
                + $"{(agent.PatchSource == PatchSource.Submission ? "that file" : "the work tree")}.</p>");
        if (Names(agent.LeftOut) is string leftOut)
            html.Add($"<p class=note>Changed, but not in the patch: {leftOut}.</p>");
    }

    private static string? Names(IReadOnlyList<PatchOmission>? omissions)
    {
        const int Most = 12;
        if (omissions is null or [])
            return null;
        string names = string.Join(", ", omissions.Take(Most)
            .Select(omission => $"{omission.Path} ({EnumNames.NameOf(omission.Reason).Replace('_', ' ')})"));
        return omissions.Count > Most ? $"{names} and {omissions.Count - Most} more" : names;
    }

    private static void WriteMerged(HtmlWriter html, RunRecord record, KeptFiles files)
    {
        if (record.MergeOutcome is null or MergeOutcome.MergeFailed && record.MergeStrategy is null)
        {
            html.Add($"<p class=fold><b>merged</b> <span class=meta>there was no merged tree</span></p>\n");
            return;
        }
        switch (files.MergedPatch())
        {
            case null:
                html.Add($"<p class=fold><b>merged</b> <span class=meta>not kept</span></p>\n");
                break;
            case { Length: 0 }:
                html.Add($"<p class=fold><b>merged</b> <span class=meta>empty</span></p>\n");
                break;
            case Excerpt merged:
                Open(html, "merged", merged,
                    $"strategy: {(record.MergeStrategy is MergeStrategy strategy ? EnumNames.NameOf(strategy) : Say.Unknown)}");
                DiffView.Write(html, merged);
                html.Add($"</details>\n");
                break;
        }
    }

    private static void Open(HtmlWriter html, string title, Excerpt patch, string remark)
    {
        (int files, int added, int removed) = DiffView.Count(patch);
        html.Add($"<details class=fold><summary><b>{title}</b> <span class=meta>{Say.Plural(files, "file")}, <span "
            + $"class=plus>+{added}</span> <span class=minus>\u2212{removed}</span>, {Say.Bytes(patch.Length)}, {remark}</span></summary>");
    }
}
