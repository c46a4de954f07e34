using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Tandem.Analysis.Data;
using Tandem.Analysis.Judgements;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Tandem.Records.Store;
using Tandem.Records.Text;

namespace Tandem.Analysis.Importing;

/// <summary>What became of a table of labels.</summary>
/// <param name="Added">Labels that are in the store now and were not before.</param>
/// <param name="Known">Lines that say what the store said already.</param>
/// <param name="IsRepeated">Whether the same file was imported before; nothing is added then.</param>
/// <param name="UnknownRubrics">Rubrics of which the store knows no labels, so that no label could be checked.</param>
internal sealed record ImportedLabels(int Added, int Known, bool IsRepeated, IReadOnlyCollection<string> UnknownRubrics);

/// <summary>Brings labels of people, or of programs elsewhere, into an experiment: all of a table, or nothing.</summary>
/// <param name="dataset">The experiment.</param>
/// <param name="clock">Says when.</param>
/// <param name="program">The version of this program.</param>
/// <param name="takesAnyRubric">Whether labels may be of a rubric that the store does not know.</param>
internal sealed class LabelImporter(Dataset dataset, TimeProvider clock, string program, bool takesAnyRubric)
{
    private const int ListedFaults = 20;

    /// <param name="name">How messages call the file.</param>
    /// <param name="content">Its bytes: UTF-8, or UTF-16 with its mark.</param>
    /// <exception cref="RefusedException">Something in it cannot be used; all faults are listed, and nothing is written.</exception>
    public ImportedLabels Import(string name, byte[] content)
    {
        string digest = Convert.ToHexStringLower(SHA256.HashData(content));
        var reader = new LabelReader(dataset.Layout);
        StoredLabel[] stored = [.. reader.Read()];
        if (reader.Faults is [var damaged, ..])
            throw new RefusedException($"The labels that were imported before cannot all be read: {damaged}",
                $"Put the file back from a copy, or delete it and import its table again; ./run.sh validate {dataset.Layout.Experiment} "
                + $"--store {ShellWord.Quote(dataset.Layout.StoreFolder)} lists every fault.");
        var faults = new List<string>();
        IReadOnlyList<LabelRow> rows = Read(name, content, faults);
        var check = new LabelCheck(dataset, takesAnyRubric);
        (LabelRow Row, LabelRecord Label)[] labels = [.. rows.Select(row => (Row: row, Label: check.Check(row, dataset.Layout.Experiment)))
            .Where(entry => entry.Label is not null).Select(entry => (entry.Row, entry.Label!))];
        faults.AddRange(check.Faults);
        LabelRecord[] added = [.. New(labels, stored, faults)];
        if (reader.Headers.Any(header => header.Sha256 == digest))
            return added.Length == 0 ? new ImportedLabels(0, 0, IsRepeated: true, []) : throw Repeated(name, digest, added, stored);
        faults.AddRange(Mixed(labels, stored));
        if (faults.Count > 0)
            throw Refused(name, [.. faults.OrderBy(LineOf)]);
        if (added.Length == 0)
            return new ImportedLabels(0, labels.Length, IsRepeated: false, check.UnknownRubrics);
        var header = new LabelFileHeader(LabelRecord.CurrentSchemaVersion, LabelFileHeader.LabelsKind, dataset.Layout.Experiment,
            Path.GetFileName(name), digest, clock.GetUtcNow(), program);
        return LabelFileWriter.TryWrite(dataset.Layout, header, added)
            ? new ImportedLabels(added.Length, labels.Length - added.Length, IsRepeated: false, check.UnknownRubrics)
            : new ImportedLabels(0, 0, IsRepeated: true, []);
    }

