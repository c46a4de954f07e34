using System.Text.Json;
using FluentAssertions;
using Tandem.Harness.Configuration;
using Tandem.Harness.Judging;
using Tandem.Harness.Judging.Rubrics;
using Tandem.Harness.Tests.Docs;
using Tandem.Records.Json;
using Tandem.Records.Judgements;
using Xunit;

namespace Tandem.Harness.Tests.Judging;

/// <summary>What the page on judges says is so.</summary>
public sealed class JudgeDocsTests
{
    private static readonly Page s_page = Page.Of("docs/judges.md");

    [Fact]
    public void The_rubric_of_the_page_can_be_used_with_the_schema_that_the_fault_gives()
    {
        using var folder = new RubricFolder("symptoms", "clarity");
        folder.Write(RubricReader.DefinitionFile, s_page.Blocks("json").Single());
        folder.Write(RubricReader.PromptFile, s_page.Blocks("text").Single());
        File.Delete(Path.Combine(folder.Folder, RubricReader.SchemaFile));
        string fault = FluentActions.Invoking(folder.Read).Should().Throw<SettingsException>().Which.Faults
            .Single(text => text.Contains("it must say", StringComparison.Ordinal));

        folder.Write(RubricReader.SchemaFile, fault[fault.IndexOf('{', StringComparison.Ordinal)..]);

        folder.Read().FilledPrompt.Should().Contain("from 0 (nobody could act on it) to 10");
    }

    [Fact]
    public void The_page_names_every_rubric_result_status_and_key()
    {
        string[] names =
        [
            .. RubricReader.Names(ProjectFolder.Find()), .. EnumNames.AllNames<JudgementOutcome>(), .. EnumNames.AllNames<JudgeStatus>(),
            .. EnumNames.AllNames<AnswerForm>(), .. EnumNames.AllNames<RatingScale>(), .. EnumNames.AllNames<EvidencePart>(),
            .. EnumNames.AllNames<ShownName>(), RulesJudge.Name,
            .. typeof(RubricDefinition).GetProperties().Select(key => JsonNamingPolicy.SnakeCaseLower.ConvertName(key.Name)),
            .. typeof(RubricRuns).GetProperties().Select(key => JsonNamingPolicy.SnakeCaseLower.ConvertName(key.Name)),
        ];

        s_page.Code.Should().Contain(names);
    }
}
