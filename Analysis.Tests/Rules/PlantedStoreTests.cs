using System.Text.Json;
using FluentAssertions;
using Tandem.Analysis.Data;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Tests.Stores;
using Tandem.Analysis.Validating;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Rules;

/// <summary>A sound store passes every rule, the deep ones too; each planted fault breaks the rule that it is about, no other, and the
/// finding names the case.</summary>
[Trait("Tier", "Slow")]
public sealed class PlantedStoreTests
{
    private static readonly CaseId Solo = Sample.Case(Setting.Solo);
    private static readonly CaseId Comm = Sample.Case(Setting.CoopComm, task: 1, seed: 1);
    private static readonly CaseId Nocomm = Sample.Case(Setting.CoopNocomm, task: 1, seed: 1);

    private static readonly Dictionary<string, (string Where, Action<StoreBuilder> Plant)> Plants = new()
    {
        ["SCHEMA-01"] = ("runs/coop-comm_seed0.jsonl(3)", store =>
            StoreBuilder.InsertLine(store.RunFile(Setting.CoopComm), 3, "{\"schema_version\":1,")),
        ["DATA-01"] = ("setting coop-comm", store =>
        {
            File.Delete(store.RunFile(Setting.CoopComm));
            store.Add(Sample.Infra(Sample.Case(Setting.CoopComm))).Add(Sample.Infra(Sample.Case(Setting.CoopComm, task: 2)));
        }
        ),
        ["DATA-02"] = ($"{Comm}", store => store.Add(Sample.Limited(Comm) with { BothPassed = true })),
        ["DATA-03"] = ($"{Comm}", store => store.Add(Sample.Run(Comm) with { MergeStrategy = MergeStrategy.Union })),
        ["FIG4-01"] = ("click_task/3/f1_f2", store => store.Add(Sample.Infra(Sample.Case(Setting.Solo, task: 3)))),
        ["FIG4-02"] = ($"{Comm}", store => store.Add(Sample.Run(Comm) with { Difficulty = 0.6667, Bucket = 12 })),
        ["STORE-01"] = ($"{Comm}", store => store.Plan(Comm)),
        ["STORE-02"] = ("results.json(11)", store =>
        {
            Collect(store);
            store.Add(Sample.Run(Comm));
        }
        ),
        ["STORE-03"] = ($"{Comm}", store => store.Add(Sample.Run(Comm, attempt: 2))),
        ["STORE-04"] = ($"{Comm}", store => store.Add(Sample.Run(Comm)).Add(Sample.Run(Comm))),
        ["STORE-05"] = ($"{Solo}", store => File.Delete(store.Artifact(Solo, "solo.patch"))),
        ["STORE-06"] = ($"{Nocomm}", store => store.Add(Sample.Run(Nocomm) with { Messages = [Sent(0, 0)], MessagesCount = 1 })),
        ["STORE-07"] = ($"{Comm}", store => store.Add(Sample.Run(Comm) with { Messages = [Sent(5, 2)] })),
        ["STORE-13"] = ("judgements/planted.jsonl(3)", store =>
        {
            store.Judge(SampleJudgement.Of(Sample.Case(Setting.CoopComm)), SampleJudgement.Of(Sample.Case(Setting.CoopComm), "repetition"));
            File.Move(store.Layout.JudgementFiles().Single(), Path.Combine(store.Layout.JudgementsFolder, "planted.jsonl"));
        }
        ),
        ["STORE-15"] = ("click_task/1", store => store.Add(OnHost("one", Sample.OnImage(Sample.Run(Comm), "sha256:1")))
            .Add(OnHost("two", Sample.OnImage(Sample.Run(Nocomm), "sha256:2")))),
        ["STORE-08"] = ($"{Solo}", store => File.WriteAllText(store.Artifact(Solo, "solo.patch"), "other")),
        ["STORE-09"] = ($"{Comm}", store =>
            store.Add(Sample.Run(Comm), change: files =>
            files["conversation.json"] = StoreJson.ToFile<IReadOnlyList<MessageRecord>>([Sent(0, 0), Sent(1, 1)]))),
        ["STORE-10"] = ($"{Comm}", store => store.Add(Paid(Comm), change: files => files["trajectory.jsonl"] =
            [.. StoreJson.ToLine(SampleFiles.Event("agent1", "response", cost: 0.25m, tokens: new TokenCounts(1000, 50, null, null))),
                (byte)'\n', .. StoreJson.ToLine(SampleFiles
                .Event("agent2", "response", cost: 0.15m, tokens: new TokenCounts(1000, 50, null, null))), (byte)'\n'])),
        ["STORE-11"] = ($"{Comm}", store => store
            .Add(Sample.Run(Comm), change: files => files["eval.json"] = SampleFiles.Of(Sample.Run(Comm, passed: false))["eval.json"])),
        ["STORE-12"] = ($"{Comm}", store => store.Add(Sample.Run(Comm), change: files => files["trajectory.jsonl"] =
            [.. files["trajectory.jsonl"],
                .. StoreJson.ToLine(SampleFiles.Event("agent1", "command", $"export OPENAI_API_KEY={Keys.OpenAi}")), (byte)'\n'])),
    };

