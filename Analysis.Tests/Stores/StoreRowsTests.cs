using FluentAssertions;
using Tandem.Analysis.Scenarios.Rules;
using Tandem.Analysis.Tests.Scenarios;
using Tandem.Analysis.Validating;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Stores;

public sealed class StoreRowsTests
{
    [Fact]
    public void A_store_without_experiments_gives_one_skipped_row()
    {
        using var folder = new TempFolder();

        StoreRowsAttribute.Rows(folder.Path, experiment: null).Should().ContainSingle().Which.Skip.Should().Contain(folder.Path);
    }

    [Fact]
    public void Each_rule_and_experiment_has_a_row_of_that_name()
    {
        using var folder = new TempFolder();
        foreach (string name in new[] { "one", "two" })
            new StoreBuilder(name, folder.Path).Add(Sample.Run(Sample.Case(Setting.Solo)));

        IReadOnlyCollection<ITheoryDataRow> rows = StoreRowsAttribute.Rows(folder.Path, experiment: null);

        rows.Should().HaveCount(2 * Validation.Rules.Count);
        rows.Select(row => row.TestDisplayName).Should().Contain("DATA-01 one").And.Contain("STORE-12 two").And.OnlyHaveUniqueItems();
        StoreRowsAttribute.Rows(folder.Path, "two").Should().HaveCount(Validation.Rules.Count);
        using var scenarios = PlantedScenarioStore.Sound(name: "talks", store: folder.Path);
        StoreRowsAttribute.Rows(folder.Path, "talks").Select(row => row.TestDisplayName).Should().HaveCount(ScenarioValidation.Rules.Count)
            .And.Contain("SCEN-01 talks");
        StoreRowsAttribute.Rows(folder.Path, "two", isDeep: false).Should().HaveCount(Validation.Rules.Count(rule => !rule.IsDeep));
    }
}
