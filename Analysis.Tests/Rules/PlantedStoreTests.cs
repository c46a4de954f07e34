using FluentAssertions;
using Tandem.Analysis.Collecting;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Rules;

/// <summary>A sound store passes every rule; each planted fault breaks the rule that it is about, and no other.</summary>
public sealed class PlantedStoreTests
{
    private static readonly Dictionary<string, Action<StoreBuilder>> Plants = new()
    {
        ["SCHEMA-01"] = store => StoreBuilder.InsertLine(store.RunFile(Setting.CoopComm), 3, "{\"schema_version\":1,"),
        ["DATA-01"] = store => store.Plan(Sample.Case(Setting.CoopComm, task: 3)),
        ["DATA-02"] = store => store.Add(Sample.Limited(Sample.Case(Setting.CoopComm, task: 1, seed: 1)) with { BothPassed = true }),
        ["DATA-03"] = store => store.Add(Sample.Run(Sample.Case(Setting.CoopComm, task: 1, seed: 1)) with { MergeStrategy = MergeStrategy.Union }),
        ["FIG4-01"] = store => store.Add(Sample.Infra(Sample.Case(Setting.Solo, task: 3))),
        ["FIG4-02"] = store => store.Add(Sample.Run(Sample.Case(Setting.CoopComm, task: 1, seed: 1)) with { Difficulty = 0.6667, Bucket = 12 }),
        ["STORE-01"] = store => File.Delete(Path.Combine(store.Layout.AttemptFolder(Sample.Case(Setting.Solo), 1), StoreLayout.ResultFile)),
        ["STORE-02"] = store =>
        {
            Collect(store);
            store.Add(Sample.Run(Sample.Case(Setting.CoopComm, task: 1, seed: 1)));
        },
    };

    public static TheoryData<string> RuleIds => [.. Validation.Rules.Select(rule => rule.Id)];

    [Fact]
    public void A_sound_store_passes_every_rule_before_and_after_it_is_collected()
    {
        using var store = StoreBuilder.Sound();
        Failing(store.Validate()).Should().BeEmpty();

        Collect(store);
        Failing(store.Validate()).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(RuleIds))]
    public void A_planted_fault_breaks_its_rule_and_no_other(string rule)
    {
        using var store = StoreBuilder.Sound();
        Plants[rule](store);

        ValidationReport report = store.Validate();

        Failing(report).Should().Equal(rule);
        report[rule].Outcome.Errors.Should().Be(1);
        report[rule].Rule.Remedy.Should().NotBeEmpty();
    }

    private static IEnumerable<string> Failing(ValidationReport report) => report.Rules.Where(rule => !rule.Outcome.Passed).Select(rule => rule.Rule.Id);

    private static void Collect(StoreBuilder store) => DurableFile.Write(store.Layout.ResultsFile, stream => new Collector().Write(stream, [store.Read()]));
}
