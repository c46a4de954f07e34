using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class RunStatusReaderTests : IDisposable
{
    private static readonly CaseId Id = Sample.Case(Setting.CoopComm);
    private readonly StoreBuilder _store = new StoreBuilder().Plan(Id);

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Without_a_trace_the_case_is_missing() => Status().Should().Be(RunStatus.Missing);

    [Fact]
    public void With_a_record_that_counts_and_its_artifacts_it_is_completed()
    {
        _store.Add(Sample.Run(Id, passed: false));

        Status().Should().Be(RunStatus.Completed);
    }

    [Fact]
    public void Over_a_limit_it_is_completed_too()
    {
        _store.Add(Sample.Limited(Id));

        Status().Should().Be(RunStatus.Completed);
    }

    [Fact]
    public void A_failed_attempt_before_the_one_that_counts_changes_nothing()
    {
        _store.Add(Sample.Infra(Id, 1)).Add(Sample.Run(Id, attempt: 2));

        Status().Should().Be(RunStatus.Completed);
    }

    [Fact]
    public void Begun_and_without_a_record_it_is_partial()
    {
        Directory.CreateDirectory(_store.Layout.AttemptFolder(Id, 1));

        Status().Should().Be(RunStatus.Partial);
    }

    [Fact]
    public void Interrupted_it_is_partial()
    {
        _store.Add(Sample.Interrupted(Id));

        Status().Should().Be(RunStatus.Partial);
    }

    [Fact]
    public void Begun_again_after_an_infrastructure_error_it_is_partial()
    {
        _store.Add(Sample.Infra(Id, 1));
        Directory.CreateDirectory(_store.Layout.AttemptFolder(Id, 2));

        Status().Should().Be(RunStatus.Partial);
    }

    [Fact]
    public void An_infrastructure_error_is_failed()
    {
        _store.Add(Sample.Infra(Id));

        Status().Should().Be(RunStatus.Failed);
    }

    [Fact]
    public void A_crashed_agent_is_failed_though_its_record_counts()
    {
        _store.Add(Sample.Run(Id) with { AgentStatus = AgentStatus.Error });

        Status().Should().Be(RunStatus.Failed);
    }

    [Fact]
    public void When_the_agents_finished_and_the_record_is_missing_it_has_results()
    {
        LeaveAgents();

        Status().Should().Be(RunStatus.Results);
    }

    [Fact]
    public void When_the_agents_finished_and_the_evaluation_was_lost_it_has_results()
    {
        LeaveAgents();
        _store.Add(Sample.Infra(Id) with { AgentStatus = AgentStatus.Submitted });

        Status().Should().Be(RunStatus.Results);
    }

    [Theory]
    [InlineData(true, RunStatus.Results)]
    [InlineData(false, RunStatus.Partial)]
    public void When_an_artifact_of_the_record_is_gone_it_depends_on_the_agents_work(bool agentsFinished, RunStatus expected)
    {
        _store.Add(Sample.Run(Id));
        if (agentsFinished)
            LeaveAgents();
        File.Delete(Path.Combine(_store.Layout.AttemptFolder(Id, 1), StoreLayout.EvaluationFile));

        Status().Should().Be(expected);
    }

    [Theory]
    [InlineData("patch gone")]
    [InlineData("patch cut")]
    [InlineData("report cut")]
    [InlineData("not finished")]
    [InlineData("no agents")]
    public void Work_that_is_not_whole_is_only_partial(string damage)
    {
        LeaveAgents(report => damage switch
        {
            "not finished" => report with { Finished = false },
            "no agents" => report with { Agents = [] },
            _ => report,
        });
        string folder = _store.Layout.AttemptFolder(Id, 1);
        if (damage == "patch gone")
            File.Delete(Path.Combine(folder, StoreLayout.RawPatch("agent2")));
        if (damage == "patch cut")
            File.WriteAllText(Path.Combine(folder, StoreLayout.RawPatch("agent2")), "di");
        if (damage == "report cut")
            File.WriteAllText(Path.Combine(folder, StoreLayout.AgentsFile), "{");

        Status().Should().Be(RunStatus.Partial);
    }

    [Fact]
    public void An_empty_patch_is_work_as_well()
    {
        LeaveAgents(report => report with { Agents = [report.Agents[0], report.Agents[1] with { PatchBytes = 0 }] });
        File.WriteAllText(Path.Combine(_store.Layout.AttemptFolder(Id, 1), StoreLayout.RawPatch("agent2")), "");

        Status().Should().Be(RunStatus.Results);
    }

    [Fact]
    public void A_crashed_agent_without_a_patch_is_not_run_again_either()
    {
        LeaveAgents(report => report with
        { Agents = [report.Agents[0], report.Agents[1] with { Status = AgentStatus.Error, PatchBytes = null }] });

        Status().Should().Be(RunStatus.Results);
    }

    private void LeaveAgents(Func<AgentsReport, AgentsReport>? change = null)
    {
        string folder = _store.Layout.AttemptFolder(Id, 1);
        Directory.CreateDirectory(folder);
        var report = new AgentsReport(
            1, Finished: true, "0123abc", [Sample.Agent("agent1", [1]), Sample.Agent("agent2", [2])], [], null, null, [],
                new TimeBreakdown(0, 0, 1, null, null));
        File.WriteAllBytes(Path.Combine(folder, StoreLayout.AgentsFile), StoreJson.ToFile(change?.Invoke(report) ?? report));
        foreach (AgentReport agent in report.Agents)
            File.WriteAllText(Path.Combine(folder, StoreLayout.RawPatch(agent.AgentId)), "diff\n");
    }

    private RunStatus Status()
    {
        Dictionary<CaseId, CaseHistory> histories = CaseHistory.Group(new StoreReader(_store.Layout).ReadRuns());
        return RunStatusReader.Of(_store.Layout, Id, histories.GetValueOrDefault(Id));
    }
}
