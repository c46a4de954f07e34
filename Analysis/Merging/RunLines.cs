using System.Security.Cryptography;
using System.Text.Json;
using Tandem.Analysis.Data;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Tandem.Records.Text;

namespace Tandem.Analysis.Merging;

/// <summary>Reads the records of runs of one part, and compares each with the copy in its attempt's folder.</summary>
internal sealed class RunLines(MergePart part, string? settingsHash, MergeFaults faults)
{
    /// <summary>Fills <see cref="MergePart.Records"/>.</summary>
    public void Read()
    {
        IReadOnlyList<string> files = part.Lines.RunFiles();
        var found = new List<RunLine>[files.Count];
        Parallel.For(0, files.Count, i => found[i] = Read(files[i]));
        RunLine[] lines = [.. found.SelectMany(of => of)];
        ILookup<(CaseId, int), RunLine> byAttempt = lines.ToLookup(line => (line.Record.CaseId, line.Record.Attempt));
        using var source = new RecordSource(part.Lines);
        foreach (RunLine line in lines)
        {
            (CaseId caseId, int attempt) = (line.Record.CaseId, line.Record.Attempt);
            part.Records.Lines.Add(line.Line);
            part.Records.AttemptNames.Add(FormattableString.Invariant($"{caseId} {attempt}"));
            if (!part.Records.Attempts.TryGetValue((caseId, attempt), out RecordedAttempt? recorded))
                part.Records.Attempts[(caseId, attempt)] = recorded = new RecordedAttempt();
            recorded.Add(line.Record);
            if (line.Copy == CopyState.Same)
                continue;
            if (!IsConfirmed(line, byAttempt[(caseId, attempt)], source) && FaultOf(line) is (string what, string next))
                faults.Add(part, line.Place.File, what, next, line.Place.Line);
            else
                part.Records.Uncompared++;
        }
    }

    private List<RunLine> Read(string path)
    {
        var reader = new StoreReader(part.Lines);
        using var source = new RecordSource(part.Lines);
        var lines = new List<RunLine>();
        foreach (StoredRun run in reader.ReadRuns(path))
        {
            RunRecord record = run.Record;
            var place = new RecordPlace(run.File, run.Line, run.Offset, run.Length);
            ReadOnlySpan<byte> bytes = source.Line(place);
            string copy = StoreLayout.Revised(StoreLayout.ResultFile, record.Revision);
            string folder = part.Layout.AttemptFolder(record.CaseId, record.Attempt);
            (CopyState state, int? at) = Compare(bytes, Path.Combine(folder, copy), IsImported(record));
            var line = new MergeLine(
                FormattableString.Invariant($"{record.CaseId}, attempt {record.Attempt}, revision {record.Revision}"), run.File,
                run.Line, Convert.ToHexStringLower(SHA256.HashData(bytes)), record.AttemptId);
            // What the agents said is not kept for each record.
            lines.Add(new RunLine(line, place, state, at, record with { Messages = [], Agents = [], Tests = [] }));
            if (settingsHash is not null && record.Provenance.SettingsHash != settingsHash)
                faults.Add(part, run.File, $"The record of {record.CaseId} was made with the configuration "
                    + $"{Short(record.Provenance.SettingsHash)}, and experiment.json is of {Short(settingsHash)}.",
                    "Put experiment.json, or the run file, back from a backup.", run.Line);
        }
        PartReader.Take(part, faults, reader.Faults);
        return lines;
    }

    private static (CopyState State, int? At) Compare(ReadOnlySpan<byte> line, string copy, bool isImported)
    {
        if (!RegularFile.IsOwn(copy))
            return (isImported ? CopyState.Never : CopyState.Missing, null);
        return RecordCopy.FirstDifference(line, RegularFile.ReadOwn(copy)) is int at ? (CopyState.Different, at) : (CopyState.Same, null);
    }

    /// <summary>Whether a later revision, which has a copy, says the same of all that a new revision takes over.</summary>
    private static bool IsConfirmed(RunLine line, IEnumerable<RunLine> attempt, RecordSource source)
    {
        RunLine? later = attempt.Where(one => one.Record.Revision > line.Record.Revision && one.Copy == CopyState.Same)
            .MinBy(one => one.Record.Revision);
        if (later is null)
            return false;
        RunRecord record = source.Record(line.Place);
        RunRecord confirmed = source.Record(later.Place) with
        { RunId = record.RunId, Revision = record.Revision, Artifacts = record.Artifacts };
        return StoreJson.ToLine(confirmed).AsSpan().SequenceEqual(source.Line(line.Place));
    }

    private (string What, string Next)? FaultOf(RunLine line)
    {
        RunRecord record = line.Record;
        string folder = part.Layout.AttemptFolder(record.CaseId, record.Attempt);
        string copy = Path.Combine(Path.GetRelativePath(part.Layout.ExperimentFolder, folder),
            StoreLayout.Revised(StoreLayout.ResultFile, record.Revision));
        if (line.Copy == CopyState.Different)
            return (FormattableString.Invariant($"The record differs from its copy {copy} at byte {line.DiffersAt}: ")
                + "one of the two was changed after it was written.",
                "Put the changed file back from a backup, or leave this store out.");
        // Before its process's successor left a copy, an interrupted attempt had none; a harness of that time may have written it.
        bool neverHadOne = line.Copy == CopyState.Never || record.Artifacts.Count == 0 || (record.Interrupted && record.Revision == 1);
        if (!neverHadOne)
            return ($"The copy of the record, {copy}, is missing, so the record cannot be checked.",
                $"Put the attempt's folder back from a backup. If it was deleted on purpose, make the copy again: ./run.sh regenerate "
                + $"{part.Layout.Experiment} --store {ShellWord.Quote(part.StoreName)}");
        return line.Copy == CopyState.Never || record.Artifacts.Count == 0 || AttemptIdOf(folder) == record.AttemptId ? null
            : ($"{Path.GetDirectoryName(copy)} is not the folder of the attempt {record.AttemptId}, which the record is of.",
                "Put the changed file back from a backup, or leave this store out.");
    }

    private static string? AttemptIdOf(string folder)
    {
        try
        {
            return StoreJson.Read<AttemptIntent>(RegularFile.ReadOwn(Path.Combine(folder, StoreLayout.AttemptFile))).AttemptId;
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            return null;
        }
    }

    private static bool IsImported(RunRecord record) => record.Provenance.TaskDigest == Provenance.Imported;

    private static string Short(string hash) => hash.Length <= 12 ? hash : hash[..12] + "...";

    private enum CopyState
    {
        Same,
        Different,
        Missing,

        /// <summary>The record is of an import, which writes none.</summary>
        Never,
    }

    private sealed record RunLine(MergeLine Line, RecordPlace Place, CopyState Copy, int? DiffersAt, RunRecord Record);
}
