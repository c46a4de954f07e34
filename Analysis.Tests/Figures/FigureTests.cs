using System.Xml.Linq;
using FluentAssertions;
using Tandem.Analysis.Agreement;
using Tandem.Analysis.Figures;
using Tandem.Analysis.Judgements;
using Tandem.Analysis.Statistics;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Figures;

public sealed class FigureTests
{
    [Fact]
    public void The_numbers_of_a_figure_stand_beside_it()
    {
        using StoreBuilder store = StoreBuilder.Sound();

        FigureOf(store, "success-by-setting").Data!.ToString().Should().Be(
            """
            setting,seed,cases,with_verdict,passed,rate,wilson95_low,wilson95_high,bootstrap95_low,bootstrap95_high,not_run,infra_errors,interrupted,no_verdict,bound_low,bound_high
            solo,0,2,2,2,1,0.34238,1,1,1,0,0,0,0,1,1
            solo,all,6,6,4,0.666667,0.299993,0.903229,0.333333,1,0,0,0,0,0.666667,0.666667
            coop-comm,0,2,2,2,1,0.34238,1,1,1,0,0,0,0,1,1
            coop-nocomm,0,2,2,1,0.5,0.094531,0.905469,0,1,0,0,0,0,0.5,0.5

            """.ReplaceLineEndings("\n"));
        FigureOf(store, "pairs-by-setting").Data!.ToString().Should()
            .StartWith("pair,setting,cases,with_verdict,passed,share,difficulty\nclick_task/1/f1_f2,solo,3,3,1,0.333333,0.6667\n");
    }

