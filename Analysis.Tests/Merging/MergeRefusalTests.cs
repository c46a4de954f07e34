using System.Text.Json;
using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Merging;

/// <summary>What is not merged; and that nothing is changed then.</summary>
public sealed class MergeRefusalTests : IDisposable
{
    private readonly MergeStores _stores = new();

    public void Dispose() => _stores.Dispose();

    [Fact]
    public void Two_attempts_under_one_name_are_refused()
    {
        _stores.Shard("a", 1, 2);
        StoreBuilder two = _stores.Shard("b", 3);
        MergeStores.Add(two, "b", Sample.Run(MergeStores.Cases[0]) with { AttemptId = "another" });

        Refused("solo/click_task/1/f1_f2/seed0, attempt 1, revision 1 is another here and solo.click_task.1.f1_f2.seed0#1 in "
            + Path.Combine("a", "default", "runs", "solo_seed0_a.jsonl") + "(2)", "a", "b", "all");
    }

    [Fact]
    public void Two_attempts_without_a_record_under_one_name_are_refused()
    {
        StoreBuilder one = _stores.Shard("a", 1);
        StoreBuilder two = _stores.Shard("b", 2);
        File.Delete(MergeStores.OwnFile(one, "a"));
        MergeStores.Add(two, "b", Sample.Run(MergeStores.Cases[0]) with { AttemptId = "another" });

        Refused("attempt.json: It is another attempt than that of the same number in ", "a", "b", "all");
    }

    [Fact]
    public void A_record_that_went_on_differently_in_two_stores_is_refused()
    {
        _stores.Shard("a", 1);
        StoreBuilder two = _stores.Shard("b");
        MergeStores.Add(two, "b", Sample.Run(MergeStores.Cases[0], passed: false));

        Refused("The record of solo/click_task/1/f1_f2/seed0, attempt 1, revision 1 is another one than in ", "a", "b", "all");
    }

    [Fact]
    public void One_attempt_in_two_run_files_is_refused()
    {
        StoreBuilder one = _stores.Shard("a", 1);
        File.Copy(MergeStores.OwnFile(one, "a"), MergeStores.OwnFile(one, "copy"));

        Refused("a run file was copied under another name.", "a", "all");
    }

    [Theory]
    [InlineData(31)]
    [InlineData(1, Traits = ["Tier", "Long"])]
    public void Every_byte_of_a_record_with_a_copy_is_watched(int step)
    {
        StoreBuilder one = _stores.Shard("a", 1);
        MergeStores.Add(one, "a", Sample.Interrupted(MergeStores.Cases[1]));
        string file = MergeStores.OwnFile(one, "a");
        byte[] sound = File.ReadAllBytes(file);
        int first = Array.IndexOf(sound, (byte)'\n') + 1;
        var unseen = new List<string>();
        for (int at = sound.Length - 1; at >= first; at -= step)
        {
            byte[] changed = [.. sound];
            // A digit and a letter stay what they are, so that the line can often still be read.
            changed[at] = sound[at] switch
            {
                (byte)'9' => (byte)'8',
                (byte)'z' => (byte)'y',
                (byte)'\n' => (byte)' ',
                byte other => (byte)(other + 1),
            };
            File.WriteAllBytes(file, changed);
            if (_stores.Merge("a", "all", "--dry-run", "--partial") is { ExitCode: 0, Output: var output }
                && !output.Contains("ends within a line"))
                unseen.Add($"{at}: {(char)sound[at]}");
        }
        unseen.Should().BeEmpty();
        File.WriteAllBytes(file, sound);
        _stores.Merge("a", "all", "--partial").ExitCode.Should().Be(0);
    }

    [Theory]
    [InlineData("solo.patch", "x", "It does not have the digest that its record names")]
    [InlineData("solo.patch", "longer than it was", "bytes, and its record says ")]
    [InlineData("result.json", "{}", "The record differs from its copy ")]
    public void A_changed_file_is_refused(string name, string content, string what)
    {
        StoreBuilder one = _stores.Shard("a", 1, 2);
        string path = one.Artifact(MergeStores.Cases[0], name);
        File.WriteAllText(path, content.Length == 1 ? string.Concat(Enumerable.Repeat(content, (int)new FileInfo(path).Length)) : content);

        Refused(what, "a", "all");
    }

    [Fact]
    public void A_changed_file_in_what_was_merged_before_is_refused()
    {
        StoreBuilder one = _stores.Shard("a", 1);
        _stores.Merge("a", "all", "--partial").ExitCode.Should().Be(0);
        File.AppendAllText(Path.Combine(_stores.Into().AttemptFolder(MergeStores.Cases[0], 1), "eval.json"), " ");

        Refused("It has another content than " + Path.Combine("all", "default"), "a", "all");
        one.Layout.Experiment.Should().Be("default");
    }

    [Fact]
    public void Another_configuration_is_refused_with_what_differs()
    {
        _stores.Shard("a", 1);
        StoreBuilder two = _stores.Shard("b", 2);
        ChangePlan(two, plan => plan with { SettingsHash = "other", Settings = Json("""{"agent":{"kind":"nop"}}""") });

        string error = Refused("It is another experiment than ", "a", "b", "all");
        error.Should().Contain("agent is not given there and {\"kind\":\"nop\"} here")
            .And.Contain("was made with the configuration hash, and experiment.json is of other.");
    }

