using System.Globalization;
using System.Text;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Harness.Evaluation.Verification;

/// <summary>Why an evaluation did not pass, in one sentence with the end of its output.</summary>
internal static class Evidence
{
    /// <param name="result">The evaluation.</param>
    /// <param name="featureId">The feature that it is about; null is the first that did not pass.</param>
    public static string Of(EvaluationResult result, int? featureId = null)
    {
        if (result.Error is RunError error)
            return error.Message;
        if (result.Report.ApplyStatus.Contains(ApplyStatus.Failed))
            return $"it does not apply to the base commit: {EvaluationFault.LastLines(result.Report.MergeOutput ?? "")}";
        FeatureTestReport? failed =
            result.Report.Tests.FirstOrDefault(test => test.Passed != true && (featureId ?? test.FeatureId) == test.FeatureId);
        int index = failed is null ? -1 : result.Report.Tests.ToList().IndexOf(failed);
        string output = index >= 0 && index < result.TestOutputs.Count
            ? EvaluationFault.LastLines(Encoding.UTF8.GetString(result.TestOutputs[index].Span)) : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"{(failed?.Reason is TestFailureReason reason ? EnumNames.NameOf(reason) + ", " : "")}{failed?.TestsPassed ?? 0} passed, "
            + $"{failed?.TestsFailed ?? 0} failed, {(failed?.ExitCode is int code ? $"exit code {code}" : "no exit code")}; the end of "
            + $"its output: {output}");
    }
}
