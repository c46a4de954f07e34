using System.Text.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Json.Schema;
using Tandem.Harness.Configuration;
using Tandem.Harness.Judging.Rubrics;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Judging;

public sealed class RubricTests
{
    public static TheoryData<string> BuiltIn => [.. RubricReader.Names(ProjectFolder.Find())];

    [Fact]
    public void Three_rubrics_are_built_in() =>
        RubricReader.Names(ProjectFolder.Find()).Should().Equal("communication-errors", "speech-acts", "symptoms");

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void A_built_in_rubric_can_be_used(string name)
    {
        Rubric rubric = RubricReader.Find(ProjectFolder.Find(), name);

        rubric.Digest.Should().HaveLength(64);
        rubric.FilledPrompt.Should().NotContain("{{").And.Contain(rubric.Definition.Labels[0].Meaning);
        rubric.Definition.Show.Should().BeEmpty("judges are blind");
        JsonSchema.FromText(rubric.Schema).Should().NotBeNull();
    }

    [Fact]
    public void The_labels_of_speech_acts_are_those_of_the_analysis() =>
        JudgedRun.Rubric("speech-acts").Definition.Labels.Select(label => label.Name)
            .Should().Equal([.. EnumNames.AllNames<SpeechAct>(), "other"]);

    [Fact]
    public void All_symptoms_but_one_need_the_conversation() =>
        JudgedRun.Rubric("symptoms").Definition.Labels.Where(label => !label.NeedsConversation).Should().ContainSingle()
            .Which.Name.Should().Be("implementation-failure");

    [Fact]
    public void All_faults_of_all_files_are_reported_at_once()
    {
        using var folder = new RubricFolder("symptoms");
        folder.Change(RubricReader.DefinitionFile, "\"version\": 1", "\"version\": 0");
        folder.Change(RubricReader.DefinitionFile, "\"quotes\": 1", "\"quotes\": 99");
        folder.Change(RubricReader.DefinitionFile, "\"merge\": 4000", "\"weather\": 4000");
        folder.Change(RubricReader.PromptFile, "{{labels}}", "{{lables}}");
        folder.Write(RubricReader.SchemaFile, "[]");

        FaultsOf(folder).Should().BeEquivalentTo(
            "rubric.json: version: it is 0; versions are counted from 1.",
            "rubric.json: quotes: 99 is out of range; it may be 0 to 20.",
            "rubric.json: evidence.weather: there is no such part; there are task, conversation, patches, merge, tests, trajectory.",
            "prompt.md: there is no value '{{lables}}'; there are labels, quotes, min, max.",
            "answer.schema.json: it must hold one JSON object.");
    }

    [Theory]
    [InlineData(RubricReader.DefinitionFile, "\"scale\": \"nominal\"", "\"scale\": \"interval\"", "*scale: interval does not*")]
    [InlineData(RubricReader.DefinitionFile, "\"scale\": \"nominal\"", "\"scale\": \"Nominal\"", "*'Nominal' is none of nominal, ordinal*")]
    [InlineData(RubricReader.DefinitionFile, "\"scale\": \"nominal\",", "", "rubric.json: scale: it is missing.")]
    [InlineData(RubricReader.DefinitionFile, "\"quotes\": 2", "\"quotes\": 2, \"colour\": 1", "*colour: there is no such key*")]
    [InlineData(RubricReader.DefinitionFile, "\"quotes\": 2", "\"quotes\": 2, \"quotes\": 3", "rubric.json: it is not JSON, line *")]
    [InlineData(RubricReader.DefinitionFile, "\"quotes\": 2", "\"\\ud800\": 2", "rubric.json: *surrogate*")]
    [InlineData(RubricReader.DefinitionFile, "\"C1b\"", "\"C1a\"", "*'C1a' is there twice*")]
    [InlineData(RubricReader.DefinitionFile, "\"C2\"", "\"none\"", "*'none' is said by the key none*")]
    [InlineData(RubricReader.DefinitionFile, "\"C2\"", "\"a b\"", "*'a b' cannot be a label*")]
    [InlineData(RubricReader.DefinitionFile, "\"name\": \"communication-errors\"", "\"name\": \"mine\"", "*give both the same name*")]
    [InlineData(RubricReader.DefinitionFile, "60000", "6", "*evidence.conversation: 6 bytes are out of range*")]
    [InlineData(RubricReader.DefinitionFile, "\"conversation\": 60000,", "", "*'C1a' needs the conversation*")]
    [InlineData(RubricReader.DefinitionFile, "[\"coop-comm\"]", "[\"duo\"]", "*'duo' is none of solo*")]
    [InlineData(RubricReader.DefinitionFile, "\"labels\": [", "\"labels\": [ null,", "*")]
    [InlineData(RubricReader.PromptFile, "{{labels}}", "", "prompt.md: '{{labels}}' is missing*")]
    [InlineData(RubricReader.SchemaFile, "\"C4b\",", "", "answer.schema.json: properties.label.enum: it is *; write *")]
    [InlineData(RubricReader.SchemaFile, "\"additionalProperties\": false", "\"additionalProperties\": true", "*additionalProperties*")]
    [InlineData(RubricReader.SchemaFile, "\"type\": \"object\",", "\"type\": \"object\", \"minItems\": 1,", "*minItems: the rubric*")]
    public void A_fault_is_named_with_its_file(string file, string part, string by, string fault)
    {
        using var folder = new RubricFolder("communication-errors");
        folder.Change(file, part, by);

        FaultsOf(folder).Should().Contain(found => Matches(found, fault));
    }

