using FluentAssertions;
using Tandem.Analysis.Importing;
using Xunit;

namespace Tandem.Analysis.Tests.Importing;

/// <summary>Runs under the names that upstream gives by itself.</summary>
public sealed class DefaultNamesTests : IDisposable
{
    private readonly UpstreamTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void Solo_and_coop_with_messages_are_taken_by_their_config_and_said_so()
    {
        Config(_tree.Solo("solo-msa_v2-gpt-5"), "solo");
        Config(_tree.Coop("coop-msa_v2-gpt-5"), "coop");
        var warnings = new ImportWarnings();
        var logs = new UpstreamLogs(_tree.Logs, warnings);

        logs.Find(map: null, prefix: null).Select(run => $"{run.Name}: {run.Cell}").Should()
            .Equal("solo-msa_v2-gpt-5: solo seed 0", "coop-msa_v2-gpt-5: coop-comm seed 0");

        logs.Prefix.Should().Be("msa_v2-gpt-5");
        warnings.All.Select(warning => warning.ToString()).Should().Contain(text => text.Contains("is taken as solo, seed 0, by its "
            + "config.json")).And.Contain(text => text.Contains("is taken as coop-comm") && text.Contains("sent messages"));
    }

    [Theory]
    [InlineData("coop-msa_v2-gpt-5", "coop", "[]", "does not say whether they could")]
    [InlineData("coop-msa_v2-git-gpt-5", "coop", "[{}]", "shared a git remote")]
    [InlineData("mine", "other", "[{}]", "does not say its setting in its name or its config.json")]
    public void What_nothing_says_is_left_out_and_named(string run, string setting, string conversation, string why)
    {
        Config(_tree.Solo("solo-msa_v2-gpt-5"), "solo");
        string folder = _tree.Coop(run);
        _tree.Write($"{folder}/conversation.json", conversation);
        Config(folder, setting);
        var warnings = new ImportWarnings();

        new UpstreamLogs(_tree.Logs, warnings).Find(map: null, prefix: null).Should().ContainSingle();

        warnings.All.Should().ContainSingle(warning => warning.File == run).Which.What.Should().Contain(why).And.Contain("--map FILE");
    }

    [Fact]
    public void A_thousand_warnings_of_one_kind_hide_no_other()
    {
        var warnings = new ImportWarnings();
        for (int i = 0; i < 1000; i++)
            warnings.Add($"run/coop/repo_task/{i}/f1_f2/result.json", $"cost is '{i}'; unknown");
        warnings.Add("run/coop/repo_task/7/f1_f2/eval.json", "is no JSON: the case has no verdict");
        warnings.Add("other", "is not in the map; left out");
        using var output = new StringWriter { NewLine = "\n" };

        ImportText.WriteWarnings(output, warnings.All, isVerbose: false, keptIn: "");

        string[] lines = output.ToString().Split('\n');
        lines[1].Should().Be("    other: is not in the map; left out");
        lines.Should().Contain(line => line.Contains("has no verdict"));
        lines[21].Should().Be("    and 982 more");
    }

    private void Config(string caseFolder, string setting) =>
        _tree.Write($"{caseFolder.Split('/')[0]}/config.json", $$"""{"run_name": "x", "setting": "{{setting}}"}""");
}
