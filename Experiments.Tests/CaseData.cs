using System.Collections;
using System.Globalization;
using System.Reflection;
using Tandem.Harness.Experiments;
using Tandem.Harness.Judging;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Store;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace Tandem.Experiments.Tests;

/// <summary>One row per selected case of the experiment that the environment names, with the traits by which filters select.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CaseDataAttribute : DataAttribute, IRowsOfOneKind
{
    /// <summary>The row that stands for an experiment that cannot be read; a filter must not make it green.</summary>
    internal const string BrokenRow = "experiment cannot be read: ";

    /// <inheritdoc/>
    bool IRowsOfOneKind.IsOfThisKind => !ScenarioDataAttribute.IsNamed;

    /// <inheritdoc/>
    public override bool SupportsDiscoveryEnumeration() => true;

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker)
    {
        try
        {
            return new(View is { IsShardEmpty: true, Sharding: { } sharding } ? [EmptyShard(sharding)]
                : [.. View.Cases.Select(c => Row(c, View.Agent.Kind))]);
        }
        catch (Exception exception)
        {
            // Every fault must become a red row: a theory without rows is green.
            return new([Broken(exception.Message)]);
        }
    }

    internal static Dictionary<string, string> Variables { get; } = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "");

    /// <summary>Where results go if neither an experiment nor a store is named: a folder of this process, so that trying the tests out
    /// leaves the project's store alone. Null if one of them is named.</summary>
    internal static string? TemporaryStore { get; } =
        Variables.ContainsKey(ExperimentView.ExperimentVariable) || Variables.ContainsKey(ExperimentView.StoreVariable)
            ? null
            : Path.Combine(Path.GetTempPath(), $"tandem-store-{Guid.NewGuid():n}");

    private static readonly Lazy<ExperimentView> s_view = new(
        () => ExperimentView.Load(Variables, TemporaryStore, TimeProvider.System, asStored: IsJudging));

    /// <summary>Whether the front door asks for judgements alone: they add nothing to the plan.</summary>
    private static bool IsJudging => Variables.GetValueOrDefault(JudgementSelection.Variable) is { Length: > 0 } selection
        && selection != JudgementSelection.Nothing;

    /// <summary>The experiment, read once: the rows, their order and the run agree on it.</summary>
    internal static ExperimentView View => s_view.Value;

    /// <summary>The experiment; null if it cannot be read, which its row says, or is one of scenarios.</summary>
    internal static ExperimentView? TryView()
    {
        try
        {
            return ScenarioDataAttribute.IsNamed ? null : View;
        }
        catch (Exception)
        {
            return null;
        }
    }

    private static TheoryDataRow<string> Row(SelectedCase selected, string agent)
    {
        CaseId id = selected.CaseId;
        return new TheoryDataRow<string>(id.ToString())
        {
            TestDisplayName = id.ToString(),
            Label = "",
            Traits = new Dictionary<string, HashSet<string>>
            {
                ["Setting"] = [EnumNames.NameOf(id.Setting)],
                ["Repo"] = [id.Repo],
                ["Task"] = [id.TaskId.ToString(CultureInfo.InvariantCulture)],
                ["Pair"] = [id.Features.ToString()],
                ["Seed"] = [id.Seed.ToString(CultureInfo.InvariantCulture)],
                ["Agent"] = [agent],
                ["Status"] = [EnumNames.NameOf(selected.Status)],
                ["Shard"] = ShardOf(View.Sharding, id.ToString()),
            },
        };
    }

    /// <summary>The values of the trait <c>Shard</c>: none where nothing is divided.</summary>
    internal static HashSet<string> ShardOf(Sharding? sharding, string caseId) => sharding is null ? [] : [sharding.NameOf(caseId)];

    /// <summary>The row that says that the shard has no case: a theory without rows is run whatever filter is given. Filters by status,
    /// setting and shard leave it in.</summary>
    internal static TheoryDataRow<string> EmptyShard(Sharding sharding) => new("")
    {
        TestDisplayName = $"shard {sharding.Shard} has no case",
        Label = "",
        Skip = $"Nothing to run, {sharding.WhyEmpty}",
        Traits = new Dictionary<string, HashSet<string>>
        {
            ["Setting"] = [.. EnumNames.AllNames<Setting>()],
            ["Status"] = [.. EnumNames.AllNames<RunStatus>()],
            ["Shard"] = [$"{sharding.Shard}"],
        },
    };

    private static TheoryDataRow<string> Broken(string message) => new(BrokenRow + message)
    {
        TestDisplayName = "experiment cannot be read",
        Label = "",
        Traits = new Dictionary<string, HashSet<string>>
        {
            ["Setting"] = [.. EnumNames.AllNames<Setting>()],
            ["Status"] = [.. EnumNames.AllNames<RunStatus>()],
        },
    };
}
