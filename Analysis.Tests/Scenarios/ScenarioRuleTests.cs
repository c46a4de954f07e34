using FluentAssertions;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Scenarios.Rules;
using Tandem.Analysis.Tests.Stores;
using Tandem.Analysis.Validating;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;
using Xunit;

namespace Tandem.Analysis.Tests.Scenarios;

/// <summary>A sound store passes every rule; each planted fault breaks the rule that it is about, and the finding names the
/// place.</summary>
public sealed class ScenarioRuleTests
{
    private static readonly ScenarioCaseId s_case = PlantedScenarioStore.Id("plain", "s1");

    private static readonly Dictionary<string, (string Where, string What, Action<PlantedScenarioStore> Plant)> s_plants = new()
    {
        ["SCEN-01 damaged line"] = ("runs/plain_run1.jsonl(2)", "should be closed", store =>
            StoreBuilder.InsertLine(store.RunFile("plain"), 2, "{\"type\":")),
        ["SCEN-01 no metadata"] = ("runs/plain_run9.jsonl(2)", "metadata line", store => File.WriteAllText(store.RunFile("plain", 9),
            "{}\n" + File.ReadAllLines(store.RunFile("plain"))[1] + "\n")),
        ["SCEN-01 law"] = ("runs/plain_run1_2.jsonl(2)", "verdict is not that of its checks", store =>
            store.Add(store.Record(s_case, attempt: 2) with { Passed = false })),
        ["SCEN-02 missing"] = ("scenario/plain/s3/rep1", "no record; to complete it: ./run.sh --experiment talks", store => store
            .WritePlan(plan => WithScenario(plan, "s3")).Add([.. store.Plan.Cases.Where(id => id.Scenario == "s3").Skip(1)
                .Select(id => store.Record(id))])),
        ["SCEN-02 twice"] = ($"{s_case}", "nobody asked for the later one", store => store.Add(store.Record(s_case, attempt: 2))),
        ["SCEN-02 copied"] = ($"{s_case}", "which one counts?", store => store.Add(store.Record(s_case))),
        ["SCEN-03"] = ($"{s_case}", "its answer is empty", store => store.Add(
            store.Record(s_case, attempt: 2) with { ResponseText = " ", AttemptReason = AttemptReason.Force })),
        ["SCEN-05 expectations"] = ($"{s_case}", "other expectations", store => store.WritePlan(plan => plan with
        {
            Conversations = [plan.Conversations[0] with { ExpectationsDigest = PlantedScenarioStore.Digest("new") },
                .. plan.Conversations.Skip(1)],
        })),
        ["SCEN-05 checks"] = ($"{s_case}", "but other checks", store => store.Add(store.Record(s_case, attempt: 2) with
        {
            AttemptReason = AttemptReason.Force,
            Checks = [new ScenarioCheck("another", true, null)],
        })),
        ["SCEN-06 gap"] = ($"{s_case}", "no record of attempt 2", store => store.Add(store.Failed(s_case, attempt: 3))),
        ["SCEN-06 class"] = ($"{s_case}", "no infrastructure error", store =>
            store.Add(store.Failed(s_case, attempt: 2, ErrorClass.Agent))),
        ["SCEN-07 temperature"] = ("runs/plain_run1_2.jsonl(1)", "its temperature is 0.9", store => store.AddWith(
            metadata => metadata, store.Failed(s_case, attempt: 2) with { Temperature = 0.9 })),
        ["SCEN-07 model"] = ("runs/plain_run1_2.jsonl(1)", "its model is other-1", store => store.AddWith(
            metadata => metadata, store.Failed(s_case, attempt: 2) with { Model = "other-1" })),
        ["SCEN-08"] = ("runs/plain_run1_2.jsonl(2)", "fingerprint", store => store.Add(store.Failed(s_case, attempt: 2) with
        {
            Error = new ScenarioError(ErrorClass.ModelTransport, $"key {Keys.OpenAi} was refused"),
        })),
        ["SCEN-09"] = ("results.json(2)", "stale", store =>
        {
            store.Call("collect");
            store.Add(store.Record(s_case, passed: false, attempt: 2) with { AttemptReason = AttemptReason.Force });
        }
        ),
    };

    public static TheoryData<string> Plants => [.. s_plants.Keys];

