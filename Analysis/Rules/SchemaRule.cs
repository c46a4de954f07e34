using Tandem.Analysis.Data;
using Tandem.Records.Store;

namespace Tandem.Analysis.Rules;

/// <summary>Every line holds what the contract says: no field unknown, missing or given twice.</summary>
internal sealed class SchemaRule : IRule
{
    public string Id => "SCHEMA-01";

    public string Title => "Every record has all its fields, and no line is damaged";

    public string Remedy =>
        "A damaged line in the middle of a file was not made by a crash. Put the file back from a copy. Without a copy, delete the line; "
            + "if it is the first line of a file, or the file is empty, delete the file, since nothing in it can be read. The cases then "
            + "count as not run and can be run again.";

    public RuleOutcome Check(Dataset dataset)
    {
        IEnumerable<StoreFault> faults = dataset.Faults.Concat(dataset.Results.Faults);
        IEnumerable<Finding> damaged = faults.Select(fault => new Finding(
            fault.Line is int line ? $"{fault.File}({line})" : fault.File, fault.What, fault.IsTornEnd
                ? Severity.Warning : Severity.Error));
        IEnumerable<Finding> impossible = dataset.Records
            .SelectMany(record => record.Breaches.Where(breach => breach.Law == Law.Amounts)
            .Select(breach => Finding.At(record, breach.What)));
        return new RuleOutcome(damaged.Concat(impossible), $"{dataset.Records.Count()} records in {dataset.RunFiles} files");
    }
}
