using Tandem.Harness.Judging;
using Tandem.Records.Judgements;
using Xunit;

namespace Tandem.Experiments.Tests;

/// <summary>
/// Every judgement of the experiment's runs: run x rubric x judge x repetition. Green means that the judge answered in the right form and
/// with real quotes, or said that no label fits. A judge that failed is red, so that no table of green rows hides it.
/// </summary>
[Trait("Tier", "Experiment")]
public sealed class Judgements(ExperimentFixture experiment)
{
    /// <summary>Judges one run, or reports the stored judgement.</summary>
    [CaseTheory]
    [JudgementData]
    public async Task Judgement(string judgementId)
    {
        if (judgementId.StartsWith(JudgementDataAttribute.BrokenRow, StringComparison.Ordinal))
            TestText.Fail(judgementId[JudgementDataAttribute.BrokenRow.Length..]);
        JudgementId id = JudgementId.Parse(judgementId);
        JudgementResult result;
        try
        {
            result = await experiment.JudgeAsync(id, TestContext.Current.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            experiment.PrintStopped(id.ToString());
            TestText.Skip("The run was stopped. The judgement is due again; if the judge was being asked, it is recorded as interrupted.");
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
            case JudgementResult.Skipped skipped:
                TestText.Skip(skipped.Reason);
                break;
            case JudgementResult.Ran ran:
                Check(ran.Record, "");
                break;
            case JudgementResult.Stored stored:
                Check(stored.Record, $"stored judgement of attempt {stored.Record.Attempt}, "
                    + $"{stored.Record.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC: ");
                break;
        }
    }

    private static void Check(JudgementRecord record, string prefix)
    {
        string verdict = prefix + JudgementText.Of(record);
        TestText.Write(verdict);
        if (JudgementText.IsRed(record))
            TestText.Fail($"{verdict}\nTo ask this judge again: {ExperimentFixture.CommandFor(record)}");
    }
}
