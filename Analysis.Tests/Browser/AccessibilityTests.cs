using System.Text.Json.Nodes;
using Deque.AxeCore.Commons;
using FluentAssertions;
using Tandem.Analysis.Reporting;
using Tandem.Analysis.Tests.Reporting;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Xunit;

namespace Tandem.Analysis.Tests.Browser;

/// <summary>The report's pages can be read with a keyboard, a screen reader or a narrow screen: axe-core finds nothing, of whatever level.
/// </summary>
[Trait("Category", "Browser")]
[Trait("Tier", "Slow")]
public sealed class AccessibilityTests
{
    internal const string Axe =
        """
        axe.run(document, { resultTypes: ['violations'] }).then(found => found.violations.flatMap(rule => rule.nodes.map(node =>
          `${rule.id} (${rule.impact}): ${node.target.join(' ')}: ${node.failureSummary.replace(/\s+/g, ' ')}`)).join('\n'))
        """;

    internal const string Overflow =
        """
        document.documentElement.scrollWidth <= document.documentElement.clientWidth ? '' : [...document.querySelectorAll('body *')]
          .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth && !one.closest('.wide, pre, svg'))
          .map(one => one.tagName + '.' + one.className + ' ' + one.textContent.slice(0, 40)).join('\n') || 'the page scrolls sideways'
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1280, "light", Traits = ["Tier", "Long"])]
    [InlineData(1280, "dark", Traits = ["Tier", "Long"])]
    [InlineData(390, "light", Traits = ["Tier", "Long"])]
    [InlineData(390, "dark", Traits = ["Tier", "Long"])]
    public async Task Nothing_is_found_on_any_kind_of_page(int width, string theme)
    {
        await using Chromium browser = await Chromium.StartAsync(Token);
        await browser.CallAsync("Emulation.setDeviceMetricsOverride", new JsonObject
        { ["width"] = width, ["height"] = 900, ["deviceScaleFactor"] = 1, ["mobile"] = false }, Token);
        await browser.CallAsync("Emulation.setEmulatedMedia", new JsonObject
        { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = theme }) }, Token);
        string axe = new BundledAxeScriptProvider().GetScript();
        using StoreBuilder store = StoreBuilder.Sound();
        CaseId hostile = Hostile.AddTo(store, task: 3).CaseId;
        CaseId infra = Sample.Case(Setting.CoopNocomm, 5);
        store.Add(Sample.Infra(infra)).Add(Sample.Interrupted(infra, attempt: 2)).Plan(Sample.Case(Setting.Solo, 9));
        CaseId killed = Sample.Case(Setting.Solo, 8);
        store.Plan(killed);
        Directory.CreateDirectory(store.Layout.AttemptFolder(killed, 1));
        CaseId judged = Sample.Case(Setting.CoopComm);
        store.Judge(SampleJudgement.Of(judged), SampleJudgement.By("symptoms", "builtin:rules", judged, "repetition"),
            SampleJudgement.Failed(hostile) with { Replies = [new JudgeReply(Hostile.Output.Length + " is no JSON", "stop")] },
            SampleJudgement.Acts("gpt-4o", judged, "plan"));
        ReportTests.Run(store, "--draft", "--partial").ExitCode.Should().Be(0);
        string folder = ReportFolder.Of(store.Layout);

        var found = new List<string>();
        foreach (string page in (string[])
            ["index.html", .. new[] { Sample.Case(Setting.Solo), judged, hostile, infra, killed }.Select(id => $"runs/{id}.html")])
        {
            await browser.OpenAsync(Path.Combine(folder, page), Token);
            // All that is folded, but of hundreds of steps the first.
            await browser.EvaluateAsync(
                "document.querySelectorAll('details:not(li:nth-child(n+4) details)').forEach(one => one.open = true) ?? 0", Token);
            await browser.EvaluateAsync("document.querySelectorAll('.steps li:nth-child(n+4)').forEach(one => one.remove()) ?? 0", Token);
            await browser.EvaluateAsync(axe + "; 0", Token);
            foreach (string look in new[] { Axe, Overflow })
                found.Add($"{page}: {(await browser.EvaluateAsync(look, Token)).GetValue<string>()}");
            if (Environment.GetEnvironmentVariable("TANDEM_SCREENSHOTS") is { } pictures)
                await ShootAsync(browser, Path.Combine(pictures, $"{page.Replace('/', '-')}-{width}-{theme}.png"));
        }

        found.Where(text => !text.EndsWith(": ", StringComparison.Ordinal)).Should().BeEmpty();
    }

    internal static async Task ShootAsync(Chromium browser, string path)
    {
        JsonNode shot = await browser.CallAsync("Page.captureScreenshot", new JsonObject { ["captureBeyondViewport"] = true }, Token);
        await File.WriteAllBytesAsync(path, Convert.FromBase64String((string)shot["data"]!), Token);
    }
}
