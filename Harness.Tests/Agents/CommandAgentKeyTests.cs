using System.Text;
using FluentAssertions;
using Tandem.Harness.Cases;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>Keys that the command agent is given by the names of their variables.</summary>
public sealed class CommandAgentKeyTests : CommandAgentCases
{
    [Fact]
    public async Task Only_the_variables_that_are_named_get_in_and_a_key_is_nowhere_in_the_store()
    {
        const string Key = "hf-planted-Pq83Ws72Ed61Rf50Tg49";
        Environment.SetEnvironmentVariable("TANDEM_TEST_COMMAND_KEY", Key);
        Environment.SetEnvironmentVariable("TANDEM_TEST_OTHER_KEY", "hf-planted-other-Zz11Yy22Xx33");
        // It prints the key, also across the place where an error's text is cut, sends it to its teammate, and fails.
        Run(
            "env; send_message {peers} \"my key is $TANDEM_TEST_COMMAND_KEY\"; printf %s \"$TANDEM_TEST_COMMAND_KEY\" | base64; "
                + "echo \"{\\\"cost_usd\\\": \\\"$TANDEM_TEST_COMMAND_KEY\\\"}\" > {usage_file}; "
                + "printf '%s%0490d' \"$TANDEM_TEST_COMMAND_KEY\" 0; exit 9",
            c => c with { Keys = ["TANDEM_TEST_COMMAND_KEY", "TANDEM_TEST_COMMAND_KEY"] });
        Runs.Configuration = Runs.Configuration with { Sandbox = Runs.Configuration.Sandbox with { AgentNetwork = SandboxNetwork.Bridge } };

        RunRecord record = await RecordAsync(RunsFixture.Comm);

        record.Agents.Should().OnlyContain(agent => agent.Status == AgentStatus.Error && agent.Error!.Contains("exit code 9"));
        record.MessagesCount.Should().BePositive();
        string output = Runs.Trajectory(RunsFixture.Comm, 1).First(e => e.Kind == "command").Output!;
        output.Should().Contain("TANDEM_TEST_COMMAND_KEY=[secret]").And.NotContain("TANDEM_TEST_OTHER_KEY").And.NotContain("DOTNET_");
        await Runs.CloseAsync();
        foreach (string file in Directory.EnumerateFiles(Runs.Store, "*", SearchOption.AllDirectories))
            (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Should().NotContain(Key, file).And
                .NotContain(Key[^8..], file).And.NotContain(Convert.ToBase64String(Encoding.UTF8.GetBytes(Key)), file);
    }

    [Fact]
    public async Task A_key_that_is_not_set_skips_the_case_with_what_to_set()
    {
        Run("true", c => c with { Keys = ["TANDEM_TEST_UNSET_KEY"] });
        Runs.Configuration = Runs.Configuration with { Sandbox = Runs.Configuration.Sandbox with { AgentNetwork = SandboxNetwork.Bridge } };

        (await Runs.RunAsync(RunsFixture.Solo, Command)).Should().BeOfType<CaseResult.Skipped>().Which.Reason.Should()
            .Be("agent.command.keys names TANDEM_TEST_UNSET_KEY, which is not set: put the key into that variable");
    }

    [Fact]
    public async Task A_key_without_a_network_is_refused()
    {
        Environment.SetEnvironmentVariable("TANDEM_TEST_NO_NETWORK_KEY", "hf-planted-Ab12Cd34Ef56");
        Run("true", c => c with { Keys = ["TANDEM_TEST_NO_NETWORK_KEY"] });

        (await Runs.RunAsync(RunsFixture.Solo, Command)).Should().BeOfType<CaseResult.Skipped>().Which.Reason.Should()
            .Contain("set sandbox.agent_network to bridge");
    }
}
