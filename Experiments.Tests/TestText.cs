using Tandem.Records.Text;
using Xunit;

namespace Tandem.Experiments.Tests;

/// <summary>What a case says to the test framework, which prints it: nothing in it is obeyed by a terminal.</summary>
internal static class TestText
{
    /// <summary>Ends the test as skipped.</summary>
    public static void Skip(string reason) => Assert.Skip(PrintableText.Of(reason));

    /// <summary>Ends the test as failed.</summary>
    public static void Fail(string why) => Assert.Fail(PrintableText.Of(why));

    /// <summary>Adds a line to the test's output.</summary>
    public static void Write(string line) => TestContext.Current.TestOutputHelper?.WriteLine(PrintableText.Of(line));
}
