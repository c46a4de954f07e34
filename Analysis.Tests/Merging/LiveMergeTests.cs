using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Merging;

/// <summary>Stores that are still written to, and merges that were cut off.</summary>
[Trait("Tier", "Slow")]
public sealed class LiveMergeTests : IDisposable
{
    private readonly MergeStores _stores = new();

    public void Dispose() => _stores.Dispose();

    [Fact]
    public void A_merge_may_be_repeated_while_the_stores_grow()
    {
        StoreBuilder one = _stores.Shard("a", 1);
        _stores.Shard("b", 3, 4);
        (int code, string output, _) = _stores.Merge("a", "b", "all", "--partial");
        code.Should().Be(0, output);
        string[] before = _stores.Tree("all");

        _stores.Merge("a", "b", "all", "--partial").Output.Should().MatchRegex(@"\n  total +0 +0 +3 +0 B\n");
        _stores.Tree("all").Should().Equal(before);

        MergeStores.Add(one, "a", Sample.Run(MergeStores.Cases[1]));
        (code, output, _) = _stores.Merge("a", "b", "all");
        code.Should().Be(0, output);
        output.Should().MatchRegex(@"\n  a +default +6 +1 +1 ");
        _stores.Tree("all").Should().BeEquivalentTo(_stores.Tree("a").Union(_stores.Tree("b")));
    }

    [Fact]
    public void What_a_live_writer_has_not_ended_is_left_for_the_next_merge()
    {
        StoreBuilder one = _stores.Shard("a", 1, 2);
        string file = MergeStores.OwnFile(one, "a");
        byte[] whole = File.ReadAllBytes(file);
        File.WriteAllBytes(file, whole[..^40]);
        // A journal that its process goes on with, and an answer on its way.
        string attempt = Path.Combine(one.Layout.AttemptFolder(MergeStores.Cases[2], 1));
        Directory.CreateDirectory(Path.Combine(attempt, "gateway", "solo"));
        File.Copy(one.Artifact(MergeStores.Cases[0], StoreLayout.AttemptFile), Path.Combine(attempt, StoreLayout.AttemptFile));
        File.WriteAllText(Path.Combine(attempt, StoreLayout.TrajectoryFile), "{}\n{\"to");
        File.WriteAllText(Path.Combine(attempt, StoreLayout.ResultFile), "written, and its record not yet appended");
        File.WriteAllText(Path.Combine(attempt, "gateway", "solo", "0001.answer"), "Hel");
        File.WriteAllText(Path.Combine(attempt, "x.tmp"), "half");

        (int code, string output, string error) = _stores.Merge("a", "all", "--partial");

        code.Should().Be(0, output + error);
        output.Should().Contain(Path.Combine("a", "default", "runs", "solo_seed0_a.jsonl") + " ends within a line; ")
            .And.Contain("2 attempts have no record yet");
        string into = _stores.Into().AttemptFolder(MergeStores.Cases[2], 1);
        File.ReadAllText(Path.Combine(into, StoreLayout.TrajectoryFile)).Should().Be("{}\n");
        Directory.EnumerateFiles(into, "*", SearchOption.AllDirectories).Select(Path.GetFileName).Should()
            .BeEquivalentTo(StoreLayout.AttemptFile, StoreLayout.TrajectoryFile, "0001.answer");

        File.WriteAllBytes(file, whole);
        File.AppendAllText(Path.Combine(attempt, StoreLayout.TrajectoryFile), "o\":1}\n");
        File.AppendAllText(Path.Combine(attempt, "gateway", "solo", "0001.answer"), "lo");
        _stores.Merge("a", "all", "--partial").ExitCode.Should().Be(0);
        File.ReadAllText(Path.Combine(into, StoreLayout.TrajectoryFile)).Should().Be("{}\n{\"too\":1}\n");
        File.ReadAllText(Path.Combine(into, "gateway", "solo", "0001.answer")).Should().Be("Hello");
        new StoreReader(_stores.Into()).ReadRuns().Should().HaveCount(2);
    }

    [Fact]
    public void Of_a_worker_that_came_back_only_what_its_record_names_is_merged()
    {
        StoreBuilder one = _stores.Shard("a");
        MergeStores.Add(one, "a", Sample.Interrupted(MergeStores.Cases[0]));
        string trajectory = one.Artifact(MergeStores.Cases[0], StoreLayout.TrajectoryFile);
        byte[] named = File.ReadAllBytes(trajectory);
        File.AppendAllText(trajectory, "{}\n");

        (int code, string output, string error) = _stores.Merge("a", "all", "--partial");

        code.Should().Be(0, output + error);
        File.ReadAllBytes(Path.Combine(_stores.Into().AttemptFolder(MergeStores.Cases[0], 1), StoreLayout.TrajectoryFile)).Should()
            .Equal(named);
    }

    [Fact]
    public void What_a_killed_merge_left_is_completed()
    {
        StoreBuilder one = _stores.Shard("a", 1, 2);
        _stores.Shard("b", 3, 4);
        string[] whole = [.. _stores.Tree("a").Union(_stores.Tree("b")).Order(StringComparer.Ordinal)];
        // Killed while it copied files: a plan, some files, one under its temporary name, one that a power failure emptied, a snapshot.
        string attempt = _stores.Into().AttemptFolder(MergeStores.Cases[0], 1);
        Directory.CreateDirectory(attempt);
        File.Copy(one.Layout.PlanFile, _stores.Into().PlanFile);
        File.Copy(one.Artifact(MergeStores.Cases[0], StoreLayout.AttemptFile), Path.Combine(attempt, StoreLayout.AttemptFile));
        File.WriteAllText(Path.Combine(attempt, "solo.patch"), "");
        File.WriteAllText(Path.Combine(attempt, StoreLayout.TrajectoryFile + ".merge.tmp"), "half");
        Directory.CreateDirectory(_stores["all", ".merge-1", "0", "default", "runs"]);
        File.WriteAllText(_stores["all", ".merge-1", "0", "default", "runs", "x.jsonl"], "half");
        one.Call("validate", "--partial").ExitCode.Should().Be(0);
        _stores.Merge("a", "b", "all", "--dry-run").ExitCode.Should().Be(0);

        (int code, string output, string error) = _stores.Merge("a", "b", "all");

        code.Should().Be(0, output + error);
        _stores.Tree("all").Should().Equal(whole);
    }

    [Fact]
    public void A_second_attempt_in_another_workers_store_fits_in()
    {
        StoreBuilder one = _stores.Shard("a", 2, 3, 4);
        MergeStores.Add(one, "a", Sample.Infra(MergeStores.Cases[0]));
        StoreBuilder two = _stores.Shard("b");
        MergeStores.Add(two, "b", Sample.Run(MergeStores.Cases[0], attempt: 2));

        two.Call("validate").Should().Match<(int ExitCode, string Output, string Error)>(r => r.ExitCode == 1
            && r.Output.Contains("neither a record nor a folder of attempt 1, though there is attempt 2"));
        two.Call("validate", "--partial").ExitCode.Should().Be(0);
        (int code, string output, _) = _stores.Merge("a", "b", "all");
        code.Should().Be(0, output);
    }
}
