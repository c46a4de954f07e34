using FluentAssertions;
using Tandem.Harness.Cases;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>Agents that end without an error while their model cannot be reached.</summary>
public sealed class OutageTests : CommandAgentCases
{
    private readonly List<string> _notices = [];

    [Theory, Long]
    [InlineData("exit 0", AgentStatus.Submitted)]
    [InlineData("sleep 20", AgentStatus.LimitsExceeded, Traits = ["Tier", "Long"])]
    [InlineData("echo 'HTTP 401'; printf '{\"cost_usd\": 0, \"input_tokens\": 0, \"output_tokens\": 0}' > {usage_file}; exit 1",
        AgentStatus.Error)]
    public async Task Cases_in_a_row_whose_agents_did_nothing_do_not_count(string command, AgentStatus status)
    {
        Begin(command);
        RunEnvironment environment = Environment();

        IReadOnlyList<RunRecord> records = await RunAsync(environment, 3);

        records.SkipLast(1).Should().OnlyContain(record => !record.InfraError && record.AgentStatus == status);
        records[^1].Should().BeEquivalentTo(new { InfraError = true, AgentStatus = status, BothPassed = (bool?)null });
        foreach (CaseId caseId in s_cases)
        {
            RunRecord latest = Runs.Stored(caseId)[^1];
            latest.Error!.Class.Should().Be(ErrorClass.NoWork, caseId.ToString());
            latest.Should().BeEquivalentTo(new { InfraError = true, BothPassed = (bool?)null, Feature1Passed = (bool?)null });
            environment.Index.Find(caseId)!.Counting.Should().BeNull(caseId.ToString());
            RunStatusReader.AgentsFinished(environment.Layout, caseId, 1).Should().BeFalse("they are run again");
        }
        string.Join('\n', _notices).Should()
            .Contain(status == AgentStatus.Error ? "crashed in the same way" : "met the same fault (no_work)");
    }

    [Fact]
    public async Task What_begins_after_a_good_case_is_seen_and_the_good_case_counts()
    {
        Begin("case {case} in *seed0) echo done > work.txt;; esac");
        RunEnvironment environment = Environment();

        await RunAsync(environment, 4);

        Seeds(4).Select(caseId => Runs.Stored(caseId)[^1].InfraError).Should().Equal(false, true, true, true);
    }

    [Fact, Long]
    public async Task Work_in_between_is_no_outage()
    {
        Begin("case {case} in *seed1) echo done > work.txt;; esac");
        await RunAsync(Environment(), 4);
        Seeds(4).Select(caseId => Runs.Stored(caseId)[^1].InfraError).Should().Equal(false, false, false, false);
        _notices.Should().BeEmpty();
    }

    [Fact]
    public async Task Agents_that_destroy_their_repositories_have_failed_however_many_they_are()
    {
        Begin("rm -rf .git");

        IReadOnlyList<RunRecord> records = await RunAsync(Environment(), 4);

        records.Should().OnlyContain(record => !record.InfraError && record.AgentStatus == AgentStatus.Error && record.BothPassed == false);
        Seeds(4).Should().OnlyContain(caseId => Runs.Stored(caseId).Count == 1);
    }

    [Fact, Long]
    public async Task An_agent_that_may_do_nothing_counts()
    {
        Begin("exit 0");
        Runs.Configuration = Runs.Configuration with { Agent = Runs.Configuration.Agent with { MayIdle = true } };
        await RunAsync(Environment(), 3);
        Seeds(3).Select(caseId => Runs.Stored(caseId)[^1].InfraError).Should().OnlyContain(infra => !infra);
    }

    [Fact, Long]
    public async Task Short_invocations_of_one_case_each_are_one_row()
    {
        Begin("exit 0");
        for (int i = 1; i <= 3; i++)
            await RunAsync(Environment(), i);

        Seeds(3).Select(caseId => Runs.Stored(caseId)[^1].InfraError).Should().OnlyContain(infra => infra);
    }

    private static readonly CaseId[] s_cases = Seeds(3);

    private static CaseId[] Seeds(int count) =>
        [.. Enumerable.Range(0, count).Select(seed => CaseId.Parse($"solo/timespan_task/14/f1_f3/seed{seed}"))];

    private void Begin(string command)
    {
        Run(command);
        Runs.Configuration = Runs.Configuration with
        {
            Seeds = new Dictionary<string, IReadOnlyList<int>> { ["solo"] = [0, 1, 2, 3] },
            Limits = Runs.Configuration.Limits with { AgentMinutes = 0.02 },
            Run = Runs.Configuration.Run with { PatienceMinutes = 0 },
        };
    }

    private RunEnvironment Environment()
    {
        RunEnvironment environment = Runs.Open(Command);
        environment.OnNotice = _notices.Add;
        return environment;
    }

    private static async Task<IReadOnlyList<RunRecord>> RunAsync(RunEnvironment environment, int count)
    {
        var records = new List<RunRecord>();
        foreach (CaseId caseId in Seeds(count))
        {
            CaseResult result = await new CaseRunner(environment)
                .RunAsync(caseId, AttemptReason.Due, TimeSpan.Zero, TestContext.Current.CancellationToken);
            if (result is CaseResult.Ran ran)
                records.Add(ran.Record);
        }
        return records;
    }
}
