using System.Collections;
using System.Globalization;
using System.Reflection;
using Tandem.Harness.Experiments;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Store;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace Tandem.Experiments.Tests;

/// <summary>One row per selected case of the experiment that the environment names, with the traits by which filters select.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CaseDataAttribute : DataAttribute
{
    /// <summary>The row that stands for an experiment that cannot be read; a filter must not make it green.</summary>
    internal const string BrokenRow = "experiment cannot be read: ";

    private static readonly string s_temporaryStore = Path.Combine(Path.GetTempPath(), $"tandem-store-{Guid.NewGuid():n}");

    /// <inheritdoc/>
    public override bool SupportsDiscoveryEnumeration() => true;

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker)
    {
        try
        {
            ExperimentView view = LoadView(storeFolder: null);
            return new([.. view.Cases.Select(c => Row(c, view.Agent.Kind))]);
        }
        catch (Exception exception)
        {
            // Whatever it is, it must become a red row: a theory without rows is green.
            return new([Broken(exception.Message)]);
        }
    }

    /// <summary>The experiment; null if it cannot be read, which its row says.</summary>
    internal static ExperimentView? TryLoadView()
    {
        try
        {
            return LoadView(storeFolder: null);
        }
        catch (Exception)
        {
            return null;
        }
    }

    internal static ExperimentView LoadView(string? storeFolder)
    {
        Dictionary<string, string> environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "");
        return ExperimentView.Load(environment, storeFolder ?? TemporaryStore(environment), TimeProvider.System);
    }

    /// <summary>Where results go if neither an experiment nor a store is named: a folder of this process, so that trying the tests out
    /// leaves the project's store alone.</summary>
    internal static string? TemporaryStore(Dictionary<string, string> environment) =>
        environment.ContainsKey(ExperimentView.ExperimentVariable) || environment.ContainsKey(ExperimentView.StoreVariable)
            ? null
            : s_temporaryStore;

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
            },
        };
    }

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
