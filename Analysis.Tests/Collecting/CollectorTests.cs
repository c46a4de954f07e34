using System.Text.Json;
using FluentAssertions;
using Tandem.Analysis.Data;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Collecting;

public sealed class CollectorTests
{
    private static readonly string[] FixedFields =
    [
        "repo", "task_id", "features", "setting", "seed", "run_name", "model", "started_at", "duration_seconds", "total_cost",
            "total_steps", "agent_status",
        "infra_error", "both_passed", "feature1_passed", "feature2_passed", "merge_outcome", "merge_status", "merge_strategy",
            "eval_error", "messages",
        "messages_count", "difficulty", "bucket",
    ];

    [Fact]
    public void Every_record_has_the_24_fields()
    {
        using var store = StoreBuilder.Sound();

        using var collected = JsonDocument.Parse(Collect(store));

        FixedFields.Should().HaveCount(24);
        collected.RootElement.GetArrayLength().Should().Be(10);
        foreach (JsonElement record in collected.RootElement.EnumerateArray())
            record.EnumerateObject().Select(member => member.Name).Should().Contain(FixedFields);
    }

    [Fact]
    public void All_records_of_a_pair_get_the_difficulty_of_its_solo_runs()
    {
        using var store = StoreBuilder.Sound();

        IReadOnlyList<RunRecord> records = CollectedRecords(store);

        records.Where(r => r.TaskId == 1).Should().HaveCount(5).And.OnlyContain(r => r.Difficulty == 0.6667 && r.Bucket == 6);
        records.Where(r => r.TaskId == 2).Should().HaveCount(5).And.OnlyContain(r => r.Difficulty == 0 && r.Bucket == 0);
    }

