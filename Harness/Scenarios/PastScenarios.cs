using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Harness.Scenarios;

/// <summary>What a store knows of earlier conversations.</summary>
public static class PastScenarios
{
    /// <summary>The records of a model in all experiments of scenarios of a store. Attempts that came to no end, and checks that were made
    /// again, are left out: they do not show what a conversation takes.</summary>
    public static IEnumerable<ScenarioRecord> Of(string storeFolder, string model) => StoreLayout.Experiments(storeFolder)
        .Select(name => new StoreLayout(storeFolder, name)).Where(ScenarioReader.IsScenarios)
        .SelectMany(layout => new ScenarioReader(layout).Read()).Select(stored => stored.Record)
        .Where(record => !record.IsMissingData && record.Revision == 1 && record.Model == model);
}
