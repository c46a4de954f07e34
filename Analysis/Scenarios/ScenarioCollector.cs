using System.Text.Json;
using Tandem.Analysis.Formats;
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

    /// <summary>Writes the same records as rows of a table.</summary>
    /// <param name="output">With the columns <see cref="RecordColumn.OfScenarios"/>.</param>
    /// <param name="datasets">The experiments.</param>
    public static void Write(IRowWriter output, IEnumerable<ScenarioDataset> datasets)
    {
        foreach (StoredScenario stored in datasets.SelectMany(dataset => dataset.Counting))
        {
            using JsonDocument line = JsonDocument.Parse(StoreJson.ToLine(stored.Record));
            // The members stand in the order of the contract, which is that of the columns.
            output.Add([.. line.RootElement.EnumerateObject()
                .Select(member => member.Value.ValueKind == JsonValueKind.Null ? (JsonElement?)null : member.Value)]);
        }
        output.Finish();
    }
}
