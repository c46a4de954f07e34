using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FluentAssertions;
using Tandem.Harness.Scenarios.Definitions;
using Tandem.Records.Json;
using Tandem.Records.Scenarios;
using Xunit;

namespace Tandem.Harness.Tests.Docs;

/// <summary>What docs/scenarios.md says one adds, added to a copy of the example.</summary>
public sealed partial class ScenarioDocsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tandem-scenario-docs-");
    private readonly string _page = File.ReadAllText(Path.Combine(Page.Root, "docs", "scenarios.md"));

    public ScenarioDocsTests()
    {
        string example = Path.Combine(Page.Root, "experiments", "assistant-tools");
        foreach (string file in Directory.EnumerateFiles(example, "*.json", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(_folder.FullName, Path.GetRelativePath(example, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_variant_is_one_file_of_about_ten_lines()
    {
        string variant = BlockOf("Add a variant");
        variant.Trim().Split('\n').Length.Should().BeLessThanOrEqualTo(10);
        File.WriteAllText(Path.Combine(_folder.FullName, "variants", "careful.json"), variant);

        ScenarioPlan plan = Plan();

        plan.Variants.Select(one => one.Name).Should().Equal("baseline", "applike", "careful");
        plan.Cases.Should().HaveCount(180);
        plan.Find("careful", "event-simple")!.Checks.Should().Equal(plan.Find("baseline", "event-simple")!.Checks);
    }

    [Fact]
    public void A_scenario_is_one_entry_of_about_ten_lines()
    {
        string entry = BlockOf("Add a scenario");
        entry.Trim().Split('\n').Length.Should().BeLessThanOrEqualTo(10);
        string file = Path.Combine(_folder.FullName, "scenarios.json");
        JsonNode set = JsonNode.Parse(File.ReadAllText(file))!;
        set["scenarios"]!.AsArray().Add(JsonNode.Parse(entry));
        File.WriteAllText(file, set.ToJsonString());

        ScenarioPlan plan = Plan();

        plan.Cases.Should().HaveCount(126);
        plan.Find("applike", "weather-two-cities")!.Checks.Should()
            .Equal("tool_called get_weather or weather_app, 2 times", "text_contains 'Lisbon'");
    }

    [Fact]
    public void Every_check_and_every_option_stands_on_the_page()
    {
        EnumNames.AllNames<ExpectationKind>().Should().OnlyContain(name => _page.Contains($"`{name}`", StringComparison.Ordinal));
        new[] { "--variant", "--scenario", "--tag", "--rep", "--count" }.Should()
            .OnlyContain(option => _page.Contains(option, StringComparison.Ordinal));
    }

    private ScenarioPlan Plan() => ScenarioExperimentReader.Read(Path.Combine(_folder.FullName, "experiment.json"),
        new Dictionary<string, string>()).Plan(DateTimeOffset.UnixEpoch);

    private string BlockOf(string heading)
    {
        string section = _page[_page.IndexOf($"## {heading}\n", StringComparison.Ordinal)..];
        return Block().Match(section).Groups[1].Value;
    }

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