    [Fact]
    public void A_pair_without_a_solo_verdict_keeps_null()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Sample.Case(Setting.CoopComm)));

        CollectedRecords(store).Should().ContainSingle().Which.Should().Match<RunRecord>(r => r.Difficulty == null && r.Bucket == null);
    }

    [Fact]
    public void Difficulty_can_be_left_out()
    {
        using var store = StoreBuilder.Sound();

        CollectedRecords(store, withDifficulty: false).Should().OnlyContain(r => r.Difficulty == null && r.Bucket == null);
    }

    [Fact]
    public void The_records_stand_in_the_order_of_the_plan_and_strangers_behind_them()
    {
        using var store = new StoreBuilder();
        CaseId[] plan = [Sample.Case(Setting.CoopComm, 2), Sample.Case(Setting.Solo, 2), Sample.Case(Setting.Solo, 1)];
        store.Plan(plan);
        store.Add(Sample.Run(Sample.Case(Setting.Solo, 9)), isPlanned: false);
        store.Add(Sample.Run(Sample.Case(Setting.CoopNocomm, 9)), isPlanned: false);
        foreach (CaseId id in plan.Reverse())
            store.Add(Sample.Run(id));

        CollectedRecords(store).Select(r => r.CaseId).Should()
            .Equal([.. plan, Sample.Case(Setting.CoopNocomm, 9), Sample.Case(Setting.Solo, 9)]);
    }

    [Fact]
    public void A_case_without_a_record_that_counts_stays_visible_by_its_latest()
    {
        using var store = new StoreBuilder();
        CaseId id = Sample.Case(Setting.Solo);
        store.Add(Sample.Infra(id, attempt: 1));
        store.Add(Sample.Interrupted(id, attempt: 2));

        CollectedRecords(store).Should().ContainSingle().Which.Should().Match<RunRecord>(r => r.Attempt == 2 && r.Interrupted
            && r.BothPassed == null);
    }

    [Fact]
    public void An_exceeded_limit_makes_both_passed_false()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Sample.Case(Setting.Solo)) with { AgentStatus = AgentStatus.LimitsExceeded, BothPassed = true });

        CollectedRecords(store).Should().ContainSingle().Which.Should().Match<RunRecord>(r => r.BothPassed == false
            && r.Feature1Passed == true && r.Bucket == 9);
    }

    [Fact]
    public void An_infrastructure_error_keeps_its_missing_verdict_even_over_a_limit()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Infra(Sample.Case(Setting.Solo)) with { AgentStatus = AgentStatus.LimitsExceeded });

        CollectedRecords(store).Should().ContainSingle().Which.BothPassed.Should().BeNull();
    }

    [Fact]
    public void The_same_store_gives_the_same_bytes_again()
    {
        using var store = StoreBuilder.Sound();

        Collect(store).Should().Equal(Collect(store));
    }

    [Fact]
    public void Nothing_but_the_three_values_differs_from_the_run_file()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Sample.Case(Setting.Solo), passed: false) with
        { Language = "{\"difficulty\":null,\"both_passed\":7} \u00fc \U0001f600" });
        string stored = File.ReadAllLines(store.RunFile(Setting.Solo))[1];

        string collected = System.Text.Encoding.UTF8.GetString(Collect(store));

        collected.Should().Be("[\n"
            + stored.Replace("\"difficulty\":null,\"bucket\":null,", "\"difficulty\":1,\"bucket\":9,", StringComparison.Ordinal) + "\n]\n");
    }

    [Fact]
    public void A_line_with_a_carriage_return_or_blanks_around_it_is_collected_all_the_same()
    {
        using var store = StoreBuilder.Sound();
        byte[] before = Collect(store);
        StoreBuilder.ChangeLine(store.RunFile(Setting.Solo), 2, line => "  " + line + " \r");

        Collect(store).Should().Equal(before);
    }

    [Fact]
    public void A_long_line_is_collected_whole()
    {
        using var store = new StoreBuilder();
        RunRecord sample = Sample.Run(Sample.Case(Setting.CoopComm));
        store.Add(sample with { Messages = [sample.Messages[0] with { Message = new string('m', 300_000) }] });

        CollectedRecords(store).Should().ContainSingle().Which.Messages[0].Message.Should().HaveLength(300_000);
    }

    [Fact]
    public void An_experiment_without_records_gives_an_empty_array()
    {
        using StoreBuilder store = new StoreBuilder().Plan(Sample.Case(Setting.Solo));

        Collect(store).Should().Equal("[\n]\n"u8.ToArray());
    }

    [Fact]
    public void Several_experiments_go_into_one_array()
    {
        using var folder = new TempFolder();
        using var first = new StoreBuilder("one", folder.Path);
        using var second = new StoreBuilder("two", folder.Path);
        first.Add(Sample.Run(Sample.Case(Setting.Solo)));
        second.Add(Sample.Run(Sample.Case(Setting.Solo)));

        using var stream = new MemoryStream();
        new Collector().Write(stream, [first.Read(), second.Read()]);

        using var collected = JsonDocument.Parse(stream.ToArray());
        collected.RootElement.EnumerateArray().Select(r => r.GetProperty("experiment").GetString()).Should().Equal("one", "two");
    }

    [Fact]
    public void A_run_file_that_is_rewritten_meanwhile_is_an_error_and_never_garbled()
    {
        using var store = StoreBuilder.Sound();
        var dataset = store.Read();
        File.WriteAllText(store.RunFile(Setting.Solo), "something else\n");

        using var stream = new MemoryStream();
        new Collector().Invoking(c => c.Write(stream, [dataset])).Should().Throw<UnreadableStoreException>()
            .WithMessage("*solo_seed0.jsonl was changed while it was read*");
    }

    private static byte[] Collect(StoreBuilder store, bool withDifficulty = true)
    {
        using var stream = new MemoryStream();
        new Collector(withDifficulty).Write(stream, [store.Read()]);
        return stream.ToArray();
    }

    private static IReadOnlyList<RunRecord> CollectedRecords(StoreBuilder store, bool withDifficulty = true)
    {
        using var folder = new TempFolder();
        string path = folder.File("results.json");
        File.WriteAllBytes(path, Collect(store, withDifficulty));
        var file = new ResultsFile(path);
        StoredRun[] runs = [.. file.Read()];
        file.Faults.Should().BeEmpty();
        return [.. runs.Select(run => run.Record)];
    }
}
