using System.Globalization;
using FluentAssertions;
using Tandem.Harness.Configuration;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

public sealed class CommandAgentSettingsTests
{
    [Theory]
    [InlineData("agent {task}", "[]", "{}",
        "agent.command.run: there is no value {task}; "
            + "there are task_file, model, case, agent_id, peers, seed, submission_file, usage_file.")]
    [InlineData("  ", "[]", "{}", "agent.command.run: the command agent needs a command, for example \"my-agent --task {task_file}\".")]
    [InlineData("agent", "[]", "{ \"256\": \"Error\" }",
        "agent.command.exit_codes.256: a code is 0 to 255.")]
    [InlineData("agent", "[]", "{ \"007\": \"Error\" }",
        "agent.command.exit_codes.007: a code is 0 to 255.")]
    [InlineData("agent", "[\"hf_Ab12Cd34Ef56Gh78Ij90Kl12\"]", "{}",
        "agent.command.keys: one of them is not the name of a variable (it is not shown here); the keys themselves never stand in an "
        + "experiment.")]
    [InlineData("agent", "[\"sk-1234\"]", "{}",
        "agent.command.keys: one of them is not the name of a variable (it is not shown here); the keys themselves never stand in an "
        + "experiment.")]
    [InlineData("KEY=sk-Ab12Cd34Ef56Gh78Ij90Kl12 agent", "[]", "{}",
        "agent.command.run: it seems to hold a key (it is not shown here), which would be written into the store. Name the variable that "
        + "holds it in agent.command.keys; the command finds it in its environment.")]
    public void Faults_of_its_settings_are_said_and_no_key_is_shown(string run, string keys, string codes, string fault)
    {
        Read($$"""{ "kind": "command", "command": { "run": "{{run}}", "keys": {{keys}}, "exit_codes": {{codes}} } }""")
            .Should().Throw<SettingsException>().Which.Faults.Should().Equal(fault);
    }

    [Fact]
    public void An_exit_code_means_one_of_four_things() =>
        Read("""{ "kind": "command", "command": { "run": "agent", "exit_codes": { "1": "Unknown" } } }""")
            .Should().Throw<SettingsException>().Which.Message.Should().Contain("Unknown").And.Contain("Infrastructure");

    [Fact]
    public void Its_settings_can_be_overridden_by_variables()
    {
        ExperimentConfiguration configuration = Read("""{ "kind": "command" }""", new Dictionary<string, string>
        {
            ["TANDEM__Agent__Command__Run"] = "awk '{ print }' {task_file} ${x}",
            ["TANDEM__Agent__Command__Keys"] = "ONE_KEY,OTHER_KEY",
            ["TANDEM__Agent__Command__ExitCodes__2"] = "LimitsExceeded",
            ["TANDEM__Agent__Command__ExitCodes__7"] = "Infrastructure",
        })();

        configuration.Agent.Command.Should().BeEquivalentTo(new CommandSettings
        {
            Run = "awk '{ print }' {task_file} ${x}",
            Keys = ["ONE_KEY", "OTHER_KEY"],
            ExitCodes = new Dictionary<string, ExitMeaning> { ["2"] = ExitMeaning.LimitsExceeded, ["7"] = ExitMeaning.Infrastructure },
        });
    }

    private static Func<ExperimentConfiguration> Read(string agent, Dictionary<string, string>? variables = null) => () =>
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, string.Create(CultureInfo.InvariantCulture, $$"""{ "name": "x", "agent": {{agent}} }"""));
            return ConfigurationReader.Read(file, variables ?? []);
        }
        finally
        {
            File.Delete(file);
        }
    };
}
