using System.Text;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Cases;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>Faults of the model's endpoint and keys, as cases end with them.</summary>
[Slow]
public sealed class ModelFaultCaseTests
{
    private static readonly Dictionary<string, string> s_atOnce = new() { ["Retry-After"] = "0" };

    public static TheoryData<string, ErrorClass> Faults => new()
    {
        { "429", ErrorClass.RateLimit },
        { "500", ErrorClass.ModelTransport },
        { "garbage", ErrorClass.ModelTransport },
        { "reset", ErrorClass.ModelTransport },
        { "stall", ErrorClass.ModelTransport },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_of_the_transport_that_outlives_its_retries_is_an_infrastructure_error_and_never_a_failure(string fault,
        ErrorClass expected)
    {
        await using ShellCases cases = await ShellCases
            .StartAsync(request => request.Turn == 0 ? ShellCases.Says("echo kept > kept.txt") : Fault(fault));
        cases.Configuration = cases.Configuration with
        { Model = cases.Configuration.Model with { RequestSeconds = fault == "stall" ? 1 : 60 } };

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new
        { AgentStatus = AgentStatus.Error, InfraError = true, BothPassed = (bool?)null, TotalSteps = 2, TotalCost = ShellCases.Cost });
        record.Error.Should().BeEquivalentTo(new { Class = expected, Phase = CasePhase.Agent });
        Encoding.UTF8.GetString(cases.Runs.Artifact(RunsFixture.Solo, 1, "solo.patch")!).Should().Contain("+kept");
        cases.Server.Requests.Count(r => r.Turn == 1).Should().Be(2);
    }

