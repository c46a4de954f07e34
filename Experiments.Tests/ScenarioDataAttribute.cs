using System.Globalization;
using System.Reflection;
using Tandem.Harness.Scenarios;
using Tandem.Records.Json;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace Tandem.Experiments.Tests;

/// <summary>One row per selected case of the scenario experiment that the environment names, with the traits by which filters
/// select.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ScenarioDataAttribute : DataAttribute, IRowsOfOneKind
{
    private static readonly Lazy<bool> s_isNamed = new(() => ScenarioView.IsNamedBy(CaseDataAttribute.Variables));

    private static readonly Lazy<ScenarioView> s_view = new(
        () => ScenarioView.Load(CaseDataAttribute.Variables, CaseDataAttribute.TemporaryStore, TimeProvider.System));

    /// <summary>Whether the experiment is one of scenarios.</summary>
    internal static bool IsNamed => s_isNamed.Value;

    /// <summary>The experiment, read once: the rows, their order and the run agree on it.</summary>
    internal static ScenarioView View => s_view.Value;

    /// <inheritdoc/>
    bool IRowsOfOneKind.IsOfThisKind => IsNamed;

    /// <summary>The experiment; null if it cannot be read, which its row says, or is none of scenarios.</summary>
    internal static ScenarioView? TryView()
    {
        try
        {
            return IsNamed ? View : null;
        }
        catch (Exception)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public override bool SupportsDiscoveryEnumeration() => true;

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker)
    {
        try
        {
            return new(View is { IsShardEmpty: true, Sharding: { } sharding } ? [CaseDataAttribute.EmptyShard(sharding)]
                : [.. View.Cases.Select(Row)]);
        }
        catch (Exception exception)
        {
            // Every fault must become a red row: a theory without rows is green.
            return new([Broken(exception.Message)]);
        }
    }

    private static TheoryDataRow<string> Row(SelectedScenario selected)
    {
        ScenarioCaseId id = selected.Id;
        return new TheoryDataRow<string>(id.ToString())
        {
            TestDisplayName = id.ToString(),
            Label = "",
            Traits = new Dictionary<string, HashSet<string>>
            {
                ["Variant"] = [id.Variant],
                ["Scenario"] = [id.Scenario],
                ["Rep"] = [id.Repetition.ToString(CultureInfo.InvariantCulture)],
                ["Tag"] = [.. selected.Tags],
                ["Model"] = [View.Plan.Model],
                ["Status"] = [EnumNames.NameOf(selected.Standing.Status)],
                ["Shard"] = CaseDataAttribute.ShardOf(View.Sharding, id.ToString()),
            },
        };
    }

    private static TheoryDataRow<string> Broken(string message) => new(CaseDataAttribute.BrokenRow + message)
    {
        TestDisplayName = "experiment cannot be read",
        Label = "",
        Traits = new Dictionary<string, HashSet<string>> { ["Status"] = [.. EnumNames.AllNames<RunStatus>()] },
    };
}
