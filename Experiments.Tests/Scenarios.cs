using Tandem.Harness.Scenarios;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;
using Tandem.Records.Text;
using Xunit;

namespace Tandem.Experiments.Tests;

/// <summary>
/// Every scenario under every variant, in every repetition. Green means that the experiment worked, whatever the model answered: a failed
/// check is data. Red is a fault of the infrastructure that outlived its reruns, or what the experiment asserts (<c>run.assert</c>).
/// </summary>
[Trait("Tier", "Experiment")]
public sealed class Scenarios(ExperimentFixture experiment)
{
    /// <summary>Holds one conversation, or reports the stored one.</summary>
    [CaseTheory]
    [ScenarioData]
    public async Task Scenario(string caseId)
    {
        if (caseId.StartsWith(CaseDataAttribute.BrokenRow, StringComparison.Ordinal))
            TestText.Fail(caseId[CaseDataAttribute.BrokenRow.Length..]);
        ScenarioCaseId id = ScenarioCaseId.Parse(caseId);
        ScenarioResult result;
        try
        {
            result = await experiment.RunAsync(id, TestContext.Current.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            experiment.PrintStopped(caseId);
            TestText.Skip("The run was stopped. The case is due again; if it had started, it is recorded as interrupted.");
            return;
        }
        catch (Exception exception)
        {
            TestText.Write(exception.ToString());
            experiment.Print(id, exception);
            TestText.Fail($"The harness failed: {exception.Message}");
            return;
        }
        switch (result)
        {
            case ScenarioResult.Skipped skipped:
                TestText.Skip(skipped.Reason);
                break;
            case ScenarioResult.Ran ran:
                Check(ran.Record, "");
                break;
            case ScenarioResult.Rechecked revised:
                Check(revised.Record, "stored answers, checked again: ");
                break;
            case ScenarioResult.Stored stored:
                Check(stored.Record, $"stored result of attempt {stored.Record.Attempt}, "
                    + $"{stored.Record.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC: ");
                break;
        }
    }

    private void Check(ScenarioRecord record, string prefix)
    {
        string verdict = prefix + ScenarioText.Of(record);
        TestText.Write(verdict);
        foreach (ScenarioCheck check in record.Checks)
            TestText.Write(PrintableText.LineOf(
                $"  {(check.Passed ? "pass" : "FAIL")} {check.Check}{(check.Detail is null ? "" : ": " + check.Detail)}"));
        // Once the model's configuration is right, the same command goes on with all cases: nobody runs this one alone.
        if (record.Error?.Class == ErrorClass.ModelConfiguration)
            TestText.Fail(verdict);
        if (record.Error is not null)
            TestText.Fail($"{verdict}\nTo run this case alone: {ExperimentFixture.CommandFor(record, isCompleted: false)}");
        if (experiment.WhyRed(record) is string why)
            TestText.Fail($"{verdict}\n{why} To run this case alone: {ExperimentFixture.CommandFor(record, isCompleted: true)}");
    }
}