    // What only warns breaks for nothing: see SuspectRuleTests.
    public static TheoryData<string> RuleIds => [.. Validation.Rules.Where(rule => rule is not SuspectRule).Select(rule => rule.Id)];

    [Fact]
    public void A_sound_store_passes_every_rule_before_and_after_it_is_collected()
    {
        using var store = StoreBuilder.Sound();
        store.Add(Paid(Comm));
        Failing(store.Validate(isDeep: true)).Should().BeEmpty();

        Collect(store);
        Failing(store.Validate(isDeep: true)).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(RuleIds))]
    public void A_planted_fault_breaks_its_rule_and_no_other(string rule)
    {
        using var store = StoreBuilder.Sound();
        (string where, Action<StoreBuilder> plant) = Plants[rule];
        plant(store);

        ValidationReport report = store.Validate(isDeep: true);

        Failing(report).Should().Equal(rule);
        report[rule].Outcome.Findings.Where(finding => finding.Severity == Severity.Error).Should().ContainSingle().Which.Where
            .Should().Be(where);
        report[rule].Rule.Remedy.Should().NotBeEmpty();
    }

    [Fact]
    public void Without_deep_the_rules_that_read_files_are_left_out_and_the_last_line_says_so()
    {
        using var store = StoreBuilder.Sound();

        ValidationReport report = store.Validate();

        report.IsDeep.Should().BeFalse();
        report.Rules.Select(rule => rule.Rule.Id).Should()
            .NotContain(["STORE-08", "STORE-09", "STORE-10", "STORE-11", "STORE-12"])
            .And.HaveCount(Validation.Rules.Count(rule => !rule.IsDeep));
    }

    [Fact]
    public void Three_solo_seeds_give_four_difficulties_and_four_buckets()
    {
        using var store = new StoreBuilder();
        for (int passed = 0; passed <= 3; passed++)
        {
            for (int seed = 0; seed < 3; seed++)
                store.Add(Sample.Run(Sample.Case(Setting.Solo, task: 1 + passed, seed), passed: seed < passed));
            store.Add(Sample.Run(Sample.Case(Setting.CoopComm, task: 1 + passed)));
        }
        Collect(store);

        using var results = JsonDocument.Parse(File.ReadAllBytes(store.Layout.ResultsFile));
        var byTask = results.RootElement.EnumerateArray()
            .GroupBy(r => r.GetProperty("task_id").GetInt32())
            .ToDictionary(task => task.Key, task =>
            task.Select(r => (r.GetProperty("difficulty").GetDouble(), r.GetProperty("bucket").GetInt32())).Distinct().Single());

        byTask.Should().Equal(new Dictionary<int, (double, int)> { [1] = (1, 9), [2] = (0.6667, 6), [3] = (0.3333, 3), [4] = (0, 0) });
        Failing(store.Validate(isDeep: true)).Should().BeEmpty();
    }

    private static MessageRecord Sent(double sentSeconds, double deliveredSeconds) =>
        new("agent1", "agent2", "I change core.py", FixedClock.Time.AddSeconds(sentSeconds),
            FixedClock.Time.AddSeconds(deliveredSeconds), null, 1, 1, 2);

    private static RunRecord Paid(CaseId id)
    {
        RunRecord record = Sample.Run(id);
        return record with
        {
            Agents = [.. record.Agents.Select(agent =>
                agent with { ModelCalls = 1, Cost = 0.25m, Tokens = new TokenCounts(1000, 50, null, null) })],
            TotalCost = 0.5m,
            Tokens = new TokenCounts(2000, 100, null, null),
        };
    }

    private static IEnumerable<string> Failing(ValidationReport report) =>
        report.Rules.Where(rule => !rule.Outcome.Passed).Select(rule => rule.Rule.Id);

    private static RunRecord OnHost(string host, RunRecord record) =>
        record with { Provenance = record.Provenance with { Host = host } };

    private static void Collect(StoreBuilder store) =>
        DurableFile.Write(store.Layout.ResultsFile, stream => new Collector().Write(stream, [store.Read()]));
}
