using System.Text.Json;
using Tandem.Analysis.Formats;

namespace Tandem.Analysis.Data;

/// <summary>
/// Writes the records that stand for the cases as one flat JSON array, one record per line. The same store always gives the same bytes.
/// </summary>
/// <param name="withDifficulty">Whether to fill in difficulty and bucket; else they stay null.</param>
internal sealed class Collector(bool withDifficulty = true)
{
    /// <summary>Writes the array over the given experiments, one after the other.</summary>
    public void Write(Stream output, IEnumerable<Dataset> datasets)
    {
        output.Write("["u8);
        bool isFirst = true;
        foreach (Dataset dataset in datasets)
        {
            using var source = new RecordSource(dataset.Layout);
            foreach (AttemptResult record in dataset.Chosen)
            {
                output.Write(isFirst ? "\n"u8 : ",\n"u8);
                isFirst = false;
                WriteLine(output, dataset, source, record);
            }
        }
        output.Write("\n]\n"u8);
    }

    /// <summary>Writes the same records as rows of a table.</summary>
    public void Write(IRowWriter output, IEnumerable<Dataset> datasets)
    {
        using var line = new MemoryStream();
        var cells = new JsonElement?[RecordColumn.All.Count];
        foreach (Dataset dataset in datasets)
        {
            using var source = new RecordSource(dataset.Layout);
            foreach (AttemptResult record in dataset.Chosen)
            {
                line.SetLength(0);
                WriteLine(line, dataset, source, record);
                using JsonDocument read = JsonDocument.Parse(line.GetBuffer().AsMemory(0, (int)line.Length));
                RecordColumn.Read(read.RootElement, cells);
                output.Add(cells);
            }
        }
        output.Finish();
    }

    private void WriteLine(Stream output, Dataset dataset, RecordSource source, AttemptResult record)
    {
        Difficulty? difficulty = withDifficulty ? dataset.Difficulties.For(record.CaseId) : null;
        try
        {
            CollectedLine.Write(output, source.Line(record.Place), record.IsOverridden, difficulty);
        }
        catch (JsonException)
        {
            throw source.Changed(record.Place);
        }
    }
}
