using System.Text.Json;
using FluentAssertions;
using Tandem.Analysis.Scenarios.Statistics;
using Tandem.Analysis.Statistics;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Scenarios;
using Xunit;

namespace Tandem.Analysis.Tests.Scenarios;

public sealed class ScenarioCompareTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Two_models_are_paired_by_variant_and_scenario()
    {
        using PlantedScenarioStore before = Experiment("before", passed: id => id.Scenario is "s1" or "s2");
        using PlantedScenarioStore after = Experiment("after", passed: id => id.Scenario is "s2" or "s3", model: "acme-2");

        var comparison = ScenarioComparison.Of([before.Read(), after.Read()]);

        comparison.Contrasts.Select(one => one.Variant).Should().Equal("plain", "formal");
        ExperimentVariantContrast plain = comparison.Contrasts[0];
        plain.Contrast.Majorities.Should().Be(new PairedTable(1, 1, 1, 0));
        plain.Contrast.Difference.Difference.Should().Be(0);
        plain.Changed.Select(one => (one.Scenario, one.Baseline.Passed, one.Other.Passed)).Should().Equal(("s1", 2, 0), ("s3", 0, 2));
        comparison.Differences.Should().BeEmpty("the model is no difference of the definition");
    }

    [Fact]
    public void What_is_defined_in_another_way_is_said()
    {
        using PlantedScenarioStore before = Experiment("before", passed: _ => true);
        using PlantedScenarioStore after = Experiment("after", passed: _ => true, scenarios: 4);
        after.WritePlan(plan => plan with
        {
            Variants = [plan.Variants[0] with { Tools = ["book_table"] }, plan.Variants[1]],
            Scenarios = [plan.Scenarios[0] with { User = "Book it" }, plan.Scenarios[1] with { Persona = "a child" },
                .. plan.Scenarios.Skip(2)],
            Conversations = [plan.Conversations[0] with { ExpectationsDigest = PlantedScenarioStore.Digest("new") },
                .. plan.Conversations.Skip(1)],
        });

        ScenarioComparison.Of([before.Read(), after.Read()]).Differences.Select(one => $"{one.Where}: {one.What}").Should().Equal(
            "s4: a scenario of one experiment alone; it is not compared",
            "plain: its tools are book_table, in the baseline book_table, find_table",
            "s1: the user says something else",
            "s2: its persona differs",
            "s1 under plain: other expectations");
    }

    [Fact]
    public void The_verb_prints_the_differences_and_what_changed()
    {
        using PlantedScenarioStore before = Experiment("before", passed: _ => false);
        using PlantedScenarioStore after = Experiment("after", passed: id => id.Scenario != "s3", model: "acme-2");

        (int exitCode, string output, string error) = before.Call("compare", "before", "after");

        exitCode.Should().Be(0);
        error.Should().BeEmpty();
        output.Should().Contain("after against before").And.Contain("before: acme-1").And.Contain("after: acme-2")
            .And.MatchRegex(@"after +plain +3 +0\.0 % +66\.7 % +\+66\.7 .* 2 : 0 +0 +0\.500 +1\.000 +not shown")
            .And.Contain("s1 under plain: 0 of 2 in before, 2 of 2 in after")
            .And.Contain("nothing: user texts, tools, clocks, personas and expectations are the same");
        before.Call("compare", "before", "after", "--format", "markdown").Output.Should().Contain("### Pass rates").And.Contain("| after ");
        using var json = JsonDocument.Parse(before.Call("compare", "before", "after", "--format", "json").Output);
        json.RootElement.GetProperty("contrasts")[0].GetProperty("contrast").GetProperty("majorities").GetProperty("only_other").GetInt32()
            .Should().Be(2);
    }

    [Fact]
    public void Experiments_without_a_variant_in_common_are_refused()
    {
        using PlantedScenarioStore before = Experiment("before", passed: _ => true);
        using var other = PlantedScenarioStore.Sound(variants: ["else"], name: "other", store: _folder.Path);

        (int exitCode, _, string error) = before.Call("compare", "before", "other");

        exitCode.Should().Be(2);
        error.Should().Contain("before and other share no variant with a scenario of the same id.").And.Contain("  next: ");
    }

    private PlantedScenarioStore Experiment(string name, Func<ScenarioCaseId, bool> passed, string model = "acme-1", int scenarios = 3)
    {
        var store = new PlantedScenarioStore(scenarios, name: name, store: _folder.Path);
        store.WritePlan(plan => plan with
        {
            Model = model,
            Conversations = [.. plan.Conversations.Select(one => one with
            {
                ConversationDigest = PlantedScenarioStore.Digest(one.ConversationDigest + model),
            })],
        });
        return store.Fill((id, _) => passed(id));
    }
}
