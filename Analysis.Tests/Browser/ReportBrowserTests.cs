using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.Analysis.Reporting;
using Tandem.Analysis.Tests.Reporting;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Browser;

/// <summary>The report in a real browser, from a file, as people open it.</summary>
[Trait("Category", "Browser")]
[Trait("Tier", "Slow")]
public sealed class ReportBrowserTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_report_opens_filters_sorts_and_leads_to_a_run_without_an_error()
    {
        await using Chromium browser = await Chromium.StartAsync(Token);
        using StoreBuilder store = StoreBuilder.Sound();
        Hostile.AddTo(store, task: 3);
        ReportTests.Run(store).ExitCode.Should().Be(0);

        await browser.OpenAsync(Path.Combine(ReportFolder.Of(store.Layout), "index.html"), Token);
        (await browser.TextAsync("#runs-count", Token)).Should().StartWith("12 of 12 runs; 8 passed (66.7 % of 12 with a verdict)");
        (await browser.EvaluateAsync(
            "[...document.querySelectorAll('.answers div')].every(one => one.getBoundingClientRect().bottom < 800)", Token))
            .GetValue<bool>()
            .Should().BeTrue("all five answers stand on the first screen");

        await browser.EvaluateAsync(
            "(() => { const select = document.getElementById('filter-setting'); select.value = 'coop-comm'; select.dispatchEvent(new "
            + "Event('change')); })() ?? 0", Token);
        (await browser.TextAsync("#runs-count", Token)).Should().StartWith("3 of 12 runs; 2 passed");
        await browser.EvaluateAsync(
            "new Promise(done => { const input = document.getElementById('filter-text'); input.value = 'FAILED click_task/3'; "
            + "input.dispatchEvent(new Event('input')); setTimeout(() => done(0), 300); })", Token);
        (await browser.TextAsync("#runs-table tbody", Token)).Should().Contain("3/f1_f2").And.NotContain("1/f1_f2");
        await browser.EvaluateAsync("document.querySelector('#runs-table th[data-name=\"time s\"] button').click() ?? 0", Token);
        (await browser.EvaluateAsync("location.hash", Token)).GetValue<string>().Should()
            .Be("#setting=coop-comm&text=FAILED+click_task%2F3&sort=time+s");
        browser.Errors.Should().BeEmpty();

        await browser.FollowAsync("document.querySelector('#runs-table tbody a').click()", Token);
        (await browser.TextAsync("h1", Token)).Should().Contain("coop-comm").And.Contain("click_task/3/f1_f2");
        (await browser.EvaluateAsync("document.scripts.length", Token)).GetValue<int>().Should().Be(0);
        (await browser.EvaluateAsync("document.querySelectorAll('img').length", Token)).GetValue<int>().Should().Be(0);
        (await browser.TextAsync(".talk", Token)).Should()
            .Contain("</script><script>alert(1)</script>", "hostile text is shown as what it is");
        browser.Errors.Should().BeEmpty();

        await browser.FollowAsync("history.back()", Token);
        (await browser.TextAsync("#runs-count", Token)).Should()
            .StartWith("1 of 12 runs", "the choice is there again after a look at a run");
        browser.Errors.Should().BeEmpty();
    }

    [Fact]
    public async Task A_long_list_is_shown_page_by_page_and_an_address_leads_back_to_a_choice()
    {
        await using Chromium browser = await Chromium.StartAsync(Token);
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Sample.Case(Setting.Solo))).Plan(Enumerable.Range(2, 249).Select(task => Sample.Case(Setting.CoopComm, task)));
        ReportTests.Run(store, "--draft").ExitCode.Should().Be(0);
        string page = Path.Combine(ReportFolder.Of(store.Layout), "index.html");

        await browser.OpenAsync(page, Token);
        (await browser.TextAsync("#runs-count", Token)).Should()
            .Be("250 of 250 runs; 1 passed (100.0 % of 1 with a verdict), 249 without a verdict");
        (await RowsAsync(browser)).Should().Be(100);
        await browser.EvaluateAsync("document.getElementById('runs-on').click() ?? document.getElementById('runs-on').click() ?? 0", Token);
        (await RowsAsync(browser)).Should().Be(50);
        (await browser.TextAsync("#runs-page", Token)).Should().Be("page 3 of 3");

        await browser.EvaluateAsync("(location.hash = '#outcome=passed&sort=-steps', 0)", Token);
        await browser.EvaluateAsync("new Promise(done => setTimeout(() => done(0), 200))", Token);
        (await RowsAsync(browser)).Should().Be(1);
        (await browser.EvaluateAsync("document.getElementById('filter-outcome').value", Token)).GetValue<string>().Should().Be("passed");
        browser.Errors.Should().BeEmpty();
    }

    private static async Task<int> RowsAsync(Chromium browser) =>
        (await browser.EvaluateAsync("document.querySelectorAll('#runs-table tbody tr').length", Token)).GetValue<int>();

    [Theory]
    [InlineData("light")]
    [InlineData("dark", Traits = ["Tier", "Long"])]
    public async Task Texts_stand_out_in_both_themes(string theme)
    {
        await using Chromium browser = await Chromium.StartAsync(Token);
        using StoreBuilder store = StoreBuilder.Sound();
        ReportTests.Run(store);
        await browser.CallAsync("Emulation.setEmulatedMedia", new JsonObject
        { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = theme }) }, Token);

        await browser.OpenAsync(Path.Combine(ReportFolder.Of(store.Layout), "index.html"), Token);

        // The ratio of WCAG 2: at least 4.5 for text.
        (await browser.EvaluateAsync(
            """
            (() => {
              const light = text => { const [r, g, b] = text.match(/[\d.]+/g).map(Number).map(c => c / 255).map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
              const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
              const paper = light(getComputedStyle(document.body).backgroundColor), weak = [];
              for (const one of document.querySelectorAll('h1, dt, dd b, dd span, .note, a, td, th, svg text')) {
                if (one.closest('.badge, .mark') || one.getAttribute('style')?.includes('--paper')) continue;
                const style = getComputedStyle(one), colour = one.tagName === 'text' ? style.fill : style.color;
                if (!one.closest('svg[aria-labelledby^=fig-pairs], svg[aria-labelledby^=fig-merge]') && ratio(light(colour), paper) < 4.5) weak.push(one.tagName + ' ' + colour + ' ' + one.textContent.slice(0, 30));
              }
              return weak.join('\n');
            })()
            """, Token)).GetValue<string>().Should().BeEmpty();
    }
}
