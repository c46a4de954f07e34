using System.Text;
using FluentAssertions;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Rules.Secrets;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Rules;

public sealed class SecretTests
{
    private static readonly Dictionary<string, string> s_keys = new()
    {
        ["OpenAI"] = Keys.OpenAi,
        ["Anthropic"] = Keys.Anthropic,
        ["AWS"] = Keys.Aws,
        ["GitHub"] = Keys.GitHub,
        ["Slack"] = Keys.Slack,
        ["Google"] = Keys.Google,
        ["Hugging Face"] = Keys.HuggingFace,
        ["bearer"] = Keys.Bearer,
        ["private key"] = Keys.PrivateKey,
        ["private key in JSON"] = Keys.PrivateKey.Replace("\n", "\\n", StringComparison.Ordinal),
        ["private key in a patch"] = "+" + Keys.PrivateKey.Replace("\n", "\n+", StringComparison.Ordinal),
    };

    public static TheoryData<string> KeyNames => [.. s_keys.Keys];

    [Theory]
    [MemberData(nameof(KeyNames))]
    public void A_key_is_found_by_its_line_wherever_it_stands_in_it(string name)
    {
        foreach (string around in (string[])["{0}", "key={0};", "\"{0}\"", "{{\"output\":\"first\\n{0}\\nlast\"}}",
            "url?key={0}&x=1", "({0})."])
        {
            List<FoundSecret> found =
                Scan("one\ntwo\n" + string.Format(System.Globalization.CultureInfo.InvariantCulture, around, s_keys[name]) + "\nend\n");

            found.Should().ContainSingle(because: around).Which.Line.Should().Be(3);
        }
    }

    [Theory]
    [InlineData("AKIA" + "IOSFODNN7EXAMPLE")]
    [InlineData("sk-" + "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    [InlineData("sk-" + "1234567890abcdefghijklmnopqrstuv")]
    [InlineData("sk-" + "your-api-key-goes-here-123456")]
    [InlineData("<div class=\"sk-folding-cube-with-animation2\">")]
    [InlineData("task-4a7f3b2c9d8e1f6a5b4c3d2e1f0a9b8c")]
    [InlineData("risk_sk-no")]
    [InlineData("Authorization: Bearer $TOKEN_OF_THE_SERVICE_IN_USE")]
    [InlineData("Bearer tokens-are-explained-in-the-documentation")]
    [InlineData("-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----")]
    [InlineData("if line == '-----BEGIN RSA PRIVATE KEY-----':")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUq7Zt4Wb9Rk2Lx8Vc5Nm3Hs6Pd1Gf0Jyw")]
    [InlineData("ghp_short")]
    [InlineData("xoxb-not-a-token-at-all")]
    [InlineData("0d8876ba817862d9e88971d8af71d767b59c1b62774668fd273b109fc5dfea10")]
    public void What_only_looks_a_little_like_a_key_is_passed_over(string text) => Scan($"before\n{text}\nafter").Should().BeEmpty();

    [Fact]
    public void A_key_is_found_wherever_the_reading_of_a_large_file_is_cut()
    {
        const int Block = 256 * 1024;
        foreach (int before in (int[])[Block - 1100, Block - 1025, Block - 1024, Block - 1023, Block - 60, Block - 30, Block - 3, Block - 1,
            Block, Block + 1, (2 * Block) - 20])
        {
            byte[] text = [.. Enumerable.Repeat((byte)'\n', before), .. Encoding.ASCII.GetBytes(Keys.OpenAi),
                .. Enumerable.Repeat((byte)' ', Block)];

            SecretScan.Of(new MemoryStream(text)).Should().ContainSingle(because: $"{before} bytes stand before it").Which.Line
                .Should().Be(before + 1);
        }
    }

    [Fact]
    public void Several_keys_of_a_file_are_all_found_once()
    {
        string text = string.Join('\n', s_keys.Values.Append(Keys.Bearer));

        Scan(text).Should().HaveCount(s_keys.Count + 1).And.BeInAscendingOrder(found => found.Line);
    }

    [Fact]
    public void A_finding_names_case_file_and_line_and_not_the_key()
    {
        CaseId id = Sample.Case(Setting.CoopComm);
        using StoreBuilder store = new StoreBuilder().Add(
            Sample.Run(id) with { Agent = Keys.GitHub, Simulated = false },
            change: files => files["agent1.patch"] = Encoding.ASCII.GetBytes($"+first\n+token = '{Keys.Slack}'\n"));

        RuleOutcome outcome = new SecretRule().Check(store.Read());

        outcome.Findings.Select(f => f.ToString()).Should().Equal(
            $"{id}: what looks like a GitHub token, fingerprint {SecretPattern.Fingerprint(Keys.GitHub)} [runs/coop-comm_seed0.jsonl(2)]",
            $"{id}: what looks like a Slack token, fingerprint {SecretPattern.Fingerprint(Keys.Slack)} "
                + $"[artifacts/{id}/attempt1/agent1.patch(2)]",
            $"{id}: what looks like a GitHub token, fingerprint {SecretPattern.Fingerprint(Keys.GitHub)} "
                + $"[artifacts/{id}/attempt1/result.json(11)]");
        string.Concat(outcome.Findings.Select(f => f.ToString())).Should().NotContain(Keys.GitHub[4..16]).And.NotContain(Keys.Slack[8..20]);
    }

    [Fact]
    public void A_text_that_is_no_key_can_be_allowed_by_its_fingerprint()
    {
        using StoreBuilder store = new StoreBuilder()
            .Add(Sample.Run(Sample.Case(Setting.Solo)), change: files =>
            files["solo.patch"] = Encoding.ASCII.GetBytes(Keys.Aws + " " + Keys.Google));
        File.WriteAllText(Path.Combine(store.Layout.ExperimentFolder, SecretSearch.AllowedFile),
            $"# fixtures\n\n{SecretPattern.Fingerprint(Keys.Aws)} a fixture of the task\n");

        new SecretRule().Check(store.Read()).Findings.Should().ContainSingle().Which.What.Should().Contain("a Google API key");
    }

    private static List<FoundSecret> Scan(string text) => SecretScan.Of(new MemoryStream(Encoding.UTF8.GetBytes(text)));
}
