using FluentAssertions;
using Tandem.Analysis.Collecting;
using Tandem.Analysis.Data;
using Tandem.Analysis.Tests.Stores;
using Tandem.Analysis.Validating;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Data;

/// <summary>Nobody shall take a simulation's figures for those of real agents.</summary>
public sealed class SimulationTextTests
{
    [Theory]
    [InlineData(0, 3, null)]
    [InlineData(1, 0, "SIMULATION, not real agents (the only record): ")]
    [InlineData(3, 0, "SIMULATION, not real agents (all 3 records): ")]
    [InlineData(1, 2, "PARTLY A SIMULATION, simulated and real agents are mixed (1 of 3 records are simulated): ")]
    public void What_collect_and_validate_print_says_so_before_the_first_figure(int simulated, int real, string? label)
    {
        using var store = new StoreBuilder();
        foreach (int task in Enumerable.Range(1, simulated + real))
            store.Add(Sample.Run(Sample.Case(Setting.Solo, task)) with { Simulated = task <= simulated });

        using var summary = new StringWriter { NewLine = "\n" };
        SummaryText.Write(summary, Summary.Of(Dataset.Read(store.Layout)), withDifficulty: true);
        using var report = new StringWriter { NewLine = "\n" };
        ReportText.Write(report, store.Validate(), isVerbose: false);

        foreach (string text in (string[])[summary.ToString(), report.ToString()])
        {
            if (label is null)
                text.Should().NotContain("SIMULATION");
            else
                text.Split('\n')[1].TrimStart().Should().StartWith(label).And.Contain("no model was asked");
        }
    }

    [Fact]
    public void An_attempt_that_another_has_replaced_is_in_no_figure_and_labels_none()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Infra(Sample.Case(Setting.Solo)) with { Simulated = true });
        store.Add(Sample.Run(Sample.Case(Setting.Solo), attempt: 2) with { Simulated = false });

        Dataset.Read(store.Layout).SimulationLabel.Should().BeNull();
    }
}
