using Tandem.Records.Store;

namespace Tandem.Analysis.Scenarios;

/// <summary>Writes the records that count as one flat JSON array, one record per line, in the order of the plan. The same store always
/// gives the same bytes.</summary>
internal static class ScenarioCollector
{
    /// <summary>Writes the array over the given experiments, one after the other.</summary>
    public static void Write(Stream output, IEnumerable<ScenarioDataset> datasets)
    {
        output.Write("["u8);
        bool isFirst = true;
        foreach (StoredScenario stored in datasets.SelectMany(dataset => dataset.Counting))
        {
            output.Write(isFirst ? "\n"u8 : ",\n"u8);
            isFirst = false;
            output.Write(StoreJson.ToLine(stored.Record));
        }
        output.Write("\n]\n"u8);
    }
}
