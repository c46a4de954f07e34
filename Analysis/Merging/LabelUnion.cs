using System.Text.Json;
using Tandem.Records.Judgements;
using Tandem.Records.Store;

namespace Tandem.Analysis.Merging;

/// <summary>Joins two files of labels that come from one table. Stores that imported it apart name other times, and each knows the attempts
/// of its own cases alone.</summary>
internal static class LabelUnion
{
    /// <summary>What holds the labels of both: the first file's lines in their order, then what it lacks. Where both have a label, the
    /// attempt that it was given to is the earliest that one of them names.</summary>
    /// <param name="first">A file of labels.</param>
    /// <param name="second">Another one.</param>
    /// <returns>The bytes of the joined file; null where one cannot be read, where they are not of one table, or where they contradict
    /// each other.</returns>
    public static byte[]? TryJoin(string first, string second)
    {
        if (TryRead(first) is not ({ } header, { } labels) || TryRead(second) is not ({ } otherHeader, { } others)
            || (header.Sha256, header.Experiment, header.Kind) != (otherHeader.Sha256, otherHeader.Experiment, otherHeader.Kind))
            return null;
        var places = new Dictionary<LabelKey, int>();
        foreach ((int place, LabelRecord label) in labels.Index())
            places.TryAdd(UnitOf(label), place);
        foreach (LabelRecord other in others)
        {
            if (places.TryAdd(UnitOf(other), labels.Count))
                labels.Add(other);
            else if (places[UnitOf(other)] is var place && !LabelReader.SaysTheSame(labels[place], other))
                return null;
            else if (Given(other).CompareTo(Given(labels[place])) < 0)
                labels[place] = other;
        }
        return LabelFileWriter.ContentOf(header, labels);
    }

    private static LabelKey UnitOf(LabelRecord label) => LabelKey.Of(label) with { Attempt = null };

    /// <summary>Attempts in their order; one that nobody knows comes last.</summary>
    private static (int, int) Given(LabelRecord label) => (label.JudgedAttempt ?? int.MaxValue, label.JudgedRevision ?? int.MaxValue);

    private static (LabelFileHeader Header, List<LabelRecord> Labels)? TryRead(string path)
    {
        LabelFileHeader? header = null;
        var labels = new List<LabelRecord>();
        try
        {
            foreach (JsonLines.Line line in JsonLines.Read(path))
            {
                if (!line.IsTerminated)
                    return null;
                if (header is null)
                    header = StoreJson.Read<LabelFileHeader>(line.Utf8.Span);
                else
                    labels.Add(StoreJson.Read<LabelRecord>(line.Utf8.Span));
            }
        }
        catch (JsonException)
        {
            return null;
        }
        return header is null ? null : (header, labels);
    }
}
