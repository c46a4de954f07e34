using System.Xml.Linq;
using FluentAssertions;
using Tandem.Analysis.Reporting;
using Tandem.Analysis.Reporting.Scenarios;
using Tandem.Analysis.Tests.Stores;
using Xunit;

namespace Tandem.Analysis.Tests.Scenarios;

public sealed class ScenarioReportTests
{
    [Fact]
    public void A_sound_store_gets_its_pages_and_the_same_bytes_again()
    {
        using var store = PlantedScenarioStore.Sound();

        (int exitCode, string output, string error) = store.Call("report");

        exitCode.Should().Be(0);
        error.Should().BeEmpty();
        output.Should().Be($"report: {Path.Combine(ReportFolder.Of(store.Layout), "index.html")}\n");
        Page(store, "index.html").Should().Contain("<h1>50.0 % (2 of 4) passed under formal, 100.0 % (4 of 4) under plain: the difference "
            + "of \u221250.0 pp within 2 scenarios may be chance.</h1>")
            .And.Contain("<title>talks: report</title>").And.NotContain("<script");
        Page(store, "index.html").Replace("xmlns=\"http://www.w3.org/2000/svg\"", "", StringComparison.Ordinal).Should()
            .NotContain("://");
        string[] files = ["answers.html", "figures/passed-by-variant.csv", "figures/passed-by-variant.svg", "index.html", "report.md"];
        string[] first = [.. files.Select(file => Page(store, file))];
        store.Call("report");
        files.Select(file => Page(store, file)).Should().Equal(first);
        Directory.EnumerateFiles(ReportFolder.Of(store.Layout), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(ReportFolder.Of(store.Layout), file)).Should().BeEquivalentTo(files);
    }

    [Fact]
    public void A_figure_shows_the_rate_of_each_variant_and_carries_its_numbers()
    {
        string longName = "a-variant-" + new string('x', 60);
        using var store = new PlantedScenarioStore(scenarios: 3, variants: ["plain", longName]);
        store.Fill((id, place) => id.Variant == "plain" ? place == 0 ? null : true : id.Scenario == "s1");

        store.Call("report", "--draft").ExitCode.Should().Be(0);

        Page(store, "figures/passed-by-variant.csv").Should().Be(
            $"""
            variant,cases,with_verdict,passed,rate,wilson95_low,wilson95_high,bootstrap95_low,bootstrap95_high,not_run,infra_errors,interrupted,checks_due,bound_low,bound_high
            plain,6,5,5,1,0.565518,1,1,1,0,1,0,0,0.833333,1
            {longName},6,6,2,0.333333,0.096771,0.700007,0,1,0,0,0,0,0.333333,0.333333

            """.ReplaceLineEndings("\n"));
        Page(store, "index.html").Should().Contain("<figure class=broad><figcaption><b>Passed by variant</b>").And.Contain("<svg xmlns=")
            .And.Contain("<title>plain: 5 of 5, 95 % interval 56.6 to 100.0 %</title>")
            .And.Contain("a-variant-xxxxxxxxxxxxxxxxxxxxx\u2026<")
            .And.Contain("Hatched: where the rate would lie").And.Contain("<a href=\"figures/passed-by-variant.csv\">CSV</a>");
        var drawn = XDocument.Parse(Page(store, "figures/passed-by-variant.svg"));
        drawn.Root!.Attribute("viewBox")!.Value.Should().Be("0 0 718 150");
    }

    [Fact]
    public void A_store_that_fails_gets_no_report_but_a_draft_that_says_so()
    {
        using var store = PlantedScenarioStore.Sound();
        store.Call("report").ExitCode.Should().Be(0);
        string old = Page(store, "index.html");
        File.Delete(store.RunFile("formal", 2));

        (int exitCode, _, string error) = store.Call("report");

        exitCode.Should().Be(1);
        error.Should().Contain("FAIL SCEN-02").And.Contain("error: No report of talks: its store fails SCEN-02, SCEN-04")
            .And.Contain("The report of an earlier state is left as it was.");
        Page(store, "index.html").Should().Be(old);
        store.Call("report", "--draft").ExitCode.Should().Be(0);
        foreach (string page in new[] { "index.html", "answers.html" })
            Page(store, page).Should().Contain("<b>DRAFT</b> The store fails its validation (SCEN-02, SCEN-04)");
        store.Call("report", "--partial").ExitCode.Should().Be(0);
        Page(store, "index.html").Should().Contain("<b>PARTIAL</b> 6 of 8 planned cases count so far; the numbers will change.");
    }