    [Fact]
    public void A_sound_store_passes_every_rule_before_and_after_it_is_collected()
    {
        using var store = PlantedScenarioStore.Sound();
        Failing(Validate(store)).Should().BeEmpty();

        store.Call("collect").ExitCode.Should().Be(0);

        ValidationReport report = Validate(store);
        Failing(report).Should().BeEmpty();
        report["SCEN-09"].Outcome.Note.Should().Be("up to date");
        report.Rules.SelectMany(rule => rule.Outcome.Findings).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Plants))]
    public void A_planted_fault_breaks_its_rule_and_no_other(string plant)
    {
        using var store = PlantedScenarioStore.Sound();
        s_plants[plant].Plant(store);

        ValidationReport report = Validate(store);

        string rule = plant[..7];
        Failing(report).Should().Equal(rule);
        report[rule].Outcome.Findings.Where(finding => finding.Severity == Severity.Error)
            .Should().Contain(finding => finding.Where == s_plants[plant].Where
                && finding.What.Contains(s_plants[plant].What, StringComparison.Ordinal));
        report[rule].Rule.Remedy.Should().NotBeEmpty();
    }

    [Fact]
    public void An_empty_file_that_a_killed_writer_left_is_a_warning()
    {
        using var store = PlantedScenarioStore.Sound();
        File.WriteAllText(store.RunFile("plain", 9), "");

        ValidationReport report = Validate(store);

        Failing(report).Should().BeEmpty();
        report["SCEN-01"].Outcome.Findings.Should().ContainSingle().Which.Should().Match<Finding>(finding =>
            finding.Where == "runs/plain_run9.jsonl" && finding.Severity == Severity.Warning
            && finding.What.StartsWith("The file is empty: a crash ended its writer before the first line"));
    }

    [Fact]
    public void A_repetition_of_which_nothing_is_there_is_named_with_the_command_that_completes_it()
    {
        using var store = PlantedScenarioStore.Sound();
        File.Delete(store.RunFile("formal", 2));

        ValidationReport report = Validate(store);

        Failing(report).Should().Equal("SCEN-02", "SCEN-04");
        report["SCEN-04"].Outcome.Findings.Should().ContainSingle().Which.ToString().Should().Be(
            "variant formal: nothing that counts of repetition 2 of 2; to complete it: ./run.sh --experiment talks");
        Failing(Validate(store, isPartial: true)).Should().BeEmpty();
    }

    [Fact]
    public void A_torn_last_line_and_missing_data_before_a_verdict_are_no_failures()
    {
        using var store = new PlantedScenarioStore(scenarios: 1, variants: ["plain"], repetitions: 1);
        store.Add(store.Failed(s_case), store.Interrupted(s_case, 2), store.Record(s_case, attempt: 3) with
        {
            Reruns = 1,
            FailedTries = [new ScenarioError(ErrorClass.RateLimit, "429")],
        });
        File.AppendAllText(store.RunFile("plain"), "{\"type\":\"scena");

        ValidationReport report = Validate(store);

        Failing(report).Should().BeEmpty();
        report["SCEN-01"].Outcome.Findings.Should().ContainSingle().Which.Severity.Should().Be(Severity.Warning);
        report["SCEN-06"].Outcome.Note.Should().Be("1 infrastructure errors (model_transport 1), 1 interrupted, 1 reruns within "
            + "attempts; none of them is a failure");
    }

    [Fact]
    public void An_attempt_that_was_begun_and_left_no_record_is_no_gap_and_leaves_the_case_interrupted()
    {
        using var store = new PlantedScenarioStore(scenarios: 1, variants: ["plain"], repetitions: 1);
        store.Begin(store.Interrupted(s_case));
        Validate(store)["SCEN-02"].Outcome.Findings.Should().ContainSingle().Which.What.Should().StartWith(
            "missing data: begun, and no record was left");

        store.Add(store.Record(s_case, attempt: 2));

        Failing(Validate(store)).Should().BeEmpty();
    }

    [Fact]
    public void An_empty_answer_that_calls_tools_passes_where_the_plan_allows_it_and_is_counted()
    {
        using var store = PlantedScenarioStore.Sound();
        ScenarioRecord called = store.Record(s_case, attempt: 2) with
        {
            AttemptReason = AttemptReason.Force,
            ResponseText = "",
            Turns = [store.Record(s_case).Turns[0]],
            EndedBy = ScenarioEnd.ToolWithoutAnswer,
        };
        store.Add(called);
        Failing(Validate(store)).Should().Equal("SCEN-03");

        store.WritePlan(plan => plan with { AllowsEmptyText = true });

        Failing(Validate(store)).Should().BeEmpty();
        Validate(store)["SCEN-03"].Outcome.Note.Should().Be(
            "1 empty answers among 8 records that count; 1 of them call tools, which the plan allows");
    }

    [Fact]
    public void Records_outside_of_the_plan_and_of_earlier_definitions_are_named_and_count_no_more()
    {
        using var store = PlantedScenarioStore.Sound();
        store.Add(store.Record(PlantedScenarioStore.Id("plain", "gone")))
            .Add(store.Record(s_case, attempt: 2) with { ConversationDigest = PlantedScenarioStore.Digest("old") });

        ValidationReport report = Validate(store);

        Failing(report).Should().BeEmpty();
        report["SCEN-02"].Outcome.Findings.Should().ContainSingle().Which.ToString().Should().Be(
            "scenario/plain/gone/rep1: the plan does not have this case; its record is left out of every number");
        report["SCEN-05"].Outcome.Findings.Should().ContainSingle().Which.ToString().Should().Be(
            $"{s_case}: stale: it was asked by another definition, and counts no more [runs/plain_run1_3.jsonl(2)]");
    }

    [Fact]
    public void Simulated_and_real_models_are_never_mixed()
    {
        using var store = PlantedScenarioStore.Sound();
        store.Add(store.Failed(s_case, attempt: 2) with { Simulated = true });

        ValidationReport report = Validate(store);

        Failing(report).Should().Equal("SCEN-07");
        report["SCEN-07"].Outcome.Findings.Select(finding => finding.What).Should().OnlyContain(what =>
            what.StartsWith("a built-in program answered, and the plan's model is acme-1", StringComparison.Ordinal));
    }

    private static ScenarioPlan WithScenario(ScenarioPlan plan, string id) => plan with
    {
        Scenarios = [.. plan.Scenarios, plan.Scenarios[0] with { Id = id }],
        Conversations = [.. plan.Conversations, .. plan.Conversations.Take(2).Select(one => one with
        {
            Scenario = id, ConversationDigest = PlantedScenarioStore.Digest(id + one.Variant),
        })],
    };

    private static ValidationReport Validate(PlantedScenarioStore store, bool isPartial = false) =>
        ScenarioValidation.Run(store.Read(), isPartial);

    private static IEnumerable<string> Failing(ValidationReport report) =>
        report.Rules.Where(rule => !rule.Outcome.Passed).Select(rule => rule.Rule.Id);
}
