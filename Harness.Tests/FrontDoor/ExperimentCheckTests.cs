using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Doctor;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

public sealed class ExperimentCheckTests
{
    private static readonly Project s_project = Project.Find();

    [Fact]
    public void The_default_experiment_needs_nothing()
    {
        ExperimentCheck check = Read();

        check.Judge().Severity.Should().Be(Severity.Ok);
        check.Judge().Evidence.Should().StartWith("default: agent ").And.Contain("solo, ");
        check.NeedsEngine.Should().BeNull();
    }

    [Theory]
    [InlineData("TANDEM__Agent__Kind", "bogus", "there is no agent 'bogus'")]
    [InlineData("TANDEM__Run__Cores", "4", "there is no key 'Cores'")]
    [InlineData("TANDEM__Tasks__Path", "no-such-folder", "no-such-folder")]
    [InlineData("TANDEM__Tasks__Subset", "no-such-subset", "no-such-subset")]
    public void What_cannot_be_run_is_a_fault_with_its_reason(string variable, string value, string reason)
    {
        Finding finding = Read((variable, value)).Judge();

        finding.Severity.Should().Be(Severity.Fault);
        finding.ToString().Should().Contain(reason).And.EndWith("; fix: correct it, or choose another experiment with --experiment");
    }

    [Fact]
    public void Settings_that_ask_for_Docker_need_an_engine() =>
        Read(("TANDEM__Sandbox__Provider", "docker")).NeedsEngine.Should().Be("The experiment asks for Docker (sandbox.provider).");

    [Theory]
    [InlineData("fake", null, null)]
    [InlineData("gpt-5-mini", null,
        "the agent 'shell' costs money and the experiment has no budget, so its cases are skipped; fix: set limits.max_cost_usd")]
    [InlineData("gpt-5-mini", "20", null)]
    [InlineData("of-my-own", "20",
        "the model 'of-my-own' has no price, without which a budget cannot be kept, so its cases are skipped; fix: add it to the price "
        + "table")]
    public void A_budget_is_missed_where_a_run_would_miss_it(string model, string? budget, string? missed)
    {
        Finding finding = Read([("TANDEM__Agent__Kind", "shell"), ("TANDEM__Model__Name", model), .. budget is null ? ((string, string)[])[]
            : [("TANDEM__Limits__MaxCostUsd", budget)]]).Judge();

        finding.Severity.Should().Be(missed is null ? Severity.Ok : Severity.Warning, finding.ToString());
        finding.ToString().Should().Contain(missed ?? "agent shell, 10 pairs");
    }

    private static ExperimentCheck Read(params (string Name, string Value)[] variables) => ExperimentCheck.Read(
        Path.Combine(s_project.Folder, "experiments", "default.json"), s_project.Folder, variables.ToDictionary(v => v.Name, v => v.Value));
}
