using FluentAssertions;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Analysis.Tests.Rules;

public sealed class MissingDataRuleTests
{
    private static readonly CaseId Id = Sample.Case(Setting.CoopComm);

    private static readonly Dictionary<string, (RunRecord Record, string Finding)> Broken = new()
    {
        ["infra with a verdict"] = (Sample.Infra(Id) with { BothPassed = false }, "infra_error, yet it has a verdict"),
        ["infra with a feature's verdict"] = (Sample.Infra(Id) with { Feature2Passed = true }, "infra_error, yet it has a verdict"),
        ["infra without an error"] = (Sample.Infra(Id) with { Error = null }, "infra_error, but no error says of which class"),
        ["infra of the agent's class"] =
            (Sample.Infra(Id) with { Error = Error(ErrorClass.Agent) }, "infra_error, but its error is of class 'agent'"),
        ["infra of the interrupted class"] =
            (Sample.Infra(Id) with { Error = Error(ErrorClass.Interrupted) }, "infra_error, but its error is of class 'interrupted'"),
        ["interrupted with a verdict"] = (Sample.Interrupted(Id) with { BothPassed = true }, "interrupted, yet it has a verdict"),
        ["interrupted without an error"] = (Sample.Interrupted(Id) with { Error = null }, "interrupted, but no error says of which class"),
        ["interrupted by an engine"] =
            (Sample.Interrupted(Id) with { Error = Error(ErrorClass.Engine) }, "interrupted, but its error is of class 'engine'"),
        ["both at once"] = (Sample.Interrupted(Id) with { InfraError = true }, "infra_error and interrupted at once"),
        ["an infrastructure class as outcome"] =
            (Sample.Run(Id) with { Error = Error(ErrorClass.Disk) }, "an error of class 'disk', but infra_error is false"),
        ["eval_error as outcome"] = (Sample.Run(Id) with { EvalError = "no engine" }, "eval_error, but infra_error is false"),
        ["no verdict and no reason"] = (Sample.Run(Id) with { BothPassed = null }, "no verdict, but infra_error is false"),
        ["half a verdict"] = (Sample.Run(Id, passed: false) with { Feature2Passed = null },
            "both_passed is known, but a feature's verdict is not"),
        ["over a limit and passed"] = (Sample.Limited(Id) with { BothPassed = true }, "a limit was exceeded, yet both_passed is true"),
        ["passed with a failed feature"] =
            (Sample.Run(Id) with { Feature1Passed = false }, "both_passed is true, but not both features passed"),
        ["failed with passed features"] =
            (Sample.Run(Id) with { BothPassed = false }, "both_passed is false, but both features passed and no limit was exceeded"),
    };

    private static readonly Dictionary<string, RunRecord> Sound = new()
    {
        ["passed"] = Sample.Run(Id),
        ["failed"] = Sample.Run(Id, passed: false),
        ["over a limit though the tests passed"] = Sample.Limited(Id),
        ["over a limit and lost to the infrastructure"] = Sample.Infra(Id) with { AgentStatus = AgentStatus.LimitsExceeded },
        ["lost in the evaluation"] = Sample.Infra(Id) with
        { AgentStatus = AgentStatus.Submitted, EvalError = "no engine", MergeOutcome = null },
        ["interrupted"] = Sample.Interrupted(Id),
        ["crashed and left a patch that passes"] = Sample.Run(Id) with { AgentStatus = AgentStatus.Error, Error = Error(ErrorClass.Agent) },
        ["crashed without a patch, not tested"] = Crashed() with
        {
            BothPassed = false,
            Feature1Passed = null,
            Feature2Passed = null,
            MergeOutcome = null,
            MergeStatus = null,
            MergeStrategy = null,
            NaiveConflict = null
        },
        ["crashed without a patch, failed whatever the other's tests say"] = Crashed() with { BothPassed = false },
    };

    public static TheoryData<string> BrokenNames => [.. Broken.Keys];

    public static TheoryData<string> SoundNames => [.. Sound.Keys];

    [Theory]
    [MemberData(nameof(BrokenNames))]
    public void It_finds(string what)
    {
        (RunRecord record, string finding) = Broken[what];
        using StoreBuilder store = new StoreBuilder().Add(record);

        RuleOutcome outcome = new MissingDataRule().Check(store.Read());

        outcome.Findings.Should().ContainSingle().Which.ToString().Should().Be($"{Id}: {finding} [runs/coop-comm_seed0.jsonl(2)]");
    }

    [Theory]
    [MemberData(nameof(SoundNames))]
    public void It_accepts(string what)
    {
        using StoreBuilder store = new StoreBuilder().Add(Sound[what]);

        new MissingDataRule().Check(store.Read()).Findings.Should().BeEmpty();
        new MergeRule().Check(store.Read()).Findings.Should().BeEmpty();
    }

    [Fact]
    public void It_looks_at_every_attempt_not_only_at_the_one_that_counts()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Infra(Id, attempt: 1) with { BothPassed = false });
        store.Add(Sample.Run(Id, attempt: 2));

        RuleOutcome outcome = new MissingDataRule().Check(store.Read());

        outcome.Errors.Should().Be(1);
        outcome.Note.Should().Be("1 infrastructure errors, 0 interrupted, 0 over a limit");
    }

    [Theory]
    [InlineData("command", "iii", 1)]
    [InlineData("command", "wiiiiw", 1)]
    [InlineData("command", "iiiwiii", 2)]
    [InlineData("command", "iiwii", 0)]
    [InlineData("shell", "iii", 1)]
    [InlineData("nop", "iii", 0)]
    public void It_warns_of_cases_in_a_row_whose_agents_did_nothing_and_count(string agent, string order, int rows)
    {
        using var store = new StoreBuilder();
        for (int task = 1; task <= order.Length; task++)
        {
            RunRecord record = Sample.Run(Sample.Case(Setting.Solo, task), passed: false) with { Agent = agent, Simulated = false };
            AgentReport report = record.Agents[0] with { ModelCalls = agent == "command" ? null : 0, Tokens = null };
            store.Add(record with { Agents = [order[task - 1] == 'i' ? report with { PatchBytes = 0 } : report with { PatchBytes = 9 }] });
        }

        RuleOutcome outcome = new MissingDataRule().Check(store.Read());

        outcome.Findings.Should().HaveCount(rows);
        outcome.Findings.Count(finding => finding.Severity == Severity.Warning
            && finding.What.Contains("cases in a row, from this one on, ended without tokens and without a change")).Should().Be(rows);
        outcome.Passed.Should().BeTrue();
    }

    private static RunError Error(ErrorClass errorClass) => new(errorClass, CasePhase.Agent, "it broke");

    [Fact]
    public void A_feature_that_passed_with_failing_tests_is_a_warning()
    {
        using var store = new StoreBuilder();
        RunRecord record = Sample.Run(Id);
        store.Add(record with { Tests = [record.Tests[0], record.Tests[1] with { TestsFailed = 2 }] });

        RuleOutcome outcome = new MissingDataRule().Check(store.Read());

        outcome.Passed.Should().BeTrue();
        outcome.Findings.Should().ContainSingle().Which.What.Should().Contain("f2 passed with failing tests");
    }

    private static RunRecord Crashed() => Sample.Run(Id) with
    {
        AgentStatus = AgentStatus.Error,
        Error = Error(ErrorClass.Agent),
        Agents = [Sample.Agent("agent1", [1]), Sample.Agent("agent2", [2]) with
            { Status = AgentStatus.Error, PatchBytes = null, PatchSource = null }],
    };
}
