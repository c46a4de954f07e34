using System.Text;
using FluentAssertions;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Models;
using Tandem.Harness.TaskSets;
using Xunit;

namespace Tandem.Harness.Tests.Models;

public sealed class ModelSettingsTests : IDisposable
{
    private const string Key = "sk-proj-aB3dE5fG7hI9jK1lM3nO5pQ7";
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"tandem-model-{Guid.NewGuid():n}.json");

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("key_variable", Key)]
    [InlineData("key_variable", "Bearer abcdefgh")]
    [InlineData("key_variable", "aB3dE5fG7hI9jK1lM3nO5pQ7rS9")]
    [InlineData("key_variable", "gsk_aB3dE5fG7hI9jK1lM3nO5pQ7rS9")]
    [InlineData("key_variable", "0123456789abcdef0123456789abcdef")]
    [InlineData("key_variable", "9LIVES")]
    [InlineData("key_variable", "")]
    [InlineData("base_url", "https://user:" + Key + "@models.example/v1")]
    [InlineData("base_url", "https://models.example/v1?key=" + Key)]
    [InlineData("base_url", "https://models.example/v1#" + Key)]
    [InlineData("base_url", "ftp://models.example/" + Key)]
    [InlineData("base_url", Key)]
    public void A_key_in_an_experiment_is_refused_and_not_shown(string setting, string value)
    {
        Action read = () => Read($$"""{ "name": "x", "model": { "{{setting}}": "{{value}}" } }""");

        string message = read.Should().Throw<SettingsException>().Which.Message;
        message.Should().Contain($"model.{setting}: ").And.NotContain(Key);
        if (value.Length > 0)
            message.Should().NotContain(value);
    }

    [Fact]
    public void A_member_for_the_key_itself_does_not_exist()
    {
        Action read = () => Read($$"""{ "name": "x", "model": { "api_key": "{{Key}}" } }""");

        read.Should().Throw<SettingsException>().Which.Message.Should()
            .Contain("model.api_key: there is no such key").And.NotContain(Key);
    }

    [Theory]
    [InlineData("OPENAI_API_KEY")]
    [InlineData("_key")]
    [InlineData("TEAM_2_COHERE_PRODUCTION_KEY_2026")]
    [InlineData("team_2_cohere_production_key")]
    public void Names_of_variables_are_accepted(string variable) =>
        Read($$"""{ "name": "x", "model": { "key_variable": "{{variable}}" } }""").Model.KeyVariable.Should().Be(variable);

    [Fact]
    public void Values_out_of_range_are_all_reported()
    {
        Action read = () => Read("""
            { "name": "x", "model": { "name": " ", "temperature": 3, "seed": -1, "max_output_tokens": 0, "context_tokens": 10, "request_seconds": 0, "retries": -1, "max_concurrent": 0, "reasoning_effort": "", "prices": "" } }
            """);

        read.Should().Throw<SettingsException>().Which.Faults.Should().HaveCount(10);
    }

    [Fact]
    public void The_name_of_the_parameter_for_output_tokens_is_one_of_two()
    {
        Read("""{ "name": "x", "model": { "max_tokens_parameter": "max_completion_tokens" } }""").Model.MaxTokensParameter.Should()
            .Be(MaxTokensParameter.MaxCompletionTokens);
        Action read = () => Read("""{ "name": "x", "model": { "max_tokens_parameter": "tokens" } }""");

        read.Should().Throw<SettingsException>().WithMessage("*'tokens' is none of max_tokens, max_completion_tokens*");
    }

    [Theory]
    [InlineData("temperature", "0.5", true)]
    [InlineData("seed", "3", true)]
    [InlineData("max_output_tokens", "100", true)]
    [InlineData("reasoning_effort", "\"low\"", true)]
    [InlineData("context_tokens", "5000", true)]
    [InlineData("base_url", "\"http://127.0.0.1:1/v1\"", false)]
    [InlineData("key_variable", "\"OTHER_KEY\"", false)]
    [InlineData("request_seconds", "5", false)]
    [InlineData("retries", "1", false)]
    [InlineData("max_concurrent", "1", false)]
    [InlineData("max_tokens_parameter", "\"max_completion_tokens\"", false)]
    [InlineData("prices", "\"other.json\"", false)]
    public void Only_what_changes_results_is_in_the_hash(string setting, string value, bool changes)
    {
        TaskSet tasks = TaskSetLoader.Load(Path.Combine(ProjectFolder.Find(), "tasks"));
        string HashOf(string model) =>
            ExperimentPlanner.Plan(Read($$"""{ "name": "x", "model": {{model}} }"""), tasks, DateTimeOffset.UnixEpoch).SettingsHash;

        (HashOf($$"""{ "name": "m", "{{setting}}": {{value}} }""") != HashOf("""{ "name": "m" }""")).Should().Be(changes);
    }

    [Theory]
    [InlineData(null, "https://models.example/v1", Key, "*model.name*")]
    [InlineData("m", "https://models.example/v1", null, "*OPENAI_API_KEY is not set*https://models.example/v1*model.key_variable*")]
    [InlineData("m", "https://models.example/v1", "  ", "*OPENAI_API_KEY is not set*")]
    [InlineData("m", "https://models.example/v1", "two words", "*OPENAI_API_KEY is no key*")]
    [InlineData("m", "https://models.example/v1", "\n" + Key + "\n", null)]
    [InlineData("m", "http://127.0.0.1:8000/v1", null, null)]
    [InlineData("m", "http://127.8.9.10/v1", null, null)]
    [InlineData("m", "http://localhost:11434/v1", null, null)]
    [InlineData("m", "http://[::1]:11434/v1", null, null)]
    [InlineData("m", "http://192.168.1.2:11434/v1", null, "*OPENAI_API_KEY*")]
    [InlineData("m", "nonsense", Key, "model.base_url: *")]
    public void What_is_missing_for_a_model_is_said_before_anything_is_sent(string? name, string baseUrl, string? key, string? why)
    {
        var configuration = new ModelSettings { Name = name, BaseUrl = baseUrl };
        PriceTable prices = PriceTable.Read(Path.Combine(ProjectFolder.Find(), configuration.Prices));
        string? Variable(string variable) => variable == "OPENAI_API_KEY" ? key : null;
        Action open = () => ModelConnection.Open(configuration, Variable, prices, TimeProvider.System).Dispose();

        string? found = ModelConnection.WhyUnusable(configuration, Variable);

        if (why is null)
        {
            found.Should().BeNull();
            open.Should().NotThrow();
        }
        else
        {
            found.Should().Match(why).And.NotContain(Key);
            open.Should().Throw<SettingsException>().WithMessage($"*{found}*");
        }
    }

    [Theory]
    [InlineData("plain", Key)]
    [InlineData("in a header", "Authorization: Bearer " + Key)]
    [InlineData("percent-encoded", "a%2Fb%2Bc%3Dd-0123456789")]
    [InlineData("JSON-escaped", "a/b\\u002Bc=d-0123456789")]
    public void Secrets_are_taken_out_in_the_forms_in_which_programs_pass_them_on(string form, string text) =>
        new SecretFilter([Key, "a/b+c=d-0123456789"]).Clean($"<{text}>").Should().Contain("[secret]", form).And.NotContain(Key).And
            .NotContain("0123456789");

    [Theory]
    [InlineData("")]
    [InlineData("u:")]
    [InlineData("user:")]
    [InlineData("Bearer ")]
    public void Secrets_in_base64_are_found_whatever_stands_before_them(string before)
    {
        string encoded = Convert.ToBase64String(Encoding.ASCII.GetBytes(before + Key + "!"));
        var filter = new SecretFilter([Key]);

        string cleaned = filter.Clean(encoded);

        cleaned.Should().Contain("[secret]");
        cleaned.Length.Should().BeLessThan(encoded.Length - Key.Length + 4);
    }

    [Fact]
    public void Placeholders_are_no_secrets()
    {
        new SecretFilter(["none", ""]).Clean("none of it").Should().Be("none of it");
        SecretFilter.None.Clean(Key).Should().Be(Key);
    }

    private ExperimentConfiguration Read(string json)
    {
        File.WriteAllText(_file, json);
        return ConfigurationReader.Read(_file, new Dictionary<string, string>());
    }
}