    [Theory]
    [InlineData(RubricReader.DefinitionFile)]
    [InlineData(RubricReader.PromptFile)]
    [InlineData(RubricReader.SchemaFile)]
    public void A_file_that_is_missing_or_no_text_is_named(string file)
    {
        using var folder = new RubricFolder("symptoms");
        File.WriteAllBytes(Path.Combine(folder.Folder, file), [0xC3, 0x28]);
        FaultsOf(folder).Should().Contain($"{file}: it is not UTF-8; save it so.");
        File.Delete(Path.Combine(folder.Folder, file));

        FaultsOf(folder).Where(fault => fault.StartsWith($"{file}: ", StringComparison.Ordinal)).Should().ContainSingle().Which.Should()
            .StartWith($"{file}: there is no such file; "
                + (file == RubricReader.SchemaFile ? "for these labels it must say {" : "copy that of a built-in rubric and change it."));
    }

    [Fact]
    public void Without_a_schema_the_fault_says_what_it_must_be()
    {
        using var folder = new RubricFolder("symptoms");
        File.Delete(Path.Combine(folder.Folder, RubricReader.SchemaFile));
        string said = FaultsOf(folder).Single(fault => fault.Contains("it must say", StringComparison.Ordinal));

        folder.Write(RubricReader.SchemaFile, said[said.IndexOf('{', StringComparison.Ordinal)..]);

        folder.Read().Name.Should().Be("symptoms");
    }

    [Fact]
    public void The_digest_covers_each_file_and_no_line_ends()
    {
        using var folder = new RubricFolder("symptoms");
        string digest = folder.Read().Digest;
        string prompt = File.ReadAllText(Path.Combine(folder.Folder, RubricReader.PromptFile));

        folder.Write(RubricReader.PromptFile, "\uFEFF" + prompt.Replace("\n", "\r\n", StringComparison.Ordinal));
        folder.Read().Digest.Should().Be(digest);
        JudgedRun.Rubric("symptoms").Digest.Should().Be(digest);
        folder.Write(RubricReader.PromptFile, prompt + "!");
        folder.Read().Digest.Should().NotBe(digest);
    }

    [Fact]
    public void Line_ends_of_titles_and_descriptions_in_a_schema_are_free()
    {
        using var folder = new RubricFolder("symptoms");
        folder.Change(RubricReader.SchemaFile, "\"type\": \"object\",", "\"type\": \"object\", \"description\": \"What you say.\",");

        folder.Read().Schema.Should().Contain("What you say.");
    }

    [Fact]
    public void A_rubric_can_ask_for_a_score()
    {
        using RubricFolder folder = RubricFolder.OfScores();

        folder.Read().FilledPrompt.Should().Be("How clear did they write, from 0 to 10?\n");
    }

    [Fact]
    public void A_rubric_that_is_not_there_is_named_with_those_that_are() =>
        FluentActions.Invoking(() => RubricReader.Find(ProjectFolder.Find(), "symptom")).Should().Throw<SettingsException>()
            .WithMessage("*'symptom'*there are communication-errors, speech-acts, symptoms*");

    [Theory]
    [InlineData("symptoms", true)]
    [InlineData("communication-errors", true)]
    public void A_rubric_applies_to_the_runs_that_it_names(string name, bool applies)
    {
        using var run = new JudgedRun("I change core.py");
        Rubric rubric = JudgedRun.Rubric(name);

        rubric.AppliesTo(run.Run).Should().Be(applies);
        rubric.AppliesTo(run.Run with { Setting = Setting.Solo }).Should().BeFalse();
        rubric.AppliesTo(run.Run with { BothPassed = true }).Should().Be(name != "symptoms");
        rubric.AppliesTo(run.Run with { MessagesCount = 0 }).Should().Be(name == "symptoms");
        JudgedRun.Rubric("symptoms").AppliesTo(run.Run with { InfraError = true }).Should().BeFalse("nothing is known of it");
    }

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void The_schema_says_what_the_check_does(string name)
    {
        JsonNode expected = AnswerSchema.Of(JudgedRun.Rubric(name).Definition);
        using var answer = JsonDocument.Parse("{\"colour\": 1}");

        JsonSchema.FromText(expected.ToJsonString()).Evaluate(answer.RootElement).IsValid.Should().BeFalse();
    }

    private static IReadOnlyList<string> FaultsOf(RubricFolder folder) =>
        FluentActions.Invoking(folder.Read).Should().Throw<SettingsException>().Which.Faults;

    private static bool Matches(string text, string pattern) => System.Text.RegularExpressions.Regex.IsMatch(text,
        "^" + System.Text.RegularExpressions.Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal) + "$",
        System.Text.RegularExpressions.RegexOptions.Singleline);
}
