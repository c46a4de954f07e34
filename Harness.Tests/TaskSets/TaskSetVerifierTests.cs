using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.Harness.Evaluation.Verification;
using Tandem.Harness.Processes;
using Tandem.Harness.TaskSets;
using Tandem.Harness.Tests.Evaluation;
using Tandem.Harness.Tests.Sandboxes;
using Xunit;

namespace Tandem.Harness.Tests.TaskSets;

/// <summary>A sound task set, and then broken in each way: the verification names that fault, at its place, and no other.</summary>
[Slow]
[Long]
public sealed class TaskSetVerifierTests(ProcessSandboxFixture sandboxes, TinyTasks tiny)
    : IClassFixture<ProcessSandboxFixture>, IClassFixture<TinyTasks>
{
    private const int BackstopMs = 600_000;

    [Fact(Timeout = BackstopMs)]
    public async Task A_sound_set_has_no_findings_and_a_conflict_report_in_upstreams_format()
    {
        TaskSet set = await SoundAsync();

        VerificationReport report = await VerifyAsync(set, repeats: 2);

        report.Findings.Should().BeEmpty();
        (report.Features, report.Pairs).Should().Be((2, 1));
        JsonNode json = JsonNode.Parse(report.ConflictReport.Span)!;
        json["summary"]!["conflict_rate"]!.GetValue<string>().Should().Be("0.0%");
        json["per_task"]!["tiny_task/task1"]!["clean"]!.GetValue<int>().Should().Be(1);
        JsonNode row = json["all_results"]!.AsArray().Should().ContainSingle().Subject!;
        row.ToJsonString().Should()
            .Be("""{"repo":"tiny_task","task_id":1,"f1":1,"f2":2,"has_conflict":false,"patch1_apply_failed":false"""
                + ""","patch2_apply_failed":false,"error":null}""");
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("gold fails", "GOLD-FAILS", "tiny_task/1/f1", "0 passed, 1 failed, exit code 1")]
    [InlineData("gold does not apply", "GOLD-FAILS", "tiny_task/1/f1", "it does not apply to the base commit")]
    [InlineData("gold is missing", "GOLD-MISSING", "tiny_task/1/f1", "no feature.patch")]
    [InlineData("tests say nothing", "BASE-PASSES", "tiny_task/1/f1", "pass without it (1 passed")]
    [InlineData("flaky", "FLAKY", "tiny_task/1/f1", "passed 1 of 2 times")]
    [InlineData("combined fails", "COMBINED-FAILS", "tiny_task/1", "(f2; in none of 2 runs)")]
    [InlineData("flaky with the combined patch", "FLAKY", "tiny_task/1/f2", "passed 1 of 2 times with the same combined patch")]
    [InlineData("combined is missing", "COMBINED-MISSING", "tiny_task/1", "no combined.patch")]
    [InlineData("fate differs", "FATE-DIFFERS", "tiny_task/1/f1_f2",
        "fates.json says merge_union, passed, passed; seen was merge_clean, passed, passed")]
    [InlineData("fate is missing", "FATE-MISSING", "tiny_task/1/f1_f2", "the merge gave: merge_clean, passed, passed")]
    [InlineData("fate of nobody", "FATE-UNKNOWN", "tiny_task/1/f1_f9", "not there")]
    [InlineData("upstream differs", "FATE-DIFFERS", "tiny_task/1/f1_f2", "gold_conflict_report.json says that the naive merge conflicts")]
    [InlineData("later commits", "HISTORY", "tiny_task/1", "refs/heads/solution")]
    [InlineData("image", "IMAGE", "tiny_task/1", "no luck")]
    [InlineData("layout", "LAYOUT", "tiny_task/1/feature3", "tests.patch")]
    [InlineData("description in latin-1", "LAYOUT", "tiny_task/1/feature1/feature.md", "not UTF-8")]
    [InlineData("a huge combined patch", "UNREADABLE", "tiny_task/1 combined", "2 gigabytes")]
    public async Task A_set_broken_in_one_way_is_reported_precisely(string damage, string id, string where, string what)
    {
        TaskSet set = await SoundAsync();
        string task = set.Tasks[0].Folder;
        switch (damage)
        {
            case "gold fails":
                await File.WriteAllBytesAsync(Path.Combine(task, "feature1", "feature.patch"),
                    await tiny.PatchAsync("list.txt", "alpha", "omega"), Token);
                break;
            case "gold does not apply":
                await File.WriteAllTextAsync(Path.Combine(task, "feature1", "feature.patch"),
                    "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", Token);
                break;
            case "gold is missing":
                File.Delete(Path.Combine(task, "feature1", "feature.patch"));
                break;
            case "tests say nothing":
                await File.WriteAllTextAsync(Path.Combine(task, "feature1", "tests.patch"),
                    new TinyFeature(1, "check true").TestsPatch, Token);
                break;
            case "flaky":
                // Passes at every second run with the feature.
                string counter = Path.Combine(set.Folder, "counter");
                await File.WriteAllTextAsync(
                    Path.Combine(task, "feature1", "tests.patch"),
                    new TinyFeature(1, $"if grep -qx ONE numbers.txt && ! grep -qx TEN numbers.txt; then echo x >> '{counter}'; fi\ncheck "
                        + $"grep -qx ONE numbers.txt\nif ! grep -qx TEN numbers.txt; then check test $(($(wc -l < '{counter}') % 2)) -eq "
                        + $"0; fi").TestsPatch, Token);
                break;
            case "flaky with the combined patch":
                // Passes at every second run with the combined patch, which alone has omega.
                string runs = Path.Combine(set.Folder, "runs");
                await File.WriteAllTextAsync(
                    Path.Combine(task, "feature2", "tests.patch"),
                    new TinyFeature(2, $"check grep -qx TEN numbers.txt\nif grep -qx omega list.txt; then echo x >> '{runs}'; check test "
                        + $"$(($(wc -l < '{runs}') % 2)) -eq 0; fi").TestsPatch, Token);
                await File.WriteAllBytesAsync(Path.Combine(task, "combined.patch"),
                    [.. await File.ReadAllBytesAsync(Path.Combine(task, "combined.patch"), Token),
                        .. await tiny.PatchAsync("list.txt", "alpha", "omega")], Token);
                break;
            case "combined fails":
                await File.WriteAllBytesAsync(Path.Combine(task, "combined.patch"),
                    await tiny.PatchAsync("numbers.txt", "one", "ONE"), Token);
                break;
            case "combined is missing":
                File.Delete(Path.Combine(task, "combined.patch"));
                break;
            case "fate differs":
                await WriteFateAsync(set, "merge_union", 2);
                break;
            case "fate is missing":
                await File.WriteAllTextAsync(Path.Combine(set.Folder, "fates.json"),
                    """{"fates": [{"repo": "tiny_task", "task_id": 1, "pair": [1, 3], "merge_outcome": "merge_clean","""
                        + """ "feature1_passed": true, "feature2_passed": true, "why": "apart"}]}""", Token);
                break;
            case "fate of nobody":
                await WriteFateAsync(set, "merge_clean", 2, 9);
                break;
            case "upstream differs":
                await File.WriteAllTextAsync(Path.Combine(set.Folder, "gold_conflict_report.json"),
                    """{"all_results": [{"repo": "tiny_task", "task_id": 1, "f1": 1, "f2": 2, "has_conflict": true,"""
                        + """ "patch1_apply_failed": false, "patch2_apply_failed": false, "error": null}]}""", Token);
                break;
            case "later commits":
                await File.AppendAllTextAsync(Path.Combine(task, "setup.sh"),
                    "\nrm -f .git/index.lock; git -c core.hooksPath=/dev/null -c commit.gpgSign=false commit -q --allow-empty -m later && "
                    + "git branch solution && git -c core.hooksPath=/dev/null reset -q --soft HEAD~\n", Token);
                break;
            case "image":
                await File.WriteAllTextAsync(Path.Combine(task, "setup.sh"), "echo no luck >&2\nexit 1\n", Token);
                break;
            case "description in latin-1":
                await File.WriteAllTextAsync(Path.Combine(task, "feature1", "feature.md"), "Füge hinzu", Encoding.Latin1, Token);
                break;
            case "a huge combined patch":
                await using (FileStream patch = File.Create(Path.Combine(task, "combined.patch")))
                    patch.SetLength(3L << 30);
                break;
            case "layout":
                Directory.CreateDirectory(Path.Combine(task, "feature3"));
                await File.WriteAllTextAsync(Path.Combine(task, "feature3", "feature.md"), "Build it.\n", Token);
                break;
        }

        VerificationReport report = await VerifyAsync(TaskSetLoader.Load(set.Folder), repeats: 2);

        // A fate told of the wrong pair is missed at the right one.
        VerificationFinding[] found = [.. report.Findings.Where(f => damage != "fate is missing" || f.Id != "FATE-UNKNOWN")];
        found.Should().OnlyContain(f => f.Id == id, Because(report));
        found.Should().Contain(f => f.Where.Replace("task1/", "1/", StringComparison.Ordinal).StartsWith(where, StringComparison.Ordinal)
            && (f.What + f.Where).Contains(what, StringComparison.Ordinal), Because(report));
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("fates.json", "{\"fates\": [{}]}")]
    [InlineData("fates.json", "{")]
    [InlineData("fates.json", "null")]
    [InlineData("fates.json", "{\"fates\": [null]}")]
    [InlineData("gold_conflict_report.json",
        "{\"all_results\": [{\"repo\": null, \"task_id\": 1, \"f1\": 1, \"f2\": 2, \"has_conflict\": true}]}")]
    [InlineData("gold_conflict_report.json", "{}")]
    public async Task A_file_of_expectations_that_cannot_be_read_is_named(string name, string content)
    {
        TaskSet set = await SoundAsync();
        await File.WriteAllTextAsync(Path.Combine(set.Folder, name), content, Token);

        Func<Task> verify = () => VerifyAsync(set, repeats: 1);

        (await verify.Should().ThrowAsync<TaskSetException>()).Which.Message.Should().StartWith(Path.Combine(set.Folder, name) + ": ");
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("fates.json", "mkfifo", "FIFO")]
    [InlineData("gold_conflict_report.json", "mkfifo", "FIFO")]
    [InlineData("fates.json", "/dev/zero", "FIFO")]
    [InlineData("gold_conflict_report.json", "/proc/self/environ", "leads out of the task set")]
    public async Task A_file_of_expectations_that_is_no_file_of_the_set_is_not_opened(string name, string what, string why)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo is of Unix.");
        TaskSet set = await SoundAsync();
        string path = Path.Combine(set.Folder, name);
        File.Delete(path);
        if (what == "mkfifo")
            (await ChildProcess.RunAsync(new ChildCommand(what, path) { Environment = ChildEnvironment.Usual() }, Token)).ThrowOnFailure();
        else
            File.CreateSymbolicLink(path, what);

        Func<Task> verify = () => Task.Run(() => VerifyAsync(set, repeats: 1), Token);

        (await verify.Should().ThrowAsync<TaskSetException>()).Which.Message.Should().StartWith($"{path}: ").And.Contain(why);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_fate_that_is_told_twice_is_refused_by_name()
    {
        TaskSet set = await SoundAsync();
        await WriteFateAsync(set, "merge_clean", 2, 2);

        Func<Task> verify = () => VerifyAsync(set, repeats: 1);

        await verify.Should().ThrowAsync<TaskSetException>().WithMessage("*fates.json: The fate of tiny_task/1/f1_f2 is given twice.");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Files_of_expectations_may_begin_with_a_byte_order_mark()
    {
        TaskSet set = await SoundAsync();
        await WriteFateAsync(set, "merge_clean", 2);
        string file = Path.Combine(set.Folder, "fates.json");
        await File.WriteAllTextAsync(file, await File.ReadAllTextAsync(file, Token), new UTF8Encoding(true), Token);

        (await VerifyAsync(set, repeats: 1)).Findings.Should().BeEmpty();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Because(VerificationReport report) => string.Join("\n", report.Findings);

    private Task<VerificationReport> VerifyAsync(TaskSet set, int repeats)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Background processes are only found on Linux.");
        return new TaskSetVerifier(sandboxes.Provider, TimeProvider.System)
            .VerifyAsync(set, new VerificationOptions { Repeats = repeats }, Token);
    }

    /// <summary>Two features at the two ends of one file.</summary>
    private async Task<TaskSet> SoundAsync()
    {
        CodingTask task = tiny.Task(
            TinyFeature.WithLine(1, "numbers.txt", "ONE") with { Gold = await tiny.PatchAsync("numbers.txt", "one", "ONE") },
            TinyFeature.WithLine(2, "numbers.txt", "TEN") with { Gold = await tiny.PatchAsync("numbers.txt", "ten", "TEN") });
        await File.WriteAllBytesAsync(
            Path.Combine(task.Folder, "combined.patch"),
            await tiny.PatchAsync(repo =>
                File.WriteAllText(Path.Combine(repo, "numbers.txt"), File.ReadAllText(Path.Combine(repo, "numbers.txt"))
                .Replace("one", "ONE", StringComparison.Ordinal).Replace("ten", "TEN", StringComparison.Ordinal))), Token);
        return TaskSetLoader.Load(Path.GetFullPath(Path.Combine(task.Folder, "..", "..")));
    }

    private static async Task WriteFateAsync(TaskSet set, string outcome, params int[] seconds)
    {
        IEnumerable<string> fates =
            seconds.Select(second =>
            $$"""{"repo": "tiny_task", "task_id": 1, "pair": [1, {{second}}], "merge_outcome": "{{outcome}}", "feature1_passed": true,"""
                + $$""" "feature2_passed": true, "why": "they are apart"}""");
        await File.WriteAllTextAsync(Path.Combine(set.Folder, "fates.json"), $$"""{"fates": [{{string.Join(",\n", fates)}}]}""",
            new UTF8Encoding(false), Token);
    }
}
