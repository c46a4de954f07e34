using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Merging;

/// <summary>What becomes of sound stores.</summary>
public sealed class MergeTests : IDisposable
{
    private readonly MergeStores _stores = new();

    public void Dispose() => _stores.Dispose();

    [Fact]
    public void Shards_become_one_store_that_validates_and_has_all_their_files()
    {
        _stores.Shard("a", 1, 2);
        _stores.Shard("b", 3, 4);

        (int code, string output, string error) = _stores.Merge("a", "b", "all");

        (code, error).Should().Be((0, ""), output);
        output.Should().StartWith("2 stores merged into all\n").And.Contain("default: 16 of 16 rules pass")
            .And.MatchRegex(@"\n  a +default +11 +2 +0 ").And.MatchRegex(@"\n  total +22 +4 +0 ")
            .And.Contain("next: ./run.sh collect default --store all");
        _stores.Tree("all").Should().BeEquivalentTo(_stores.Tree("a").Union(_stores.Tree("b")));
        new StoreReader(_stores.Into()).ReadRuns().Select(run => run.Record.CaseId).Should().BeEquivalentTo(MergeStores.Cases);
    }

    [Fact]
    public void Merged_stores_are_merged_again()
    {
        _stores.Shard("a", 1);
        _stores.Shard("b", 2);
        _stores.Shard("c", 3, 4);
        _stores.Merge("a", "b", "ab", "--partial").ExitCode.Should().Be(0);
        _stores.Merge("b", "c", "bc", "--partial").ExitCode.Should().Be(0);

        (int code, string output, string error) = _stores.Merge("ab", "bc", "all");

        code.Should().Be(0, output + error);
        output.Should().MatchRegex(@"\n  bc +default +\d+ +2 +1 ");
        _stores.Tree("all").Should().BeEquivalentTo(_stores.Tree("a").Union(_stores.Tree("b")).Union(_stores.Tree("c")));
    }

    [Fact]
    public void Cases_that_only_one_plan_has_are_added_behind_those_of_the_first()
    {
        using StoreBuilder one = new StoreBuilder("default", _stores["a"]).Add(Sample.Run(MergeStores.Cases[2]));
        StoreBuilder two = new StoreBuilder("default", _stores["b"]).Plan(MergeStores.Cases[2]);
        MergeStores.Add(two, "b", Sample.Run(MergeStores.Cases[0]));

        _stores.Merge("a", "b", "all").ExitCode.Should().Be(0);

        new StoreReader(_stores.Into()).ReadPlan()!.Cases.Should().Equal(MergeStores.Cases[2], MergeStores.Cases[0]);
    }

    [Fact]
    public void A_dry_run_checks_and_changes_nothing()
    {
        _stores.Shard("a", 1, 2);

        (int code, string output, _) = _stores.Merge("a", "all", "--dry-run");

        code.Should().Be(0);
        output.Should().StartWith("1 store can be merged into all; nothing was changed (--dry-run)\n");
        Directory.Exists(_stores["all"]).Should().BeFalse();
    }

    [Fact]
    public void Programs_get_the_result_as_JSON()
    {
        _stores.Shard("a", 1, 2);

        using var json = JsonDocument.Parse(_stores.Merge("a", "all", "--json", "--partial").Output);

        json.RootElement.GetProperty("stores")[0].GetProperty("attempts_new").GetInt32().Should().Be(2);
        json.RootElement.GetProperty("validation")[0].GetProperty("passed").GetBoolean().Should().BeTrue();
    }

    [Fact]
    public void Named_experiments_alone_are_merged_and_collected_results_are_known_to_be_older()
    {
        StoreBuilder one = _stores.Shard("a", 1, 2);
        _stores.Shard("b", 3, 4);
        new StoreBuilder("other", _stores["a"]).Add(Sample.Run(MergeStores.Cases[0]));
        one.Call("collect").ExitCode.Should().Be(0);
        _stores.Merge("a", "all", "-e", "default", "--partial").ExitCode.Should().Be(0);
        StoreLayout.Experiments(_stores["all"]).Should().Equal("default");
        File.Exists(_stores.Into().ResultsFile).Should().BeFalse("each store collects its own");
        File.Copy(one.Layout.ResultsFile, _stores.Into().ResultsFile);

        (int code, string output, _) = _stores.Merge("b", "all", "-e", "default");

        code.Should().Be(0, output);
        output.Should().Contain("results.json and the report are older than what was merged");
    }

