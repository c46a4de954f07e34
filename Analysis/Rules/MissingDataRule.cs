using Tandem.Analysis.Data;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Rules;

/// <summary>Infrastructure errors are no outcomes and enter no metric; what has a verdict has a whole one.</summary>
internal sealed class MissingDataRule : IRule
{
    private const int IdleRow = 3;

    public string Id => "DATA-02";

    public string Title => "Infrastructure errors have no verdict, and verdicts follow from the tests and the limits";

    public string Remedy =>
        "A record like this would falsify a rate. Find out which version of the harness wrote it (provenance.harness), correct that, and "
            + "run "
        + "the case again with --force.";

    public RuleOutcome Check(Dataset dataset)
    {
        var findings = new List<Finding>();
        int infra = 0;
        int interrupted = 0;
        int limited = 0;
        foreach (AttemptResult record in dataset.Records)
        {
            infra += record.InfraError ? 1 : 0;
            interrupted += record.Interrupted ? 1 : 0;
            limited += record.AgentStatus == AgentStatus.LimitsExceeded ? 1 : 0;
            if (LacksImportedVerdict(record))
            {
                findings.Add(Finding.At(record, "upstream's evaluation failed, and does not say by whose fault: no verdict") with
                { Severity = Severity.Warning });
                continue;
            }
            IEnumerable<string> faults = record.IsMissingData ? FaultsOfMissingData(record) : FaultsOfVerdict(record);
            findings.AddRange(faults.Select(what => Finding.At(record, what)));
            if (record.PassedWithFailures is int[] features)
            {
                findings.Add(Finding.At(record, $"f{string.Join(" and f", features)} passed with failing tests: the runner's exit code was "
                    + "0 all the same. See whether runner.sh loses it (a pipe without pipefail)") with
                { Severity = Severity.Warning });
            }
        }
        findings.AddRange(IdleRows(dataset));
        return new RuleOutcome(findings, $"{infra} infrastructure errors, {interrupted} interrupted, {limited} over a limit");
    }

    /// <summary>Cases in a row, in the order of their ends, whose agents did nothing and which count all the same: mostly an outage that
    /// showed in no error.</summary>
    private static IEnumerable<Finding> IdleRows(Dataset dataset)
    {
        var row = new List<AttemptResult>();
        foreach (AttemptResult? record in dataset.Counting.OrderBy(record => record.EndedAt).ThenBy(record => record.Place.File)
            .ThenBy(record => record.Place.Line).Append(null))
        {
            if (record is { IsIdle: true })
            {
                row.Add(record);
                continue;
            }
            if (row.Count >= IdleRow)
                yield return Finding.At(row[0], $"{row.Count} cases in a row, from this one on, ended without tokens and without a change, "
                    + "and count: see whether their agents reached a model, and run them again if not") with
                { Severity = Severity.Warning };
            row.Clear();
        }
    }

    private static IEnumerable<string> FaultsOfMissingData(AttemptResult record)
    {
        string kind = record.Interrupted ? "interrupted" : "infra_error";
        if (record.InfraError && record.Interrupted)
            yield return "infra_error and interrupted at once";
        if (record.BothPassed is not null || record.Feature1Passed is not null || record.Feature2Passed is not null)
            yield return $"{kind}, yet it has a verdict";
        if (record.ErrorClass is not ErrorClass error)
            yield return $"{kind}, but no error says of which class";
        else if (record.Interrupted != (error is ErrorClass.Interrupted or ErrorClass.ClaimLost) || error == ErrorClass.Agent)
            yield return $"{kind}, but its error is of class '{EnumNames.NameOf(error)}'";
    }

    private static bool LacksImportedVerdict(AttemptResult record) =>
        record is
        {
            Imported: true, IsMissingData: false, HasEvalError: true, ErrorClass: null
            or ErrorClass.Agent, BothPassed: not true, Feature1Passed: null, Feature2Passed: null
        };

    private static IEnumerable<string> FaultsOfVerdict(AttemptResult record)
    {
        if (record.ErrorClass is ErrorClass error && error != ErrorClass.Agent)
            yield return $"an error of class '{EnumNames.NameOf(error)}', but infra_error is false";
        if (record.HasEvalError)
            yield return "eval_error, but infra_error is false";
        if (record.BothPassed is not bool both)
        {
            yield return "no verdict, but infra_error is false";
            yield break;
        }
        bool mayBeUntested = record.CrashedWithoutPatch;
        if ((record.Feature1Passed is null || record.Feature2Passed is null) && !mayBeUntested)
            yield return "both_passed is known, but a feature's verdict is not";
        bool features = record.Feature1Passed == true && record.Feature2Passed == true;
        if (record.AgentStatus == AgentStatus.LimitsExceeded)
        {
            if (both)
                yield return "a limit was exceeded, yet both_passed is true";
        }
        else if (both && !features)
            yield return "both_passed is true, but not both features passed";
        else if (!both && features && !mayBeUntested)
            yield return "both_passed is false, but both features passed and no limit was exceeded";
    }
}
