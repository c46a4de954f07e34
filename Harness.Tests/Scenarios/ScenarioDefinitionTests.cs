using FluentAssertions;
using Tandem.Harness.Configuration;
using Tandem.Harness.Scenarios.Definitions;
using Tandem.Harness.Tests.Docs;
using Tandem.Records.Scenarios;
using Xunit;

namespace Tandem.Harness.Tests.Scenarios;

public sealed class ScenarioDefinitionTests : IDisposable
{
    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_built_in_example_has_two_variants_twenty_scenarios_and_three_repetitions()
    {
        ScenarioPlan plan = ScenarioExperimentReader.Read(
            Path.Combine(Page.Root, "experiments", "assistant-tools", "experiment.json"), new Dictionary<string, string>())
            .Plan(DateTimeOffset.UnixEpoch);

        plan.Variants.Select(variant => variant.Name).Should().Equal("baseline", "applike");
        plan.Cases.Should().HaveCount(120).And.OnlyHaveUniqueItems();
        (plan.Scenarios.Count, plan.Repetitions, plan.Simulated).Should().Be((20, 3, true));
    }

    [Fact]
    public void A_case_is_made_of_what_the_model_is_asked_with()
    {
        ScenarioPlan before = _folder.Read().Plan(DateTimeOffset.UnixEpoch);
        _folder.Replace("scenarios.json", "countess", "Countess of Lovelace");
        ScenarioPlan checksChanged = _folder.Read().Plan(DateTimeOffset.UnixEpoch);
        _folder.Replace("variants/terse.json", "You are terse.", "You are very terse.");
        ScenarioPlan promptChanged = _folder.Read().Plan(DateTimeOffset.UnixEpoch);

        PlannedConversation Ask(ScenarioPlan plan, string variant) => plan.Find(variant, "ask")!;
        Ask(checksChanged, "terse").ConversationDigest.Should().Be(Ask(before, "terse").ConversationDigest);
        Ask(checksChanged, "terse").ExpectationsDigest.Should().NotBe(Ask(before, "terse").ExpectationsDigest);
        Ask(promptChanged, "terse").ConversationDigest.Should().NotBe(Ask(before, "terse").ConversationDigest);
        Ask(promptChanged, "plain").ConversationDigest.Should().Be(Ask(before, "plain").ConversationDigest);
        promptChanged.ModelDigest.Should().Be(before.ModelDigest);
        _folder.Read(("TANDEM__Temperature", "0.7")).Plan(DateTimeOffset.UnixEpoch).ModelDigest.Should().NotBe(before.ModelDigest);
    }

    [Fact]
    public void Another_model_gives_the_experiment_another_name_and_the_repetitions_can_be_overridden()
    {
        ScenarioExperiment other = _folder.Read(("TANDEM__Model__Name", "some/gpt-9"), ("TANDEM__Repetitions", "5"));

        (other.Configuration.Name, other.Configuration.Repetitions).Should().Be(("talk-gpt-9", 5));
        _folder.Read().Configuration.Name.Should().Be("talk");
    }

