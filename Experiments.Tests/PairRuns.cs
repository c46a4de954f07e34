using Tandem.Harness.Cases;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Experiments.Tests;

/// <summary>
/// Every task pair in every setting and seed of the experiment. Green means that the experiment worked, whatever the agents achieved: a
/// wrong patch is data. Red is an infrastructure error that outlived its retries, or, with <c>run.assert: outcome</c>, a case that the
/// agents did not solve.
/// </summary>
[Trait("Tier", "Experiment")]
public sealed class PairRuns(ExperimentFixture experiment)
{
    /// <summary>Runs one case, or reports its stored verdict.</summary>
    [CaseTheory]
    [CaseData]
    public async Task Pair(string caseId)
    {
        if (caseId.StartsWith(CaseDataAttribute.BrokenRow, StringComparison.Ordinal))
            TestText.Fail(caseId[CaseDataAttribute.BrokenRow.Length..]);
        CaseId id = CaseId.Parse(caseId);
        CaseResult result;
        try
        {
            result = await experiment.RunAsync(id, TestContext.Current.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            experiment.PrintStopped(id.ToString());
            TestText.Skip("The run was stopped. The case is due again; if it had started, it is recorded as interrupted.");
            return;
        }
        catch (Exception exception)
        {
            // Perhaps no record has it, so all of it is kept here.
            TestText.Write(exception.ToString());
            TestText.Fail($"The harness failed: "
                + $"{exception.Message}{(experiment.Print(id, exception) is { } again ? $"\nTo run this case alone: {again}" : "")}");
            return;
        }
        switch (result)
        {
            case CaseResult.Skipped skipped:
                TestText.Skip(skipped.Reason);
                break;
            case CaseResult.Ran ran:
                Judge(ran.Record, "");
                break;
            case CaseResult.Stored stored:
                Judge(stored.Record, $"stored verdict of attempt {stored.Record.Attempt}, "
                    + $"{stored.Record.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC: ");
                break;
        }
    }

    /// <summary>The verdict holds the first line of its error.</summary>
    private static string MoreOf(RunRecord record) => record.Error?.Message.Split('\n', 2) is [_, string more] ? more.TrimEnd() + "\n" : "";

    private void Judge(RunRecord record, string prefix)
    {
        string verdict = prefix + Verdict.Of(record);
        TestText.Write(verdict);
        TestText.Write($"artifacts: {experiment.FolderOf(record)}");
        // Once the model's configuration is right, the same command goes on with all cases: nobody runs this one alone.
        if (record.Error?.Class == ErrorClass.ModelConfiguration)
            TestText.Fail(verdict);
        if (record.InfraError)
            TestText.Fail($"{verdict}\n{MoreOf(record)}To run this case alone: "
                + ExperimentFixture.CommandFor(record.CaseId, isCompleted: false));
        if (Verdict.IsRed(record, experiment.AssertsOutcome))
            TestText.Fail($"{verdict}\nThe experiment asserts outcomes (run.assert). To run this case alone: "
                + $"{ExperimentFixture.CommandFor(record.CaseId, isCompleted: true)}");
    }
}
