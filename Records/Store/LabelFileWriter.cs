using Tandem.Records.Judgements;

namespace Tandem.Records.Store;

/// <summary>Writes the labels of one import: the whole file or none of it.</summary>
public static class LabelFileWriter
{
    /// <summary>Makes the file; when this returns it is on disk.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="header">Its first line. The file is named by the digest of its source, so that no source has two.</param>
    /// <param name="records">The labels.</param>
    /// <returns>Whether this call made it; false if the same source was imported before.</returns>
    /// <exception cref="IOException">It could not be written.</exception>
    public static bool TryWrite(StoreLayout layout, LabelFileHeader header, IEnumerable<LabelRecord> records)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(header);
        return DurableFile.TryCreate(Path.Combine(layout.LabelsFolder, StoreLayout.LabelFileName(header.Sha256)),
            ContentOf(header, records));
    }

    /// <summary>The bytes of such a file.</summary>
    /// <param name="header">Its first line.</param>
    /// <param name="records">The lines below it.</param>
    public static byte[] ContentOf(LabelFileHeader header, IEnumerable<LabelRecord> records)
    {
        byte[][] lines = [StoreJson.ToLine(header), .. records.Select(StoreJson.ToLine)];
        return [.. lines.SelectMany(line => (byte[])[.. line, (byte)'\n'])];
    }
}
