using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Cases;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Evaluation;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Faults;

/// <summary>An engine's default address pools end at 30 networks: cases that run at once must share one.</summary>
[Long]
public sealed class ManyCasesTests(TinyTasks tiny) : FaultTests(tiny)
{
    private const int MostCases = 8;

    [Fact(Timeout = 2 * BackstopMs)]
    public async Task Cases_that_run_at_once_share_one_network_of_the_default_pools_and_all_pass()
    {
        Cases.Configuration = Cases.Configuration with
        {
            Sandbox = Cases.Configuration.Sandbox with { AgentNetwork = SandboxNetwork.Bridge, EvaluationNetwork = SandboxNetwork.Bridge },
            Seeds = new Dictionary<string, IReadOnlyList<int>> { ["solo"] = [.. Enumerable.Range(0, MostCases)] },
        };
        HashSet<string> before = [.. await Leftovers.NetworksAsync(Engine)];
        IEnumerable<string> made = [];
        var allAreThere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int there = 0;
        AgentKind agent = FaultCases.WorkThen(async (_, token) =>
        {
            // None goes on before all have their sandboxes.
            if (Interlocked.Increment(ref there) == MostCases)
            {
                made = (await Leftovers.NetworksAsync(Engine)).Except(before);
                allAreThere.SetResult();
            }
            await allAreThere.Task.WaitAsync(token);
            return AgentEnd.Submitted;
        });

        RunEnvironment environment = Cases.Open(agent);
        CaseResult[] results = await Task.WhenAll(Enumerable.Range(0, MostCases).Select(seed =>
            new CaseRunner(environment)
                .RunAsync(CaseId.Parse($"solo/tiny_task/1/f1_f2/seed{seed}"), AttemptReason.Due, TimeSpan.Zero, Token)));

        made.Should().BeSubsetOf(["tandem-egress"]);
        results.Should().AllBeOfType<CaseResult.Ran>();
        foreach (CaseResult.Ran ran in results.Cast<CaseResult.Ran>())
            ShouldHavePassed(ran.Record);
    }
}
