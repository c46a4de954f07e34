using FluentAssertions;
using Tandem.Analysis.Tests.Judgements;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Xunit;

namespace Tandem.Analysis.Tests.Reporting;

[Trait("Tier", "Slow")]
public sealed class JudgesReportTests : IDisposable
{
    private const string Page = "runs/coop-comm/click_task/1/f1_f2/seed0.html";
    private static readonly CaseId Id = Sample.Case(Setting.CoopComm);
    private readonly StoreBuilder _store = StoreBuilder.Sound();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Without_judgements_the_page_says_how_to_get_them()
    {
        ReportTests.Run(_store);

        ReportTests.Read(_store, "index.html").Should().Contain("<h2 id=judges>Judges</h2>\n<p class=none>No judge has read the runs; "
            + "<code>./run.sh judge default --rubric symptoms --judge-model builtin:rules</code>");
        ReportTests.Read(_store, Page).Should().Contain("No judge has read this run.");
        ReportTests.Read(_store, "runs/solo/click_task/1/f1_f2/seed0.html").Should().NotContain("id=judges");
    }

    [Fact]
    public void The_first_page_says_what_became_of_the_judgements_and_what_missing_ones_could_change()
    {
        CaseId other = Sample.Case(Setting.CoopComm, task: 2);
        _store.Judge(SampleJudgement.Of(Id), SampleJudgement.Failed(other), SampleJudgement.By("symptoms", "builtin:rules", Id, null),
            SampleJudgement.By("symptoms", "builtin:rules", other, "work-overlap"));
        ReportTests.Run(_store).ExitCode.Should().Be(0);

        string page = ReportTests.Read(_store, "index.html");

        page.Should().ContainAll(
            "<caption>symptoms: judgements by judge (some judges are SIMULATED)</caption>",
            "<tr><td>builtin:rules (simulated)<td class=n>1<td class=n>1<td class=n>0<td class=n>0<td class=n>0<td class=n>0",
            "<tr><td>gpt-4o<td class=n>1<td class=n>0<td class=n>0<td class=n>1<td class=n>0<td class=n>0",
            "<tr><td>gpt-4o<td>coop-comm<td class=n>1<td class=n>0<td class=n>0<td class=n>1<td class=n>0<td class=n>0<td class=n>50.0 %",
            "<tr><td>gpt-4o<td>coop-comm<td>work-overlap<td class=n>1<td class=n>1<td class=n>100.0 %<td class=n>1<td class=n>"
                + "50.0 to 100.0 %",
            "symptoms: each judge with each",
            "<a href=\"runs/coop-comm/click_task/1/f1_f2/seed0.html#judges\">coop-comm/click_task/1/f1_f2/seed0</a>"
                + "<td>builtin:rules (simulated): none; gpt-4o: work-overlap",
            "What judges cost");
        string markdown = ReportTests.Read(_store, "report.md");
        markdown.Should().Contain("| gpt-4o | 1 | 0 | 0 | 1 | 0 | 0 |").And.Contain("| builtin:rules (simulated) | 1 | 1 | 0 | 0 | 0 | 0 |")
            .And.Contain("SIMULATED");
    }

    [Fact]
    public void What_hampers_a_comparison_is_said()
    {
        CaseId other = Sample.Case(Setting.CoopComm, task: 2);
        _store.Add(Sample.Infra(Sample.Case(Setting.CoopComm, task: 3)));
        _store.Judge(SampleJudgement.Of(Id), SampleJudgement.Of(other) with { PromptDigest = "new" },
            SampleJudgement.Of(Sample.Case(Setting.CoopComm, task: 3)));
        string file = _store.Layout.JudgementFiles().Single();
        StoreBuilder.InsertLine(file, 2, "{}");
        ReportTests.Run(_store, "--draft").ExitCode.Should().Be(0);

        ReportTests.Read(_store, "index.html").Should().ContainAll("1 line of judgements cannot be read",
            "1 judgement of runs that leave nothing to judge now left out. The labels are by 2 versions of rubric and prompt");
    }

    [Fact]
    public void A_run_shows_its_labels_and_marks_what_they_quote()
    {
        _store.Judge(SampleJudgement.Of(Id) with
        {
            Labels =
            [
                SampleJudgement.Label("work-overlap") with
                { Quotes = [new JudgementQuote("change core", "conversation"), new JudgementQuote("+++ b/core.py", "patches")] },
                SampleJudgement.Label("repetition") with
                {
                    Part = JudgementPart.Secondary,
                    Quotes = [new JudgementQuote("I change", "conversation"), new JudgementQuote("I change all", null)],
                    VoidedBy = "A quote is not in the evidence.",
                },
            ],
            VoidedLabels = 1,
        }, SampleJudgement.Failed(Sample.Case(Setting.CoopComm, task: 2)) with { Replies = [new JudgeReply("<b>no</b> json", "stop")] });
        ReportTests.Run(_store).ExitCode.Should().Be(0);

        string page = ReportTests.Read(_store, Page);

        ReportTests.Read(_store, "index.html").Should().NotContain("secondary labels", "a voided one does not hold");
        page.Should().ContainAll("<h2 id=judges>",
            "<mark title=\"gpt-4o: repetition (void)\">I </mark>"
                + "<mark title=\"gpt-4o: work-overlap; gpt-4o: repetition (void)\">change</mark>"
                + "<mark title=\"gpt-4o: work-overlap\"> core</mark>.py",
            "primary: <b>work-overlap</b> Both change it.",
            "<q>change core</q> <span class=meta>in message 1</span>",
            "<q>+++ b/core.py</q> <span class=meta>in no message; in patches</span>",
            "<q>I change all</q> <span class=meta>in no part of what it read</span>",
            "void: A quote is not in the evidence.",
            "1 call, 0.00265 USD");
        ReportTests.Read(_store, "runs/coop-comm/click_task/2/f1_f2/seed0.html").Should()
            .ContainAll("The answer is empty.", "&lt;b&gt;no&lt;/b&gt; json");
    }