    [Fact]
    public void A_simulation_is_said_in_the_titles_and_at_the_top_of_both_pages()
    {
        using var store = new PlantedScenarioStore(variants: ["plain"]);
        store.WritePlan(plan => plan with { Simulated = true, Model = "builtin:echo" }).Fill((_, _) => true);

        store.Call("report").ExitCode.Should().Be(0);

        Page(store, "index.html").Should().Contain("<title>talks: simulated, report</title>")
            .And.Contain("<b>SIMULATION</b>, no model was asked: builtin:echo is a built-in program")
            .And.Contain("<h1>Simulated, no model was asked: 100.0 % (4 of 4) passed under plain; there is no other "
                + "variant to compare with.");
        Page(store, "answers.html").Should().Contain("<title>talks: simulated answers</title>").And.Contain("<b>SIMULATION</b>")
            .And.Contain("<h1>Answers of a built-in program (simulated), side by side</h1>");
        Page(store, "report.md").Should().StartWith("## talks: Simulated, no model was asked: ");
    }

    [Fact]
    public void Equal_answers_stand_once_and_what_differs_is_marked()
    {
        using PlantedScenarioStore store = ScenarioShowcase.Store();
        store.Call("report", "--draft").ExitCode.Should().Be(0);
        string page = Page(store, "answers.html");

        page.Should().Contain("<b>3 of 3</b>").And.Contain("<b>1 of 3</b> differs")
            .And.Contain("Your table <mark>for two is booked. Enjoy!</mark>")
            .And.Contain("repetition 3: missing, infrastructure error (rate_limit): The endpoint did not answer. "
                + "[runs/applike_run3.jsonl(4)]")
            .And.Contain("<span class=\"badge fail\">2 of 3</span> tool_called book_table<div class=meta>rep 2: called find_table</div>")
            .And.Contain("<code>runs/plain_run1.jsonl(2)</code>")
            .And.Contain("clock 2026-05-01T18:00:00+02:00; persona: a hurried guest");
        Page(store, "index.html").Should().Contain("<a href=\"answers.html#scenario-s4\">s4</a> under plain: 0 of 3 passed, 2 needed");
    }

    [Fact]
    public void What_users_and_models_wrote_is_escaped()
    {
        using PlantedScenarioStore store = ScenarioShowcase.Store();
        store.Call("report", "--draft").ExitCode.Should().Be(0);

        foreach (string file in new[] { "index.html", "answers.html" })
        {
            string page = Page(store, file);
            page.Should().NotContain("<script").And.NotContain("<img").And.NotContain("<b>tool</b>").And.NotContain("\u202E")
                .And.NotContain("\u001b");
        }
        Page(store, "answers.html").Should().Contain("&lt;script&gt;alert(1)").And.Contain("&lt;b&gt;tool&lt;/b&gt;");
        Hostile.Text.Should().Contain("<script>alert(1)");
    }

    [Fact]
    public void A_plan_without_any_record_is_reported_as_a_draft_and_claims_nothing()
    {
        using var store = new PlantedScenarioStore();

        store.Call("report", "--draft").ExitCode.Should().Be(0);

        Page(store, "index.html").Should().Contain("<h1>DRAFT: No conversation has a verdict yet; 8 of 8 cases have no verdict.</h1>")
            .And.Contain("Nobody knows yet")
            .And.Contain("<b>Passed by variant</b> is left out. No conversation has a verdict.");
        Page(store, "report.md").Should().Contain("Left out: Passed by variant. No conversation has a verdict.");
        Page(store, "answers.html").Should().Contain("no verdict").And.Contain("repetition 1: missing: not run");
    }

    [Theory]
    [InlineData("one two three", "one two three", "one two three", "", "")]
    [InlineData("one 2 three", "one two three", "one ", "2 ", "three")]
    [InlineData("one three", "one two three", "one ", "", "three")]
    [InlineData("", "one", "", "", "")]
    [InlineData("a  b\nc", "a  x\nc", "a  ", "b\n", "c")]
    public void A_difference_is_what_lies_between_equal_words(string text, string other, string begin, string differs, string end) =>
        AnswerGroup.Difference(text, other).Should().Be((begin, differs, end));

    private static string Page(PlantedScenarioStore store, string name) =>
        File.ReadAllText(Path.Combine(ReportFolder.Of(store.Layout), name));
}
