namespace Tandem.Harness.Evaluation.TestOutputs;

/// <summary>How many tests a runner's output reports.</summary>
/// <param name="Passed">Tests that passed; packages where the output names no tests (Go without <c>-v</c>).</param>
/// <param name="Failed">Tests that failed, errors and unexpected successes included.</param>
/// <param name="Skipped">Tests that were skipped; null where the output does not say.</param>
internal sealed record TestCounts(int Passed, int Failed, int? Skipped)
{
    /// <summary>Nothing passed and nothing failed.</summary>
    public bool IsNothing => Passed == 0 && Failed == 0;

    /// <summary>Both together; a count that is unknown on one side is what the other says.</summary>
    public TestCounts Plus(TestCounts other) => new(
        Sum(Passed, other.Passed),
        Sum(Failed, other.Failed),
        Skipped is null && other.Skipped is null ? null : Sum(Skipped ?? 0, other.Skipped ?? 0));

    /// <summary>The sum, at most the largest number: output is the agent's to write.</summary>
    public static int Sum(int a, int b) => (int)Math.Min((long)a + b, int.MaxValue);
}
