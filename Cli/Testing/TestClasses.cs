namespace Tandem.Cli.Testing;

/// <summary>The tests of experiments, by the full names of their classes.</summary>
internal static class TestClasses
{
    /// <summary>The tests that are cases.</summary>
    public const string Cases = "Tandem.Experiments.Tests.PairRuns";

    /// <summary>The tests that are judgements.</summary>
    public const string Judgements = "Tandem.Experiments.Tests.Judgements";

    /// <summary>The tests that are conversations of scenarios.</summary>
    public const string Scenarios = "Tandem.Experiments.Tests.Scenarios";

    /// <summary>The one method of a class.</summary>
    public static string MethodOf(string testClass) => testClass switch
    {
        Cases => "Pair",
        Scenarios => "Scenario",
        Judgements => "Judgement",
        _ => throw new ArgumentOutOfRangeException(nameof(testClass), testClass, "There is no such class of tests."),
    };
}