    [Fact]
    public void A_figure_on_disk_is_a_whole_drawing_with_colours_of_its_own()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Sample.Case(Setting.Solo)));

        FigureOf(store, "success-by-setting").ToSvg(isInPage: false).Should().Be(
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 620 106" width="620" height="106" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif" role="img" aria-labelledby="fig-success-by-setting-title fig-success-by-setting-desc">
            <title id="fig-success-by-setting-title">Success by setting</title>
            <desc id="fig-success-by-setting-desc">Share of runs in which all features&#39; tests passed, with 95 % Wilson intervals; n is the number of runs with a verdict. No run is missing.</desc>
            <rect width="620" height="106" fill="#ffffff"/>
            <line x1="150" y1="14" x2="150" y2="58" fill="none" stroke="#d5dae0"/>
            <line x1="214" y1="14" x2="214" y2="58" fill="none" stroke="#d5dae0"/>
            <line x1="278" y1="14" x2="278" y2="58" fill="none" stroke="#d5dae0"/>
            <line x1="342" y1="14" x2="342" y2="58" fill="none" stroke="#d5dae0"/>
            <line x1="406" y1="14" x2="406" y2="58" fill="none" stroke="#d5dae0"/>
            <line x1="470" y1="14" x2="470" y2="58" fill="none" stroke="#d5dae0"/>
            <line x1="150" y1="58" x2="150" y2="62" fill="none" stroke="#8a939d"/>
            <text x="150" y="75" text-anchor="middle" fill="#59636e" font-size="11">0 %</text>
            <line x1="214" y1="58" x2="214" y2="62" fill="none" stroke="#8a939d"/>
            <text x="214" y="75" text-anchor="middle" fill="#59636e" font-size="11">20 %</text>
            <line x1="278" y1="58" x2="278" y2="62" fill="none" stroke="#8a939d"/>
            <text x="278" y="75" text-anchor="middle" fill="#59636e" font-size="11">40 %</text>
            <line x1="342" y1="58" x2="342" y2="62" fill="none" stroke="#8a939d"/>
            <text x="342" y="75" text-anchor="middle" fill="#59636e" font-size="11">60 %</text>
            <line x1="406" y1="58" x2="406" y2="62" fill="none" stroke="#8a939d"/>
            <text x="406" y="75" text-anchor="middle" fill="#59636e" font-size="11">80 %</text>
            <line x1="470" y1="58" x2="470" y2="62" fill="none" stroke="#8a939d"/>
            <text x="470" y="75" text-anchor="middle" fill="#59636e" font-size="11">100 %</text>
            <text x="310" y="94" text-anchor="middle" fill="#1b1f24" font-size="12">success, % of runs with a verdict</text>
            <text x="138" y="35" text-anchor="end" fill="#1b1f24" font-size="12" font-weight="600">solo</text>
            <text x="138" y="49" text-anchor="end" fill="#59636e" font-size="11">seed 0, n = 1</text>
            <line x1="216.1" y1="36" x2="470" y2="36" fill="none" stroke="#0072b2" stroke-width="1.5"/>
            <line x1="216.1" y1="31" x2="216.1" y2="41" fill="none" stroke="#0072b2" stroke-width="1.5"/>
            <line x1="470" y1="31" x2="470" y2="41" fill="none" stroke="#0072b2" stroke-width="1.5"/>
            <circle cx="470" cy="36" r="6.5" fill="#0072b2" stroke="#ffffff"><title>solo: 1 of 1, 95 % interval 20.7 to 100.0 %</title></circle>
            <text x="484" y="35" fill="#1b1f24" font-size="12" font-weight="600">100.0 %</text>
            <text x="484" y="49" fill="#59636e" font-size="11">20.7 to 100.0 %</text>
            </svg>

            """.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Every_figure_is_sound_xml_with_a_title_and_a_description_and_text_as_text()
    {
        using StoreBuilder store = StoreBuilder.Sound();
        store.Add(Sample.Infra(Sample.Case(Setting.CoopComm, seed: 1)));
        Hostile.AddTo(store, task: 5);

        foreach (Figure figure in Figures(store).Where(figure => figure.Draw is not null))
        {
            foreach (bool isInPage in new[] { false, true })
            {
                XElement svg = XDocument.Parse(figure.ToSvg(isInPage)).Root!;
                XNamespace names = svg.Name.Namespace;
                svg.Elements(names + "title").Should().ContainSingle(figure.Name).Which.Value.Should().Be(figure.Title);
                svg.Elements(names + "desc").Should().ContainSingle(figure.Name).Which.Value.Should().Be(figure.Caption);
                svg.Descendants(names + "text").Should().NotBeEmpty(figure.Name);
                svg.Attribute("role")!.Value.Should().Be("img");
            }
        }
    }

    [Fact]
    public void A_figure_without_data_says_why_it_is_left_out()
    {
        using StoreBuilder store = StoreBuilder.Sound();

        Figures(store).Where(figure => figure.Draw is null).Select(figure => $"{figure.Name}: {figure.Caption}").Should().BeEquivalentTo(
            "errors-and-symptoms: The store holds no label of the rubrics communication-errors and symptoms.",
            "cost-against-success: No run's cost is known: the model has no price, or the agent does not report it.");
    }

    [Fact]
    public void Costs_are_drawn_where_something_was_spent()
    {
        using var store = new StoreBuilder();
        for (int task = 1; task <= 3; task++)
        {
            store.Add(Sample.Run(Sample.Case(Setting.Solo, task), passed: task == 1) with { TotalCost = 0.1m * task });
            store.Add(Sample.Run(Sample.Case(Setting.CoopComm, task)) with { TotalCost = 0.2m * task });
        }

        FigureOf(store, "cost-against-success").Data!.ToString().Should().Be(
            "setting,runs,cost_known,cost_usd_mean,cost_usd_median,cost_usd_p90,cost_usd_total,cost_usd_per_success,"
            + "with_verdict,passed,rate,wilson95_low,wilson95_high\n"
            + "solo,3,3,0.2,0.2,0.3,0.6,0.6,3,1,0.333333,0.061492,0.79234\n"
            + "coop-comm,3,3,0.4,0.4,0.6,1.2,0.4,3,3,1,0.438503,1\n");
    }

    [Fact]
    public void Missing_cells_are_hatched_and_counted()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Sample.Case(Setting.Solo))).Add(Sample.Infra(Sample.Case(Setting.Solo, task: 2)));

        string success = FigureOf(store, "success-by-setting").ToSvg(isInPage: false);
        success.Should().Contain("url(#fig-success-by-setting-hatch)").And.Contain("1 of 2 without a verdict; 50.0 to 100.0 %");
        FigureOf(store, "pairs-by-setting").ToSvg(isInPage: false).Should()
            .Contain("click_task/2/f1_f2, solo: 0 of 0 passed, 1 without a verdict");
    }

    [Fact]
    public void Hundreds_of_pairs_are_drawn_small()
    {
        using var store = new StoreBuilder();
        store.Plan(Enumerable.Range(1, 700).Select(task => Sample.Case(Setting.Solo, task)));
        store.Add(Sample.Run(Sample.Case(Setting.Solo, 701)));

        Figure figure = FigureOf(store, "pairs-by-setting");

        figure.ToSvg(isInPage: true).Length.Should().BeLessThan(30_000);
        figure.Data!.Rows.Should().Be(701);
    }

    [Theory]
    [InlineData(0.0013, "0.0000 0.0002 0.0004 0.0006 0.0008 0.0010 0.0012 0.0014")]
    [InlineData(0.9, "0.0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(12, "0 2 4 6 8 10 12")]
    [InlineData(2500, "0 500 1,000 1,500 2,000 2,500")]
    [InlineData(0, "0.0 0.2 0.4 0.6 0.8 1.0")]
    public void Axes_have_round_ticks(double most, string ticks)
    {
        Axis axis = Axis.UpTo(most, 0, 100);

        string.Join(' ', axis.Ticks.Select(axis.Name)).Should().Be(ticks);
        axis.At(axis.High).Should().Be(100);
    }

    [Fact]
    public void Fields_of_csv_are_quoted_where_they_must()
    {
        var table = new CsvTable("a", "b", "c");
        table.Add("x, \"y\"\n", null, double.NaN);
        table.Add(1, 0.5, true);

        table.ToString().Should().Be("a,b,c\n\"x, \"\"y\"\"\n\",,\n1,0.5,true\n");
    }

    private static IReadOnlyList<Figure> Figures(StoreBuilder store) => FigureSet.Of(ExperimentStatistics.Of(store.Read()),
        new JudgedExperiment(ExperimentJudgements.Of(store.Read())));

    private static Figure FigureOf(StoreBuilder store, string name) => Figures(store).Single(figure => figure.Name == name);
}