    [Fact]
    public void All_faults_of_all_files_come_at_once_with_file_and_line()
    {
        _folder.Replace("experiment.json", "\"max_turns\": 3", "\"max_turms\": 3");
        _folder.Replace("scenarios.json", "\"check\": \"no_tool\"", "\"check\": \"no_tools\"");
        _folder.Write("variants/terse.json", "{\n  \"system_prompt\": \"It is {now}.\",\n  \"tools\": [{ \"name\": \"a b\",\n  "
            + "\"description\": \"x\", "
            + "\"parameters\": 3 }]\n}");
        _folder.Write("variants/broken.json", "{ \"system_prompt\": \n");

        SettingsException fault = _folder.Invoking(folder => folder.Read()).Should().Throw<SettingsException>().Which;

        fault.Faults.Should().Contain(one =>
                one.StartsWith("experiment.json(6): limits.max_turms: there is no such key", StringComparison.Ordinal))
            .And.Contain(one => one.StartsWith("scenarios.json(10): scenarios[1].expect[0].check: ", StringComparison.Ordinal))
            .And.Contain(one => one.StartsWith("variants/terse.json(3): tools[0].name: 'a b' is no tool's name", StringComparison.Ordinal))
            .And.Contain(one =>
                one.StartsWith("variants/terse.json(4): tools[0].parameters: it must be a JSON schema", StringComparison.Ordinal))
            .And.Contain(one => one.StartsWith("variants/broken.json(2): it is not JSON: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("experiment.json", "\"repetitions\": 3", "\"repetitions\": 0", "repetitions: 0 is out of range")]
    [InlineData("experiment.json", "\"kind\": \"scenarios\"", "\"kind\": \"scenes\"", "kind: 'scenes' is not known")]
    [InlineData("experiment.json", "\"gpt-4o\"", "\"builtin:parrot\"", "there is one built-in model, builtin:echo")]
    [InlineData("experiment.json", "\"reference\": \"plain\"", "\"reference\": \"plane\"",
        "there is no variant 'plane'; there are plain, terse")]
    [InlineData("experiment.json", "\"retries\": 0", "\"retries\": 0, \"temperature\": 1", "it stands beside the model here")]
    [InlineData("scenarios.json", "\"greet\"", "\"ASK\"", "'ASK' is the id of another scenario")]
    [InlineData("scenarios.json", "\"greet\"", "\"a/b\"", "cannot name a scenario")]
    [InlineData("scenarios.json", "\"user\": \"Hello!\"", "\"user\": \" \"", "scenarios[1].user: it may not be blank")]
    [InlineData("scenarios.json", "\"user\": \"Hello!\",", "", "it has either user or messages")]
    [InlineData("scenarios.json", "\"2026-03-02T09:00:00+01:00\"", "\"2nd of March\"", "must be a time with its offset")]
    [InlineData("scenarios.json", "\"tool\": \"find\"", "\"tool\": \"fnid\"", "no variant has a tool 'fnid'")]
    [InlineData("scenarios.json", "\"tool\": \"find\", ", "", "the check tool_called needs 'tool'")]
    [InlineData("scenarios.json", "\"text\": \"countess\"", "\"text\": \"countess\", \"times\": 2",
        "the check text_contains does not read it")]
    [InlineData("scenarios.json", "\"arguments\": { \"name\": \"Ada\" }", "\"arguments_schema\": { \"type\": \"objct\" }",
        "it is no JSON schema")]
    [InlineData("scenarios.json", "\"check\": \"text_contains\", \"text\"", "\"check\": \"text_matches\", \"pattern\": \"(\", \"text\"",
        "no regular expression")]
    [InlineData("scenarios.json", "{ \"check\": \"no_tool\" }, { \"check\": \"text_not_empty\" }", "",
        "nothing is expected under variant 'plain'")]
    [InlineData("variants/plain.json", "It is {now}.", "It is late.", "has no {now} that shows it")]
    [InlineData("variants/plain.json", "It is {now}.", "It is {now}, {user}.", "there is no value {user}")]
    [InlineData("variants/plain.json", "\"name\": \"mute\"", "\"name\": \"find\"", "'find' is the name of another tool")]
    [InlineData("variants/plain.json", "\"when\": { \"name\": \"Nobody\" }, \"answer\"", "\"when\": 3, \"answer\"",
        "must be an object of arguments")]
    [InlineData("variants/plain.json", "\"by\": \"name\", \"table\"", "\"table\"", "a table needs the argument in 'by'")]
    [InlineData("variants/plain.json", "\"tools\": [", "\"tool_choice\": \"fnid\", \"tools\": [",
        "neither auto, none, required nor a tool")]
    public void Each_fault_says_what_and_where(string file, string old, string text, string words)
    {
        _folder.Replace(file, old, text);

        SettingsException fault = _folder.Invoking(folder => folder.Read()).Should().Throw<SettingsException>().Which;

        fault.Faults.Should().Contain(one => one.Contains(words, StringComparison.Ordinal)).And
            .OnlyContain(one => one.Contains("json(", StringComparison.Ordinal));
    }

    [Fact]
    public void A_tool_that_only_one_variant_has_needs_the_check_to_say_so()
    {
        _folder.Replace("variants/terse.json", "\"name\": \"find\"", "\"name\": \"search\"");
        _folder.Invoking(folder => folder.Read()).Should().Throw<SettingsException>()
            .Which.Faults.Should().ContainSingle(one => one.Contains("variant 'terse' has no tool find", StringComparison.Ordinal));

        _folder.Replace("scenarios.json", "\"tool\": \"find\"", "\"tool\": [\"find\", \"search\"]");
        _folder.Read().Plan(DateTimeOffset.UnixEpoch).Find("terse", "ask")!.Checks[0].Should()
            .Be("tool_called find or search with {\"name\":\"Ada\"}");
    }

    [Fact]
    public void A_fault_of_shape_hides_no_other_fault()
    {
        _folder.Replace("experiment.json", "\"repetitions\": 3", "\"repetitions\": 0, \"x\": 1");
        _folder.Replace("experiment.json", "\"reference\": \"plain\"", "\"reference\": \"plane\"");
        _folder.Replace("scenarios.json", "{ \"check\": \"no_tool\" }",
            "{ \"check\": \"no_tools\" }, { \"check\": \"text_matches\", \"pattern\": \"(\" }");
        _folder.Replace("scenarios.json", "\"id\": \"greet\"", "\"id\": \"ask\"");
        _folder.Replace("variants/terse.json", "\"name\": \"find\"", "\"nam\": \"find\"");
        _folder.Replace("variants/terse.json", "\"name\": \"mute\"", "\"name\": \"m ute\"");

        IReadOnlyList<string> faults = _folder.Invoking(folder => folder.Read()).Should().Throw<SettingsException>().Which.Faults;

        new[]
        {
            "x: there is no such key", "repetitions: 0 is out of range", "there is no variant 'plane'", "scenarios[1].expect[0].check: ",
            "scenarios[1].expect[1].pattern: it is no regular expression", "'ask' is the id of another scenario",
            "tools[0].nam: there is no such key", "tools[0].name: it is missing", "tools[1].name: 'm ute' is no tool's name",
        }.Should().OnlyContain(words => faults.Any(fault => fault.Contains(words, StringComparison.Ordinal)), string.Join('\n', faults));
        faults.Should().NotContain(fault => fault.Contains("no variant has a tool", StringComparison.Ordinal), "one could not be read");
    }

    [Fact]
    public void A_member_that_is_missing_hides_no_fault_of_the_same_file_and_makes_none()
    {
        _folder.Replace("variants/terse.json", "\"system_prompt\"", "\"prompt\"");
        _folder.Replace("variants/terse.json", "\"name\": \"mute\"", "\"name\": \"mute it\"");
        _folder.Replace("scenarios.json", "\"scenarios\":", "\"scenes\":");

        _folder.Invoking(folder => folder.Read()).Should().Throw<SettingsException>().Which.Faults.Select(fault => fault.Split(": ")[1])
            .Should().BeEquivalentTo("prompt", "system_prompt", "tools[1].name", "scenes", "scenarios");
    }

    [Fact]
    public void Variants_whose_names_differ_in_casing_alone_are_refused()
    {
        _folder.Write("variants/PLAIN.json", "{ \"extends\": \"plain\" }");

        _folder.Invoking(folder => folder.Read()).Should().Throw<SettingsException>()
            .WithMessage("*another variant has this name in another casing*");
    }

    [Fact]
    public void A_variant_that_extends_another_has_its_members_its_tools_and_its_checks()
    {
        _folder.Replace("scenarios.json", "\"check\": \"text_not_empty\"", "\"check\": \"text_not_empty\", \"variants\": [\"plain\"]");
        _folder.Write("variants/louder.json", """
            { "extends": "plain", "system_prompt": "Shout. It is {now}.",
              "tools": [{ "name": "mute", "description": "Ends it.", "parameters": {} }] }
            """);

        ScenarioExperiment experiment = _folder.Read();

        experiment.ToolsOf("louder").Select(tool => (string)tool!["function"]!["name"]!).Should().Equal("mute", "find");
        experiment.Variant("louder").Tools[0].Description.Should().Be("Ends it.");
        ScenarioPlan plan = experiment.Plan(DateTimeOffset.UnixEpoch);
        plan.Find("louder", "greet")!.Checks.Should().Equal("no_tool", "text_not_empty");
        plan.Find("terse", "greet")!.Checks.Should().Equal("no_tool");
    }

    [Theory]
    [InlineData("{ \"extends\": \"plane\" }", "extends: there is no other variant 'plane'; there are loud, plain, terse")]
    [InlineData("{ \"extends\": \"loud\" }", "extends: there is no other variant 'loud'")]
    [InlineData("{ \"extends\": 3 }", "extends: ")]
    public void A_variant_extends_one_that_is_there(string variant, string words)
    {
        _folder.Write("variants/loud.json", variant);

        _folder.Invoking(folder => folder.Read()).Should().Throw<SettingsException>().Which.Faults.Should()
            .Contain(one => one.StartsWith("variants/loud.json(1): " + words, StringComparison.Ordinal));
    }

    [Fact]
    public void Missing_files_are_named()
    {
        File.Delete(Path.Combine(_folder.Folder, "scenarios.json"));
        Directory.Delete(Path.Combine(_folder.Folder, "variants"), recursive: true);

        _folder.Invoking(folder => folder.Read()).Should().Throw<SettingsException>().Which.Faults.Should()
            .Contain(one => one.StartsWith("scenarios.json: there is no such file", StringComparison.Ordinal))
            .And.Contain(one => one.StartsWith("variants/: there is no variant", StringComparison.Ordinal));
    }
}
