using Tandem.Analysis.Rules;
using Tandem.Records.Store;

namespace Tandem.Analysis.Scenarios.Rules;

/// <summary>What stands in the files can be read, and does not contradict itself.</summary>
internal sealed class ScenarioFileRule : IScenarioRule
{
    public string Id => "SCEN-01";

    public string Title => "Every file begins with its metadata line, and every record has all its fields and obeys their laws";

    public string Remedy =>
        "A damaged line in the middle of a file, or a file without its first line, was not made by a crash. Put the file back from a copy, "
        + "or delete the line: the case then counts as not run and can be run again.";

    public RuleOutcome Check(ScenarioDataset dataset) => new(
        dataset.Faults.Select(FindingOf), $"{dataset.Records.Count()} records in {dataset.Files.Count} files");

    private static Finding FindingOf(StoreFault fault) => new(
        fault.Line is int line ? $"{fault.File}({line})" : fault.File, fault.What, fault.IsTornEnd ? Severity.Warning : Severity.Error);
}