    [Fact]
    public void What_is_known_of_gold_patches_is_added_where_nothing_is_known()
    {
        _stores.Shard("a", 1, 2, 3, 4);
        Directory.CreateDirectory(StoreLayout.GoldFolder(_stores["a"]));
        File.WriteAllText(Path.Combine(StoreLayout.GoldFolder(_stores["a"]), "click_1_f1_00.json"), "{}");

        _stores.Merge("a", "all").ExitCode.Should().Be(0);

        File.ReadAllText(Path.Combine(StoreLayout.GoldFolder(_stores["all"]), "click_1_f1_00.json")).Should().Be("{}");
    }

    [Fact]
    public void Judgements_and_calls_are_merged_too()
    {
        StoreBuilder one = _stores.Shard("a", 1, 2).Judge(SampleJudgement.Of(MergeStores.Cases[0]));
        StoreBuilder two = _stores.Shard("b", 3, 4).Judge(SampleJudgement.Of(MergeStores.Cases[2]));
        one.ImportLabels($"case,rubric,judge,label\n{MergeStores.Cases[0]},symptoms,ada,work-overlap\n").ExitCode.Should().Be(0);

        (int code, string output, string error) = _stores.Merge("a", "b", "all");

        code.Should().Be(0, output + error);
        new JudgementReader(_stores.Into()).Read().Should().HaveCount(2);
        new LabelReader(_stores.Into()).Read().Should().ContainSingle();
        two.Judge(SampleJudgement.Of(MergeStores.Cases[0], label: "divergent-architecture"));
        (code, _, error) = _stores.Merge("a", "b", "all");
        code.Should().Be(2);
        error.Should().Contain("The record of judgement ").And.Contain(" is another one than in ");
    }

    [Fact]
    public void One_table_of_labels_may_be_imported_into_each_shard_at_another_time()
    {
        string table = $"case,rubric,judge,label\n{MergeStores.Cases[0]},symptoms,ada,work-overlap\n"
            + $"{MergeStores.Cases[2]},symptoms,ada,none\n";
        StoreBuilder[] shards = [_stores.Shard("a", 1, 2), _stores.Shard("b", 3, 4)];
        shards[0].ImportLabels(table).ExitCode.Should().Be(0);
        shards[1].ImportLabels(table, "copy.csv").ExitCode.Should().Be(0);
        StoreBuilder.ChangeLine(shards[1].Layout.LabelFiles().Single(), 1,
            line => Regex.Replace(line, "\"created_at\":\"[^\"]*\"", "\"created_at\":\"2026-09-09T00:00:00+00:00\""));

        (int code, string output, string error) = _stores.Merge("a", "b", "all");

        code.Should().Be(0, output + error);
        var labels = new LabelReader(_stores.Into());
        labels.Read().Select(stored => (stored.Record.CaseId, stored.Record.Label, stored.Record.JudgedAttempt)).Should().Equal(
            [(MergeStores.Cases[0], "work-overlap", 1), (MergeStores.Cases[2], "none", 1)], "each store knows the attempts of its cases");
        labels.Faults.Should().BeEmpty();
        string[] merged = _stores.Tree("all");
        _stores.Merge("b", "a", "all").ExitCode.Should().Be(0);
        _stores.Tree("all").Should().Equal(merged, "nothing is new");
        StoreBuilder.ChangeLine(shards[1].Layout.LabelFiles().Single(), 3, line => line.Replace("none", "other", StringComparison.Ordinal));
        (code, _, error) = _stores.Merge("a", "b", "all");
        code.Should().Be(2);
        error.Should().Contain("judgements/labels/").And.Contain("one of the two was changed");
    }

    [Fact]
    public void A_store_whose_name_holds_a_blank_is_quoted_in_each_command()
    {
        _stores.Shard("a", 1, 2, 3, 4);

        (int code, string output, string error) = _stores.Merge("a", "all of it");

        code.Should().Be(0, output + error);
        output.Should().Contain("./run.sh collect default --store 'all of it', then ./run.sh report default --store 'all of it'");
        StoreBuilder merged = new("default", _stores["all of it"]);
        string table = $"case,rubric,judge,label\n{MergeStores.Cases[0]},symptoms,ada,none\n";
        merged.ImportLabels(table).ExitCode.Should().Be(0);
        File.WriteAllText(merged.Layout.LabelFiles().Single(), "");
        merged.ImportLabels(table).Error.Should().Contain($"./run.sh validate default --store '{_stores["all of it"]}'");
    }

    [Fact]
    public void A_record_may_be_longer_than_any_buffer()
    {
        StoreBuilder one = _stores.Shard("a", 1);
        MergeStores.Add(one, "a", Sample.Run(MergeStores.Cases[1]) with { EvalError = null, Language = new string('x', 300_000) });

        _stores.Merge("a", "all", "--partial").ExitCode.Should().Be(0);

        Encoding.UTF8.GetString(File.ReadAllBytes(Directory.EnumerateFiles(_stores.Into().RunsFolder).Single())).Should().Contain("xxx");
    }
}
