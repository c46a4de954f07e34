using System.Text;
using System.Text.Json;
using FluentAssertions;
using Tandem.Analysis.Data;
using Xunit;

namespace Tandem.Analysis.Tests.Collecting;

public sealed class CollectedLineTests
{
    [Theory]
    [InlineData("{\"both_passed\":true,\"difficulty\":null,\"bucket\":null}", "{\"both_passed\":false,\"difficulty\":0.6667,\"bucket\":6}")]
    [InlineData("{\"both_passed\":null,\"x\":1,\"difficulty\":0.25,\"bucket\":12,\"y\":{}}",
        "{\"both_passed\":false,\"x\":1,\"difficulty\":0.6667,\"bucket\":6,\"y\":{}}")]
    [InlineData("{\"bucket\":null,\"difficulty\":null,\"both_passed\":true}", "{\"bucket\":6,\"difficulty\":0.6667,\"both_passed\":false}")]
    [InlineData("{ \"both_passed\" : true, \"difficulty\" : null, \"bucket\" : null }",
        "{ \"both_passed\" : false, \"difficulty\" : 0.6667, \"bucket\" : 6 }")]
    [InlineData("{\"both_p\\u0061ssed\":true,\"difficulty\":null,\"bucket\":null}",
        "{\"both_p\\u0061ssed\":false,\"difficulty\":0.6667,\"bucket\":6}")]
    [InlineData(" \t{\"both_passed\":true,\"difficulty\":null,\"bucket\":null} \r",
        "{\"both_passed\":false,\"difficulty\":0.6667,\"bucket\":6}")]
    public void The_three_values_are_found_wherever_they_stand(string line, string expected) =>
        Write(line, isOverridden: true).Should().Be(expected);

    [Fact]
    public void A_text_that_names_them_is_none_of_them()
    {
        const string Line = "{\"message\":\"say "
            + "\\\"difficulty\\\":9,\\\"bucket\\\":9\","
            + "\"note\":\"\\\\\",\"to\":\"difficulty\",\"both_passed\":true,\"difficulty\":null,\"bucket\":null}";

        string written = Write(Line, isOverridden: false);

        written.Should().Be(Line.Replace("\"difficulty\":null,\"bucket\":null", "\"difficulty\":0.6667,\"bucket\":6",
            StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("something else")]
    [InlineData("ifficulty\":null,\"bucket\":null}")]
    [InlineData("{\"difficulty\":null,\"bucket\":null}\n{\"difficulty\":null}")]
    [InlineData("")]
    public void What_is_no_line_of_a_record_is_refused(string line) =>
        FluentActions.Invoking(() => Write(line, isOverridden: false)).Should().Throw<JsonException>();

    private static string Write(string line, bool isOverridden)
    {
        using var output = new MemoryStream();
        CollectedLine.Write(output, Encoding.UTF8.GetBytes(line), isOverridden, new Difficulty(Passed: 1, Runs: 3));
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
