using FluentAssertions;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Judging;
using Tandem.Harness.Models;
using Tandem.Harness.TaskSets;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Models;

/// <summary>What a provider changes in a model's settings.</summary>
public sealed class ProviderSettingsTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"tandem-provider-{Guid.NewGuid():n}.json");

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("openai", "https://api.openai.com/v1", "OPENAI_API_KEY")]
    [InlineData("anthropic", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY")]
    [InlineData("gemini", "https://generativelanguage.googleapis.com/v1beta", "GEMINI_API_KEY")]
    public void A_provider_has_an_address_and_a_variable_of_its_own(string provider, string baseUrl, string variable)
    {
        ModelSettings model = Read($$"""{ "provider": "{{provider}}" }""").Model;

        (model.BaseUrl, model.KeyVariable).Should().Be((baseUrl, variable));
        ModelSettings other = Read($$"""{ "provider": "{{provider}}", "base_url": "http://[::1]:1", "key_variable": "MINE" }""").Model;
        (other.BaseUrl, other.KeyVariable).Should().Be(("http://[::1]:1", "MINE"));
    }

    [Fact]
    public void A_stored_plan_leaves_the_address_to_the_provider_that_overrides_its_own()
    {
        ExperimentPlan plan = Plan(Read("""{ "name": "m" }"""));

        ModelSettings model = ConfigurationReader.Read(plan, new Dictionary<string, string> { ["TANDEM__Model__Provider"] = "anthropic" })
            .Model;

        plan.Settings.GetProperty("model").GetProperty("base_url").GetString().Should().Be("https://api.openai.com/v1");
        (model.BaseUrl, model.KeyVariable).Should().Be(("https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"));
    }

    [Theory]
    [InlineData("""{ "name": "m", "provider": "openai" }""", false)]
    [InlineData("""{ "name": "m", "provider": "anthropic" }""", true)]
    public void Another_provider_is_another_experiment(string model, bool changes) =>
        (Plan(Read(model)).SettingsHash != Plan(Read("""{ "name": "m" }""")).SettingsHash).Should().Be(changes);

    [Fact]
    public void How_a_provider_is_reached_is_no_part_of_the_experiment() =>
        Plan(Read("""{ "name": "m", "provider": "anthropic", "base_url": "http://127.0.0.1:1", "key_variable": "MINE" }""")).SettingsHash
            .Should().Be(Plan(Read("""{ "name": "m", "provider": "anthropic" }""")).SettingsHash);

    [Fact]
    public void Another_provider_is_another_judge()
    {
        var settings = new ModelSettings { Name = "m" };

        ModelJudge.IdentityOf("m", settings with { Provider = ProviderChoice.Anthropic }).Digest.Should()
            .NotBe(ModelJudge.IdentityOf("m", settings).Digest);
        ModelJudge.IdentityOf("m", settings).Digest.Should()
            .Be("826a3a0c4ad9fe63b5986cfb4dab81555f6ec661e34b0b1fb9abc148a1c7640f", "earlier judgements stay those of this judge");
    }

    [Theory]
    [InlineData("\"temperature\": 1.5", "model.temperature: Anthropic takes 0 to 1.")]
    [InlineData("\"seed\": 1", "model.seed: Anthropic takes none*")]
    [InlineData("\"max_tokens_parameter\": \"max_completion_tokens\"", "model.max_tokens_parameter: Anthropic knows max_tokens only*")]
    [InlineData("\"reasoning_effort\": \"minimal\"", "model.reasoning_effort: Anthropic knows low, medium, high, xhigh, max, or a number*")]
    [InlineData("\"reasoning_effort\": \"8192\"", "model.reasoning_effort: the tokens of thinking are 1024 to 8191*")]
    [InlineData("\"reasoning_effort\": \"1023\"", "model.reasoning_effort: the tokens of thinking are 1024 to 8191*")]
    [InlineData("\"reasoning_effort\": \"1024\"", null)]
    [InlineData("\"reasoning_effort\": \"max\"", null)]
    [InlineData("\"temperature\": 1", null)]
    public void What_Anthropic_does_not_take_is_refused_before_anything_is_sent(string setting, string? fault)
    {
        Action read = () => Read($$"""{ "provider": "anthropic", {{setting}} }""");

        if (fault is null)
            read.Should().NotThrow();
        else
            read.Should().Throw<SettingsException>().Which.Faults.Should().ContainSingle().Which.Should().Match(fault);
        ((Action)(() => Read($$"""{ "provider": "openai", {{setting}} }"""))).Should().NotThrow();
    }

    [Fact]
    public void Nobody_asks_a_model_by_Geminis_protocol()
    {
        var settings = new ModelSettings { Name = "m", Provider = ProviderChoice.Gemini };

        ModelConnection.WhyUnusable(settings, _ => "a-key").Should().StartWith("model.provider: gemini is for command-line agents");
        PriceTable prices = PriceTable.Read(Path.Combine(ProjectFolder.Find(), settings.Prices));
        Action open = () => ModelConnection.Open(settings, _ => "a-key", prices, TimeProvider.System).Dispose();
        open.Should().Throw<SettingsException>().WithMessage("*model.provider: gemini*/v1beta/openai*GEMINI_API_KEY*");
    }

    private static ExperimentPlan Plan(ExperimentConfiguration configuration) => ExperimentPlanner
        .Plan(configuration, TaskSetLoader.Load(Path.Combine(ProjectFolder.Find(), "tasks")), DateTimeOffset.UnixEpoch);

    private ExperimentConfiguration Read(string model)
    {
        File.WriteAllText(_file, $$"""{ "name": "x", "model": {{model}} }""");
        return ConfigurationReader.Read(_file, new Dictionary<string, string>());
    }
}