    [Fact]
    public void Other_files_of_a_task_under_the_same_hash_are_refused()
    {
        foreach ((string name, int task) in new[] { ("a", 1), ("b", 2) })
            ChangePlan(_stores.Shard(name, task), plan => plan with
            { TaskDigests = new Dictionary<string, string> { ["click_task/1"] = name } });

        Refused("the files of click_task/1 differ: one of the two files was changed.", "a", "b", "all");
    }

    [Fact]
    public void Settings_that_change_no_result_may_differ()
    {
        ChangePlan(_stores.Shard("a", 1, 2), plan => plan with { Settings = Json("""{"run":{"concurrency":4}}""") });
        ChangePlan(_stores.Shard("b", 3, 4), plan => plan with { Settings = Json("""{"run":{"concurrency":8}}""") });

        (int code, string output, _) = _stores.Merge("a", "b", "all");

        code.Should().Be(0);
        output.Should().Contain("differ in what changes no result: run.concurrency is 4 there and 8 here. The one there is kept.");
    }

    [Fact]
    public void Shards_of_two_divisions_are_refused()
    {
        File.WriteAllText(Path.Combine(_stores.Shard("a", 1).Layout.ExperimentFolder, "shards.json"), "2");
        File.WriteAllText(Path.Combine(_stores.Shard("b", 2).Layout.ExperimentFolder, "shards.json"), "3");

        Refused("The cases are divided into shards in another way than in ", "a", "b", "all");
        File.WriteAllText(_stores["b", "default", "shards.json"], "2");
        _stores.Merge("a", "b", "all", "--partial").ExitCode.Should().Be(0);
        File.ReadAllText(_stores["all", "default", "shards.json"]).Should().Be("2");
    }

    [Theory]
    [InlineData("a/default/artifacts/solo/click_task/1/f1_f2/seed0/attempt1/link.patch")]
    [InlineData("a/default/artifacts/solo/link")]
    [InlineData("a/default/runs/link.jsonl")]
    [InlineData("a/default/judgements")]
    public void A_link_is_refused_and_never_followed(string link)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        _stores.Shard("a", 1);
        File.WriteAllText(_stores["secret"], "a secret of this machine");
        string path = _stores[link.Split('/')];
        if (Path.HasExtension(link))
            File.CreateSymbolicLink(path, _stores["secret"]);
        else
            Directory.CreateSymbolicLink(path, Directory.CreateDirectory(_stores["elsewhere"]).FullName);

        Refused("It is a symbolic link", "a", "all").Should().Contain(Path.Combine(link.Split('/')));
    }

    [Fact]
    public void A_store_in_use_is_not_merged_into()
    {
        _stores.Shard("a", 1);
        _stores.Merge("a", "all", "--partial").ExitCode.Should().Be(0);
        string lockFile = ClaimFiles.LockOf(_stores.Into(), MergeStores.Cases[0]);
        Directory.CreateDirectory(Path.GetDirectoryName(lockFile)!);
        File.WriteAllText(ClaimFiles.HolderOf(lockFile), ProcessIdentity.Current.ToString());

        Refused("The store that is merged into is in use: solo/click_task/1/f1_f2/seed0 by process ", "a", "all");
    }

    [Theory]
    [InlineData("a", "a/within", "It lies in a.")]
    [InlineData("a/", "a", "It is the same folder as a.")]
    [InlineData("a a b", "all", "It is the same folder as a.")]
    [InlineData("a/default", "all", "It is an experiment, not a store")]
    [InlineData("a", "b/default", "It is an experiment, not a store")]
    [InlineData("a nowhere", "all", "There is no such folder.")]
    [InlineData("a empty", "all", "It holds no experiment")]
    [InlineData("a b", ".", "a lies in it.")]
    [InlineData("a -e nothing", "all", "No store that is merged holds an experiment of this name.")]
    public void Stores_that_are_none_or_overlap_are_refused(string sources, string into, string what)
    {
        _stores.Shard("a", 1);
        _stores.Shard("b", 2);
        Directory.CreateDirectory(_stores["empty"]);

        Refused(what, [.. sources.Split(' '), into]);
    }

    [Theory]
    [InlineData("At least two stores are expected", "a")]
    [InlineData("There is no option '--frobnicate'", "a", "b", "--frobnicate")]
    public void Bad_usage_says_so(string what, params string[] arguments) =>
        _stores.Merge(arguments).Should()
            .Match<(int ExitCode, string Output, string Error)>(r => r.ExitCode == 2 && r.Error.Contains(what));

    [Fact]
    public void Many_faults_are_counted_and_the_first_are_shown()
    {
        StoreBuilder one = _stores.Shard("a");
        for (int task = 1; task <= 30; task++)
        {
            MergeStores.Add(one, "a", Sample.Run(Sample.Case(Setting.Solo, task)));
            File.Delete(one.Artifact(Sample.Case(Setting.Solo, task), "result.json"));
        }

        string error = Refused("is missing, so the record cannot be checked.", "a", "all");

        error.Should().Contain("nothing was changed: 30 faults.").And.Contain("and 10 more faults");
    }

    private string Refused(string what, params string[] arguments)
    {
        string[] before = [.. _stores.Tree(".")];
        (int code, string output, string error) = _stores.Merge([.. arguments, "--partial"]);
        code.Should().Be(2, output + error);
        error.Should().Contain(what).And.Contain("  next: ").And.NotContain("   at ");
        _stores.Tree(".").Should().Equal(before);
        return error;
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private static void ChangePlan(StoreBuilder store, Func<ExperimentPlan, ExperimentPlan> change) =>
        DurableFile.Write(store.Layout.PlanFile, StoreJson.ToFile(change(new StoreReader(store.Layout).ReadPlan()!)));
}
