using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FluentAssertions;
using Json.Schema;
using Tandem.Harness.Configuration;
using Xunit;
using YamlDotNet.Serialization;

namespace Tandem.Harness.Tests.Deploy;

/// <summary>The workflow of <c>deploy/github</c> is one by GitHub's schema, and asks for no more than it needs. GitHub has not run
/// it.</summary>
public sealed class GitHubWorkflowTests
{
    private static readonly string s_file = Path.Combine(ProjectFolder.Find(), "deploy", "github", "tandem.yml");
    private static readonly JsonSchema s_schema = JsonSchema.FromText(
        File.ReadAllText(Path.Combine(ProjectFolder.Find(), "Harness.Tests", "Deploy", "github-workflow.schema.json")));

    [Fact]
    public void The_schema_holds() => Faults(File.ReadAllText(s_file)).Should().BeEmpty();

    [Theory]
    [InlineData("runs-on: ubuntu-latest", "run-on: ubuntu-latest")]
    [InlineData("fail-fast: false", "fail-fast: 7")]
    [InlineData("contents: read", "contents: all")]
    [InlineData("    timeout-minutes: 60", "    timeout: 60")]
    [InlineData("  workflow_dispatch:", "  workflow_dispatched:")]
    public void A_wrong_field_is_found(string right, string wrong)
    {
        string text = File.ReadAllText(s_file);
        text.Should().Contain(right);
        Faults(text.Replace(right, wrong, StringComparison.Ordinal)).Should().NotBeEmpty();
    }

    [Fact]
    public void Nothing_is_granted_that_no_job_asks_for_and_one_alone_writes_checks()
    {
        JsonObject workflow = Read(File.ReadAllText(s_file)).AsObject();
        workflow["permissions"]!.AsObject().Should().BeEmpty();
        JsonObject[] jobs = [.. workflow["jobs"]!.AsObject().Select(job => job.Value!.AsObject())];
        jobs.SelectMany(job => job["permissions"]!.AsObject()).Where(granted => $"{granted.Value}" != "read").Should().ContainSingle()
            .Which.Key.Should().Be("checks");
        jobs.SelectMany(job => job["steps"]!.AsArray()).Select(step => step!["uses"]?.ToString()).OfType<string>().Should()
            .OnlyContain(action => Regex.IsMatch(action, "^[a-z-]+/[a-z-]+@v[0-9]+$"));
    }

    [Fact]
    public void No_script_holds_what_others_write() =>
        Read(File.ReadAllText(s_file))["jobs"]!.AsObject().SelectMany(job => job.Value!["steps"]!.AsArray())
            .Select(step => step!["run"]?.ToString() ?? "").Should().NotContain(script => script.Contains("${{", StringComparison.Ordinal));

    private static string[] Faults(string text)
    {
        EvaluationResults results = s_schema.Evaluate(
            JsonSerializer.SerializeToElement(Read(text)), new EvaluationOptions { OutputFormat = OutputFormat.List });
        return results.IsValid ? []
            : [.. (results.Details ?? []).Where(detail => detail.Errors is not null).SelectMany(detail => detail.Errors!
                .Select(error => $"{detail.InstanceLocation}: {error.Value}")).DefaultIfEmpty("invalid")];
    }

    private static JsonNode Read(string text)
    {
        object document = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().WithDuplicateKeyChecking().Build()
            .Deserialize<object>(text);
        return JsonSerializer.SerializeToNode(document)!;
    }
}
