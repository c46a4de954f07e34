using Tandem.Records.Cases;

namespace Tandem.Harness.Evaluation.Verification;

/// <summary>What the runs of all tests on a task's combined patch show.</summary>
internal static class CombinedFindings
{
    /// <summary>Features that pass in no run have failed; those that pass in some are flaky, whoever else fails.</summary>
    /// <param name="task">The task's name.</param>
    /// <param name="features">All its features.</param>
    /// <param name="results">The runs, at least one.</param>
    public static IReadOnlyList<VerificationFinding> Of(string task, FeatureSet features, IReadOnlyList<EvaluationResult> results)
    {
        var flaky = new List<VerificationFinding>();
        var failed = new List<int>();
        foreach (int id in features)
        {
            int passed = results.Count(result => Passes(result, id));
            if (passed == 0)
                failed.Add(id);
            else if (passed < results.Count)
                flaky.Add(new VerificationFinding("FLAKY", $"{task}/f{id}",
                    $"its tests passed {passed} of {results.Count} times with the same combined patch: "
                    + $"{Evidence.Of(results.First(result => !Passes(result, id)), id)}"));
        }
        if (failed.Count == 0)
            return flaky;
        string always = results.Count == 1 ? "--repeat 5 shows whether they always fail" : $"in none of {results.Count} runs";
        return [new VerificationFinding("COMBINED-FAILS", task,
            $"not all features' tests pass with combined.patch ({string.Join(", ", failed.Select(id => $"f{id}"))}; {always}): "
            + $"{Evidence.Of(results[0], failed[0])}"), .. flaky];
    }

    private static bool Passes(EvaluationResult result, int featureId) =>
        result.Error is null && result.Report.Tests.Any(test => test.FeatureId == featureId && test.Passed == true);
}
