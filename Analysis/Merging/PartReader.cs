using System.Security.Cryptography;
using Tandem.Records.Store;

namespace Tandem.Analysis.Merging;

/// <summary>Reads all lines of one part strictly.</summary>
internal static class PartReader
{
    /// <summary>Fills <see cref="MergePart.Records"/>. What cannot be read is a fault.</summary>
    /// <param name="part">An experiment in a store.</param>
    /// <param name="isScenarios">Whether it is one of scenarios.</param>
    /// <param name="settingsHash">What its plan says; null if it has none.</param>
    /// <param name="faults">Takes what is wrong.</param>
    public static void Read(MergePart part, bool isScenarios, string? settingsHash, MergeFaults faults)
    {
        if (isScenarios)
        {
            ReadScenarios(part, new ScenarioReader(part.Lines), isResult: true, faults);
            ReadScenarios(part, ScenarioReader.OfCalls(part.Lines), isResult: false, faults);
            return;
        }
        new RunLines(part, settingsHash, faults).Read();
        ReadJudgements(part, new JudgementReader(part.Lines), "", faults);
        ReadJudgements(part, JudgementReader.OfCalls(part.Lines), "the call for ", faults);
        var labels = new LabelReader(part.Lines);
        // Two files may hold the same label; reading finds those that cannot be read.
        _ = labels.Read().Count();
        Take(part, faults, labels.Faults);
    }

    /// <summary>Takes the faults of a reader. A line that a crash cut at the end of a file of the target is none.</summary>
    public static void Take(MergePart part, MergeFaults faults, IEnumerable<StoreFault> found)
    {
        foreach (StoreFault fault in found.Where(fault => !(part.IsTarget && fault.IsTornEnd)))
            faults.Add(part, fault.File, fault.What, "No crash makes such a line. Put the file back from a backup.", fault.Line);
    }

    private static void ReadScenarios(MergePart part, ScenarioReader reader, bool isResult, MergeFaults faults)
    {
        foreach (StoredScenario stored in reader.Read())
        {
            var record = stored.Record;
            string attempt = FormattableString.Invariant($"{record.CaseId}, attempt {record.Attempt}");
            part.Records.Lines.Add(new MergeLine(
                FormattableString.Invariant($"{(isResult ? "" : "the call for ")}{attempt}, revision {record.Revision}"), stored.File,
                stored.Line, DigestOf(record), null));
            if (isResult)
                part.Records.AttemptNames.Add(attempt);
        }
        Take(part, faults, reader.Faults);
    }

    private static void ReadJudgements(MergePart part, JudgementReader reader, string prefix, MergeFaults faults)
    {
        foreach (StoredJudgement stored in reader.Read())
            part.Records.Lines.Add(new MergeLine(
                FormattableString.Invariant($"{prefix}judgement {stored.Record.JudgementId}, attempt {stored.Record.Attempt}"),
                stored.File, stored.Line, DigestOf(stored.Record), null));
        Take(part, faults, reader.Faults);
    }

    private static string DigestOf<T>(T record)
        where T : class => Convert.ToHexStringLower(SHA256.HashData(StoreJson.ToLine(record)));
}
