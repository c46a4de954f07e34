using Tandem.Analysis.Markup;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Reporting.Runs;

/// <summary>What the result rests on, what its sandboxes used, and the command that runs this one again.</summary>
internal static class ProvenanceSection
{
    public static void Write(HtmlWriter html, RunRecord record, string? place)
    {
        Provenance from = record.Provenance;
        html.Add($"<h2>What it rests on</h2><table class=facts>");
        Row(html, "agent", record.Simulated ? $"{record.Agent} (simulated)" : record.Agent);
        Row(html, "model", record.Model);
        Row(html, "harness", from.Harness);
        Row(html, "task set", from.TaskSet);
        Row(html, "task digest", from.TaskDigest);
        Row(html, "image", from.Image);
        Row(html, "image id", from.ImageId);
        Row(html, "base commit", from.BaseCommit);
        Row(html, "engine", from.Engine);
        Row(html, "host", from.Host);
        Row(html, "settings hash", from.SettingsHash);
        Row(html, "prompts", from.PromptDigest);
        Row(html, "prices", from.PriceTableDigest);
        Row(html, "record", place);
        Row(html, "attempt id", record.AttemptId);
        Row(html, "files", $"artifacts/{record.CaseId}/attempt{record.Attempt}/");
        // What was imported was not run here.
        if (from.Harness != Provenance.Imported)
            Row(html, "run again", Command(record));
        html.Add($"</table>\n");
        WriteSandboxes(html, record);
        WriteFiles(html, record);
    }

    private static void Row(HtmlWriter html, string name, string? value)
    {
        if (value is not null)
            html.Add($"<tr><th>{name}<td><code>{value}</code>");
    }

    private static string Command(RunRecord record) =>
        $"./run.sh --experiment {record.Experiment} --setting {EnumNames.NameOf(record.Setting)} --repo {record.Repo} --task "
            + $"{record.TaskId} --pair {record.Features} --seed {record.Seed} --force";

    private static void WriteSandboxes(HtmlWriter html, RunRecord record)
    {
        if (record.Sandboxes.Count == 0)
            return;
        html.Add($"<details class=fold><summary><b>sandboxes</b> <span "
            + $"class=meta>{record.Sandboxes.Count}</span></summary>{WideBox.Begin("Sandboxes")}<table><thead><tr><th>role<th class=n>peak "
            + $"memory<th "
            + $"class=n>processor time<th class=n>throttled<th class=n>killed for memory<th>id</thead><tbody>");
        foreach (SandboxReport box in record.Sandboxes)
            html.Add($"<tr><td>{box.Role}<td class=n>{Say.Bytes(box.PeakMemoryBytes)}<td class=n>{Say.Seconds(box.CpuSeconds)}<td "
                + $"class=n>{Say.Seconds(box.ThrottledSeconds)}<td class=n>{Say.Count(box.OomKills)}<td><code>{box.Id}</code>");
        html.Add($"</tbody></table>{WideBox.End}</details>\n");
    }

    private static void WriteFiles(HtmlWriter html, RunRecord record)
    {
        if (record.Artifacts.Count == 0)
        {
            html.Add($"<p class=none>No files of this attempt were kept.</p>\n");
            return;
        }
        html.Add($"<details class=fold><summary><b>files</b> <span class=meta>{record.Artifacts.Count}, with the digests in the "
            + $"record</span></summary>{WideBox.Begin("Files")}<table><thead><tr><th>file<th class=n>bytes<th>SHA-256</thead><tbody>");
        foreach (ArtifactDigest file in record.Artifacts)
            html.Add($"<tr><td>{file.Path}<td class=n>{Say.Count(file.Bytes)}<td><code>{file.Sha256}</code>");
        html.Add($"</tbody></table>{WideBox.End}</details>\n");
    }
}
