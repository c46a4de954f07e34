using System.Reflection;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Scenarios.Rules;
using Tandem.Analysis.Validating;
using Tandem.Records.Store;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace Tandem.Analysis.Tests.Stores;

/// <summary>
/// A row for each rule and experiment of the store that <c>TANDEM_STORE</c> names (relative to the repository), or of the one experiment
/// that <c>TANDEM_EXPERIMENT</c> names. Without the variable the rows are those of a sound sample store: one that is still being filled
/// must not turn a plain <c>dotnet test</c> red. The deep rules, which read every file of the store, are among the rows unless
/// <c>TANDEM_DEEP=0</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class StoreRowsAttribute : DataAttribute
{
    public const string StoreVariable = "TANDEM_STORE";
    public const string ExperimentVariable = "TANDEM_EXPERIMENT";
    public const string DeepVariable = "TANDEM_DEEP";

    /// <summary>Whether the deep rules are held too.</summary>
    public static bool IsDeep => Environment.GetEnvironmentVariable(DeepVariable) != "0";

    private static readonly Lazy<StoreBuilder> s_sample = new(() =>
    {
        var sample = StoreBuilder.Sound();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => sample.Dispose();
        return sample;
    });

    /// <summary>The store to check, absolute.</summary>
    public static string StoreFolder => Named is { Length: > 0 } named
        ? Path.GetFullPath(named, Repository()) : s_sample.Value.Layout.StoreFolder;

    private static string? Named => Environment.GetEnvironmentVariable(StoreVariable);

    public override bool SupportsDiscoveryEnumeration() => true;

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new(string.IsNullOrEmpty(Named)
            ? Rows(StoreFolder, experiment: null, IsDeep, $" (a sample; {StoreVariable} names a store)")
            : Rows(StoreFolder, Environment.GetEnvironmentVariable(ExperimentVariable), IsDeep));

    internal static IReadOnlyCollection<ITheoryDataRow> Rows(string store, string? experiment, bool isDeep = true, string note = "")
    {
        IReadOnlyList<string> experiments = string.IsNullOrEmpty(experiment) ? StoreLayout.Experiments(store) : [experiment];
        if (experiments.Count == 0)
        {
            return [new TheoryDataRow<string, string>("none", "none")
            {
                Skip = $"The store {store} ({StoreVariable}) holds no experiment yet.",
                TestDisplayName = "The rules of the store",
                Label = "",
            }];
        }
        return [.. experiments.SelectMany(name => RulesOf(new StoreLayout(store, name)).Where(rule => isDeep || !rule.IsDeep)
            .Select(rule => new TheoryDataRow<string, string>(rule.Id, name) { TestDisplayName = $"{rule.Id} {name}{note}", Label = "" }))];
    }

    private static IReadOnlyList<INamedRule> RulesOf(StoreLayout layout) =>
        ScenarioReader.IsScenarios(layout) ? ScenarioValidation.Rules : Validation.Rules;

    // Test runners choose their own working directory, so a relative path would mean something else under each.
    private static string Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Tandem.slnx")))
                return folder.FullName;
        }
        return Directory.GetCurrentDirectory();
    }
}