    [Theory, Long]
    [MemberData(nameof(Faults))]
    public async Task A_fault_that_passes_costs_the_agent_nothing(string fault, ErrorClass _)
    {
        int faults = 0;
        await using ShellCases cases = await ShellCases.StartAsync(request =>
            request.Turn == 1 && Interlocked.Increment(ref faults) == 1 ? Fault(fault)
                : ShellCases.Says(request.Turn < 2 ? "true" : FakeAnswer.SubmitCommand));
        cases.Configuration = cases.Configuration with
        { Model = cases.Configuration.Model with { RequestSeconds = fault == "stall" ? 1 : 60 } };

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new
        { AgentStatus = AgentStatus.Submitted, InfraError = false, TotalSteps = 3, TotalCost = 3 * ShellCases.Cost });
        cases.Runs.Trajectory(RunsFixture.Solo, 1).Single(e => e.Kind == "response" && e.Step == 2).Text.Should().Contain("\"retries\":1");
    }

    [Fact, Long]
    public async Task Waiting_for_an_endpoint_that_is_overrun_is_not_the_agents_time()
    {
        int first = 0;
        await using ShellCases cases = await ShellCases.StartAsync(request => Interlocked.Increment(ref first) == 1
            ? new FakeAnswer.Status(429, new Dictionary<string, string> { ["Retry-After"] = "4" })
            : ShellCases.Says(FakeAnswer.SubmitCommand));
        cases.Configuration = cases.Configuration with { Limits = cases.Configuration.Limits with { AgentMinutes = 0.05 } };

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.AgentStatus.Should().Be(AgentStatus.Submitted);
        record.Agents[0].Seconds.Should().BeLessThan(3);
    }

    [Fact, Long]
    public async Task An_infrastructure_error_is_tried_again_from_where_the_agent_was()
    {
        int faults = 0;
        await using ShellCases cases = await ShellCases.StartAsync(request =>
            request.Turn == 2 && Interlocked.Increment(ref faults) <= 2 ? Fault("500")
                : ShellCases.Says(request.Turn < 3 ? $"echo {request.Turn} >> steps.txt" : FakeAnswer.SubmitCommand));
        cases.Configuration = cases.Configuration with { Run = cases.Configuration.Run with { Attempts = 2 } };

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.Should().BeEquivalentTo(new
        {
            Attempt = 2,
            AttemptKind = AttemptKind.Resumed,
            AgentStatus = AgentStatus.Submitted,
            TotalSteps = 4,
            TotalCost = 4 * ShellCases.Cost,
            SunkCost = (decimal?)null
        });
        // Two of the first attempt, two faults, two live ones: what was paid for is not asked again.
        cases.Server.Count.Should().Be(6);
        Encoding.UTF8.GetString(cases.Runs.Artifact(RunsFixture.Solo, 2, "solo.patch")!).Should().Contain("+0\n+1\n+2\n");
    }

    [Theory]
    [InlineData(401)]
    [InlineData(404, Traits = ["Tier", "Long"])]
    [InlineData(402, Traits = ["Tier", "Long"])]
    [InlineData(400)]
    public async Task What_the_endpoint_refuses_stops_the_run_with_one_clear_line_and_the_key_is_nowhere(int status)
    {
        const string Key = "sk-planted-Zx81Qw92Er73Ty64Ui55";
        Environment.SetEnvironmentVariable("TANDEM_TEST_KEY", Key);
        await using ShellCases cases = await ShellCases.StartAsync(request => new FakeAnswer.Status(
            status, new Dictionary<string, string> { ["X-Echo"] = Key },
                $$$"""{"error":{"message":"No: {{{request.Headers["Authorization"]}}} temperature","param":"temperature"}}"""));
        cases.Configuration = cases.Configuration with
        {
            Model = cases.Configuration.Model with { KeyVariable = "TANDEM_TEST_KEY", Temperature = 0.5 },
            Run = cases.Configuration.Run with
            { Attempts = 3, RetryPauseSeconds = 0 }
        };

        (RunRecord record, CaseResult next) = await TwoCasesAsync(cases);

        record.Should().BeEquivalentTo(new { InfraError = true, BothPassed = (bool?)null, Attempt = 1 });
        record.Error!.Class.Should().Be(ErrorClass.ModelConfiguration);
        record.Error.Message.Should().NotContain("\n").And
            .Contain(status == 400 ? "temperature" : status == 401 ? "TANDEM_TEST_KEY" : status == 404 ? "priced" : "402");
        next.Should().BeOfType<CaseResult.Skipped>().Which.Reason.Should().Contain(record.Error.Message);
        cases.Server.Count.Should().Be(1);
        cases.Server.Requests[0].Headers["Authorization"].Should().Be("Bearer " + Key);
        foreach (string file in Directory.EnumerateFiles(cases.Runs.Store, "*", SearchOption.AllDirectories))
            (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Should().NotContain(Key, file);
    }

    [Fact]
    public async Task A_planted_key_is_nowhere_in_the_sandboxes_or_the_store()
    {
        const string Key = "sk-planted-Mn10Bv29Cx38Zl47Kj56";
        Environment.SetEnvironmentVariable("TANDEM_TEST_KEY2", Key);
        // The model itself tells the key, in plain and in base64, and the agent looks for it everywhere.
        string encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(Key));
        await using ShellCases cases = await ShellCases.StartAsync(request => request.Turn switch
        {
            0 => new FakeAnswer.Says($"your key is {Key} or {encoded}", [FakeToolCall.Bash("env; cat /proc/self/environ; cat "
                + "/proc/*/environ 2>/dev/null | tr '\\0' '\\n' | grep -c TANDEM_TEST_KEY2 | sed 's/^/found /'")], ShellCases.Usage),
            _ => ShellCases.Says(FakeAnswer.SubmitCommand),
        });
        cases.Configuration = cases.Configuration with { Model = cases.Configuration.Model with { KeyVariable = "TANDEM_TEST_KEY2" } };

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.AgentStatus.Should().Be(AgentStatus.Submitted);
        foreach (string file in Directory.EnumerateFiles(cases.Runs.Store, "*", SearchOption.AllDirectories))
            (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Should().NotContain(Key, file).And
                .NotContain(encoded, file);
    }

    [Fact, Long]
    public async Task An_answer_of_four_megabytes_is_survived()
    {
        await using ShellCases cases = await ShellCases
            .StartAsync(request => request.Turn == 0 ? new FakeAnswer.Huge(4_000_000) : ShellCases.Says(FakeAnswer.SubmitCommand));

        RunRecord record = await cases.RecordAsync(RunsFixture.Solo);

        record.AgentStatus.Should().Be(AgentStatus.Submitted);
        record.Agents[0].MalformedCalls.Should().Be(1);
        cases.Server.Requests[^1].Body.ToJsonString().Length.Should().BeLessThan(300_000);
        cases.Runs.Trajectory(RunsFixture.Solo, 1).First(e => e.Kind == "response").Text!.Length.Should().BeGreaterThan(4_000_000);
    }

    private static FakeAnswer Fault(string name) => name switch
    {
        "429" => new FakeAnswer.Status(429, s_atOnce),
        "500" => new FakeAnswer.Status(500, s_atOnce),
        "garbage" => new FakeAnswer.Garbage("<html>{"u8.ToArray()),
        "reset" => new FakeAnswer.Reset(),
        "stall" => new FakeAnswer.Stall(TimeSpan.FromSeconds(30)),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    /// <summary>Two cases of one process.</summary>
    private static async Task<(RunRecord First, CaseResult Second)> TwoCasesAsync(ShellCases cases)
    {
        CaseRunner runner = cases.Runs.Runner(ShellCases.Shell);
        CaseResult first = await runner.RunAsync(RunsFixture.Solo, AttemptReason.Due, TimeSpan.Zero, TestContext.Current.CancellationToken);
        CaseResult second = await runner.RunAsync(RunsFixture.Coop, AttemptReason.Due, TimeSpan.Zero,
            TestContext.Current.CancellationToken);
        return (Assert.IsType<CaseResult.Ran>(first).Record, second);
    }
}
