using System.Text.Json.Nodes;
using Deque.AxeCore.Commons;
using FluentAssertions;
using Tandem.Analysis.Reporting;
using Tandem.Analysis.Tests.Scenarios;
using Xunit;

namespace Tandem.Analysis.Tests.Browser;

/// <summary>The pages of a scenario experiment in a real browser: nothing overflows, axe-core finds nothing, the filters work without a
/// script.</summary>
[Trait("Category", "Browser")]
[Trait("Tier", "Slow")]
public sealed class ScenarioBrowserTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1280, "light", Traits = ["Tier", "Long"])]
    [InlineData(1280, "dark", Traits = ["Tier", "Long"])]
    [InlineData(390, "light", Traits = ["Tier", "Long"])]
    [InlineData(390, "dark", Traits = ["Tier", "Long"])]
    public async Task Both_pages_can_be_read_on_any_screen(int width, string theme)
    {
        await using Chromium browser = await Chromium.StartAsync(Token);
        await browser.CallAsync("Emulation.setDeviceMetricsOverride", new JsonObject
        { ["width"] = width, ["height"] = 900, ["deviceScaleFactor"] = 1, ["mobile"] = false }, Token);
        await browser.CallAsync("Emulation.setEmulatedMedia", new JsonObject
        { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = theme }) }, Token);
        using PlantedScenarioStore store = ScenarioShowcase.Store();
        store.Call("report", "--draft").ExitCode.Should().Be(0);

        var found = new List<string>();
        foreach (string page in new[] { "index.html", "answers.html" })
        {
            await browser.OpenAsync(Path.Combine(ReportFolder.Of(store.Layout), page), Token);
            if (Environment.GetEnvironmentVariable("TANDEM_SCREENSHOTS") is { } pictures)
                await AccessibilityTests.ShootAsync(browser, Path.Combine(pictures, $"scenarios-{page}-{width}-{theme}.png"));
            await browser.EvaluateAsync("document.querySelectorAll('details').forEach(one => one.open = true) ?? 0", Token);
            await browser.EvaluateAsync(new BundledAxeScriptProvider().GetScript() + "; 0", Token);
            foreach (string look in new[] { AccessibilityTests.Axe, AccessibilityTests.Overflow })
                found.Add($"{page}: {(await browser.EvaluateAsync(look, Token)).GetValue<string>()}");
            (await browser.EvaluateAsync("document.scripts.length + document.images.length", Token)).GetValue<int>().Should().Be(0);
            browser.Errors.Should().BeEmpty();
        }

        found.Where(text => !text.EndsWith(": ", StringComparison.Ordinal)).Should().BeEmpty();
    }

    [Fact]
    public async Task The_answers_are_filtered_by_failure_and_by_tag_without_a_script()
    {
        await using Chromium browser = await Chromium.StartAsync(Token);
        using PlantedScenarioStore store = ScenarioShowcase.Store();
        store.Call("report", "--draft").ExitCode.Should().Be(0);
        await browser.OpenAsync(Path.Combine(ReportFolder.Of(store.Layout), "answers.html"), Token);
        const string Shown = "[...document.querySelectorAll('.scenario')].filter(one => one.checkVisibility()).map(one => one.id).join()";

        (await browser.EvaluateAsync(Shown, Token)).GetValue<string>().Should()
            .Be("scenario-s1,scenario-s2,scenario-s3,scenario-s4,scenario-s5");
        await browser.EvaluateAsync("document.getElementById('only-failing').click() ?? 0", Token);
        (await browser.EvaluateAsync(Shown, Token)).GetValue<string>().Should().Be("scenario-s3,scenario-s4,scenario-s5");
        await browser.EvaluateAsync("document.getElementById('tag-2').click() ?? 0", Token);
        (await browser.EvaluateAsync(Shown, Token)).GetValue<string>().Should().Be("scenario-s4");
    }
}