    private static IReadOnlyList<LabelRow> Read(string name, byte[] content, List<string> faults)
    {
        try
        {
            using var text = new StreamReader(new MemoryStream(content),
                new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            return LabelTable.Read(text, faults);
        }
        catch (DecoderFallbackException exception)
        {
            throw new RefusedException($"{name} is not UTF-8 text.", "Save it as CSV in UTF-8, and name it again.", exception);
        }
    }

    /// <summary>What the store does not say yet; the rest is there, or is a fault.</summary>
    private IEnumerable<LabelRecord> New((LabelRow Row, LabelRecord Label)[] labels, StoredLabel[] stored, List<string> faults)
    {
        ILookup<LabelKey, StoredLabel> before = stored.ToLookup(label => UnitOf(label.Record));
        using var source = new RecordSource(dataset.Layout);
        var staleness = new Staleness(source);
        Dictionary<CaseId, CaseResults> cases = dataset.Cases.ToDictionary(one => one.CaseId);
        bool Holds(LabelRecord label) => cases[label.CaseId] is not { Counting: { } counting } run
            || staleness.Of(run, counting, label) is null;
        var lineOf = new Dictionary<LabelKey, int>();
        foreach ((LabelRow row, LabelRecord label) in labels)
        {
            LabelKey key = UnitOf(label);
            if (!lineOf.TryAdd(key, row.Line))
                faults.Add($"line {row.Line}: {key} stands in line {lineOf[key]} already; number the repetitions in a column 'rep'");
            else if (before[key].LastOrDefault(one => Holds(one.Record)) is not StoredLabel known)
                yield return label;
            else if (!LabelReader.SaysTheSame(known.Record, label))
                faults.Add($"line {row.Line}: {key} is {LabelReader.ValueOf(label)} here, and {LabelReader.ValueOf(known.Record)} in "
                    + $"{known.File}({known.Line}), which was imported before");
        }
    }

    /// <summary>What is labelled, whichever attempt it is of.</summary>
    private static LabelKey UnitOf(LabelRecord label) => LabelKey.Of(label) with { Attempt = null };

    /// <summary>Why a table that was imported before is not imported again, though the store lacks labels of it that count.</summary>
    private static RefusedException Repeated(string name, string digest, LabelRecord[] added, StoredLabel[] stored)
    {
        HashSet<LabelKey> known = [.. stored.Select(label => UnitOf(label.Record))];
        int lost = added.Count(label => !known.Contains(UnitOf(label)));
        return lost > 0
            ? new RefusedException($"{name} was imported before, and {lost} of its labels are no longer in the store: "
                + $"judgements/labels/{StoreLayout.LabelFileName(digest)} has lost lines.",
                "Put that file back from a copy, or delete it and import the table again.")
            : new RefusedException($"{name} was imported before, and {added.Length} of its labels are stale: their runs were made again "
                + "since.", "Have these runs labelled again, and import a table of the new labels alone.");
    }

    /// <summary>A rubric asks for labels or for scores; of one that no judge of the store was asked, the tables must agree.</summary>
    private static IEnumerable<string> Mixed((LabelRow Row, LabelRecord Label)[] labels, StoredLabel[] stored) =>
        labels.Select(entry => entry.Label).Concat(stored.Select(label => label.Record)).GroupBy(label => label.Rubric)
            .Where(rubric => labels.Any(entry => entry.Label.Rubric == rubric.Key)
                && rubric.DistinctBy(label => (label.Score is null, label.Message is null)).Count() > 1)
            .Select(rubric => $"the rubric '{rubric.Key}' has labels and scores, or some of messages and some of runs");

    /// <summary>The line that a fault names; 0 for one of the whole table.</summary>
    private static int LineOf(string fault) => fault.StartsWith("line ", StringComparison.Ordinal)
        && int.TryParse(fault.AsSpan(5, fault.IndexOf(':', StringComparison.Ordinal) - 5), CultureInfo.InvariantCulture, out int line)
            ? line : 0;

    private static RefusedException Refused(string name, List<string> faults) => new(
        $"{name} cannot be imported: {string.Join("; ", faults.Take(ListedFaults))}"
            + (faults.Count > ListedFaults ? $"; and {faults.Count - ListedFaults} more" : ""),
        "Nothing was written. Correct the lines and import it again; its columns are case, rubric, judge, label or score, and if needed "
            + "rep and message.");
}
