using FluentAssertions;
using Tandem.Harness.Configuration;
using Tandem.Harness.Models;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Models;

public sealed class PriceTableTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"tandem-prices-{Guid.NewGuid():n}.json");

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void The_built_in_table_says_of_when_and_from_where_its_prices_are()
    {
        PriceTable table = PriceTable.Read(Path.Combine(ProjectFolder.Find(), new ModelSettings().Prices));

        table.Date.Should().BeAfter(new DateOnly(2025, 1, 1));
        table.Source.Should().Contain("OpenAI").And.Contain("Anthropic").And.Contain("Cohere");
        table.Digest.Should().MatchRegex("^[0-9a-f]{64}$");
        table.Find("fake")!.IsFree.Should().BeTrue();
        foreach (string model in new[] { "gpt-4o", "claude-sonnet-4-5", "command-a-03-2025" })
            table.Find(model)!.IsFree.Should().BeFalse();
    }

    [Theory]
    [InlineData("small", 1)]
    [InlineData("small-2024-08-06", 1)]
    [InlineData("small-20240806", 1)]
    [InlineData("vendor/small", 1)]
    [InlineData("router/vendor/small-2024-08-06", 1)]
    [InlineData("vendor/large", 3)]
    [InlineData("small-2025-01-01", 2)]
    public void A_model_is_found_by_its_name_without_date_and_vendor(string model, int input) =>
        Table().Find(model)!.Input.Should().Be(input);

    [Theory]
    [InlineData("Small")]
    [InlineData("smal")]
    [InlineData("small-mini")]
    [InlineData("small-2024")]
    [InlineData("small-2024-13-06")]
    [InlineData("large")]
    [InlineData("")]
    public void A_model_that_is_only_like_one_has_no_price(string model) => Table().Find(model).Should().BeNull();

    [Theory]
    [InlineData("{ \"date\": \"2026-01-01\", \"source\": \"x\",\n \"models\": {\n \"a\": { \"input\": -1, \"output\": 1 } } }",
        "line 3: A price is a number from 0")]
    [InlineData("{ \"date\": \"2026-01-01\", \"source\": \"x\",\n \"models\": { \"a\": { \"input\": \"1\", \"output\": 1 } } }",
        "line 2: A price is a number from 0")]
    [InlineData("{ \"date\": \"2026-01-01\", \"source\": \"x\", \"models\": { \"a\": { \"input\": 1 } } }",
        "line 1: *missing required*output*")]
    [InlineData("{ \"date\": \"2026-01-01\", \"source\": \"x\", \"models\": { \"a\": { \"input\": 1, \"output\": 1, \"chache_read\": 0 } "
        + "} }", "line 1: *chache_read*")]
    [InlineData("{ \"date\": \"2026-01-01\", \"source\": \"x\", \"models\": { \"a\": { \"input\": 1, \"output\": 1 }, \"a\": { \"input\": "
        + "2, \"output\": 1 } } }", "line 1: *uplicate*")]
    [InlineData("{ \"date\": \"2026-01-01\", \"source\": \"x\", \"models\": { \"a\": null } }", "'a' needs a name and its prices")]
    [InlineData("{ \"date\": \"some day\", \"source\": \"x\", \"models\": {} }", "line 1:*")]
    [InlineData("{ \"source\": \"x\", \"models\": {} }", "line 1: *missing required*date*")]
    [InlineData("{ \"date\": \"2026-01-01\",\n", "line 2:*")]
    [InlineData("null", "one JSON object")]
    public void A_file_that_is_no_table_is_refused_with_its_line(string content, string message)
    {
        File.WriteAllText(_file, content);
        Action read = () => PriceTable.Read(_file);

        read.Should().Throw<SettingsException>().WithMessage($"{_file} cannot be used:*{message}*");
    }

    [Fact]
    public void A_missing_table_says_which_setting_names_it()
    {
        Action read = () => PriceTable.Read(_file);

        read.Should().Throw<SettingsException>().WithMessage("*cannot be read*model.prices*");
    }

    [Fact]
    public void Cached_and_written_tokens_cost_their_own_price()
    {
        var price = new ModelPrice(2, 10, 0.5m, 2.5m);

        price.CostOf(new TokenCounts(1_000_000, 100_000, 600_000, 100_000)).Should().Be(0.3m * 2 + 0.6m * 0.5m + 0.1m * 2.5m + 0.1m * 10);
    }

    [Fact]
    public void Without_prices_for_the_cache_all_input_costs_the_same() =>
        new ModelPrice(2, 10).CostOf(new TokenCounts(1000, 0, 600, 100)).Should().Be(0.002m);

    [Fact]
    public void One_price_above_nothing_makes_a_model_cost_money()
    {
        new ModelPrice(0, 0).IsFree.Should().BeTrue();
        new ModelPrice(0, 0, 0, 0.1m).IsFree.Should().BeFalse();
        new ModelPrice(0, 0.1m).IsFree.Should().BeFalse();
    }

    private PriceTable Table()
    {
        File.WriteAllText(_file, """
            { "date": "2026-01-01", "source": "a test", "note": "none", "models": {
              "small": { "input": 1, "output": 2 }, "small-2025-01-01": { "input": 2, "output": 2 }, "vendor/large": { "input": 3, "output": 4, "cache_read": 0.5, "cache_write": null } } }
            """);
        return PriceTable.Read(_file);
    }
}
