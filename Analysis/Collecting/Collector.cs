using System.Text.Json;
using Tandem.Analysis.Data;

namespace Tandem.Analysis.Collecting;

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
            foreach (RunFacts record in dataset.Chosen)
            {
                output.Write(isFirst ? "\n"u8 : ",\n"u8);
                isFirst = false;
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
        output.Write("\n]\n"u8);
    }
}