    [Fact]
    public void Secondary_labels_have_a_table_of_their_own()
    {
        _store.Judge(SampleJudgement.Of(Id) with
        {
            Labels = [SampleJudgement.Label("work-overlap"), SampleJudgement.Label("repetition") with { Part = JudgementPart.Secondary }],
        });
        ReportTests.Run(_store).ExitCode.Should().Be(0);

        ReportTests.Read(_store, "index.html").Should().ContainAll("<caption>symptoms: secondary labels</caption>",
            "<tr><td>gpt-4o<td>coop-comm<td>repetition<td class=n>1");
    }

    [Fact]
    public void A_label_of_a_message_marks_that_message_alone()
    {
        CaseId id = Sample.Case(Setting.CoopComm, task: 3);
        _store.Add(ExperimentJudgementsTests.WithMessages(id, 2)).Add(Sample.Run(Sample.Case(Setting.Solo, task: 3)));
        JudgementRecord acts = SampleJudgement.Acts("gpt-4o", id, "plan", "update");
        _store.Judge(acts with
        {
            Labels = [acts.Labels[0], acts.Labels[1] with { Quotes = [new JudgementQuote("I change", "conversation")] }],
        });
        ReportTests.Run(_store).ExitCode.Should().Be(0);

        ReportTests.Read(_store, "runs/coop-comm/click_task/3/f1_f2/seed0.html").Should()
            .Contain(">I change core1.py<").And.Contain("<mark title=\"gpt-4o: update\">I change</mark> core2.py");
    }

    [Fact]
    public void What_hostile_judges_say_stays_text()
    {
        Hostile.AddTo(_store, task: 3);
        CaseId id = Sample.Case(Setting.CoopComm, task: 3);
        string text = Hostile.Text.Replace("\uD800", "", StringComparison.Ordinal);
        _store.Judge(SampleJudgement.By("symptoms", text, id, text) with
        {
            Labels =
            [
                SampleJudgement.Label(text) with
                {
                    Reason = text,
                    Quotes = [new JudgementQuote("</script><script>alert(1)", "conversation"), new JudgementQuote(text, text)],
                },
            ],
        });
        _store.Judge(SampleJudgement.By("symptoms", "gpt-4o", id, "work-overlap"));
        ReportTests.Run(_store).ExitCode.Should().Be(0);

        string run = ReportTests.Read(_store, "runs/coop-comm/click_task/3/f1_f2/seed0.html");

        run.Should().NotContainAny("<script", "<img", "\u001b", "\u0000", "\u202E", "\u2028");
        run.Should().Contain("<mark title=\"&lt;/script&gt;");
        ReportTests.Read(_store, "index.html").Should().NotContainAny("<img", "alert(1)<", "\u202E");
        ReportTests.Read(_store, "report.md").Should().NotContainAny("<script", "<img");
    }

    [Fact]
    public void Imported_labels_are_marked_everywhere()
    {
        _store.Judge(SampleJudgement.Of(Id));
        _store.ImportLabels($"case,rubric,judge,label\n{Id},symptoms,anna,divergent-architecture\n").ExitCode.Should().Be(0);
        ReportTests.Run(_store).ExitCode.Should().Be(0);

        ReportTests.Read(_store, "index.html").Should()
            .ContainAll("<tr><td>anna (imported)", "anna (imported) / gpt-4o, with imported labels");
        ReportTests.Read(_store, Page).Should().Contain("<b>anna (imported)</b> by symptoms");
    }

    [Fact]
    public void The_same_store_gives_the_same_pages()
    {
        _store.Judge(SampleJudgement.Of(Id), SampleJudgement.By("symptoms", "builtin:rules", Id, "repetition"));
        ReportTests.Run(_store);
        string first = ReportTests.Read(_store, "index.html"), run = ReportTests.Read(_store, Page);

        ReportTests.Run(_store);

        ReportTests.Read(_store, "index.html").Should().Be(first);
        ReportTests.Read(_store, Page).Should().Be(run);
    }

    [Fact]
    public void The_summary_of_costs_has_agents_and_judges_apart()
    {
        _store.Judge(SampleJudgement.Of(Id), SampleJudgement.By("symptoms", "claude", Id, "repetition") with { Cost = null });

        string output = _store.Call("collect").Output;

        output.Should().MatchRegex(@"  agents +0\.0000 +10\n  judges +0\.0027 +1\n    claude +0\.0000 +1\n    gpt-4o +0\.0027 +0\n");
    }
}
