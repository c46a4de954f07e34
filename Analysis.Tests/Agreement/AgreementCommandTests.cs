using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.Analysis.Commands;
using Xunit;

namespace Tandem.Analysis.Tests.Agreement;

public sealed class AgreementCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tandem-agreement-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Labels_of_three_judges_with_a_gap_and_a_tie()
    {
        (int code, string output, string error) = Run("""
            unit,judge,label
            a,x,yes
            a,y,yes
            a,z,yes
            b,x,no
            b,y,no
            b,z,yes
            c,x,yes
            c,y,no
            c,z,
            """);

        (code, error).Should().Be((0, ""));
        output.Should().Contain("3 units, 3 judges, 8 judgements, 1 missing; 3 units have two or more")
            .And.Contain("Equal among all pairs of judgements of a unit: 57.1 %") // 3 + 1 + 0 of 3 + 3 + 1
            .And.Contain("Units where all agree: 1; with a majority: 1; tied: 1")
            .And.MatchRegex(@"x / y +3 +66\.7 %").And.MatchRegex(@"x / z +2 +50\.0 %")
            .And.NotContain("ordinal");
    }

    [Fact]
    public void Scores_have_three_scales_correlations_and_no_majority()
    {
        JsonNode rubric = Json("""
            Case;Judge;Score
            a;x;1
            a;y;2
            b;x;2
            b;y;4
            c;x;3
            c;y;5.5
            """);

        rubric["alpha"]!.AsArray().Select(alpha => (string)alpha!["scale"]!).Should().Equal("nominal", "ordinal", "interval");
        JsonNode pair = rubric["pairs"]![0]!;
        ((double)pair["spearman"]!).Should().BeApproximately(1, 1e-12);
        ((double)pair["pearson"]!).Should().BeApproximately(0.9966, 0.0001); // 3.5 / sqrt(2 * 6.1667)
        rubric["consensus"].Should().BeNull();
    }

    [Fact]
    public void Equal_scores_share_their_rank() =>
        ((double)Json("unit,judge,score\na,x,1\na,y,1\nb,x,2\nb,y,2\nc,x,2\nc,y,3\nd,x,3\nd,y,4\n")["pairs"]![0]!["spearman"]!)
            .Should().BeApproximately(0.9487, 0.0001); // ranks 1 2.5 2.5 4 and 1 2 3 4

    [Fact]
    public void A_judge_that_was_asked_again_is_held_against_itself_and_counts_once_among_others()
    {
        JsonNode rubric = Json("unit,judge,rep,label\na,x,2,no\na,x,1,yes\na,y,1,yes\nb,x,1,no\nb,x,2,no\nb,y,1,no\n");

        rubric["pairwise_agreement"]!.GetValue<double>().Should().Be(1);
        JsonNode self = rubric["repetitions"]!.AsArray().Should().ContainSingle().Which!;
        ((string)self["judge"]!, (int)self["units"]!, (double)self["agreement"]!).Should().Be(("x", 2, 0.5));
    }

    [Fact]
    public void Each_rubric_stands_alone()
    {
        (_, string output, _) = Run("rubric,unit,judge,label\nr2,a,x,p\nr2,a,y,q\nr1,a,x,p\nr1,a,y,p\n");

        output.Should().MatchRegex("(?s)rubric r1.*100\\.0 %.*rubric r2.* 0\\.0 %");
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("unit,judge,label\n", "it has no line below its header")]
    [InlineData("unit,judge\na,x\n", "its header has no column 'label' or 'score'")]
    [InlineData("a,x,yes\nb,x,no\n", "its header has no column 'unit' (or 'case'); its header has no column 'judge'; *")]
    [InlineData("unit,judge,label,score\na,x,y,1\n", "its header has both columns 'label' and 'score'; keep one")]
    [InlineData("unit,judge,judge,label\na,x,x,y\n", "its header has the column 'judge' twice")]
    [InlineData("unit,judge,score\na,x,0,5\na,y\n", "line 2: it has 4 fields, the header 3; line 3: it has 2 fields, the header 3")]
    [InlineData("unit,judge,label\na,x\"y,z\na,y,b\n", "line 2: a quote stands inside a field, or is never closed*")]
    [InlineData("unit,judge,label\na,x,b\na,y,\"open\nb,y,c\n", "*a quote stands inside a field, or is never closed*")]
    [InlineData("unit,judge,score\na,x,0.5\na,y,high\nb,y,Infinity\n",
        "line 3: score is 'high', not a finite number *; line 4: score is 'Infinity', not *")]
    [InlineData("unit;judge;score\na;x;0,5\n", "line 2: score is '0,5', not a finite number with a decimal point")]
    [InlineData("unit,judge,label\na,x,y\na,x,z\n", "line 3: judge 'x' has judged unit 'a' in line 2 already; *")]
    [InlineData("unit,judge,rep,label\na,x,0,y\n", "line 2: rep is '0', not a whole number from 1")]
    [InlineData("unit,judge,label\n,x,y\n", "line 2: it names no unit")]
    public void A_table_that_cannot_be_used_is_refused_with_every_line(string csv, string faults)
    {
        (int code, string output, string error) = Run(csv);

        (code, output).Should().Be((CommandHost.Unusable, ""));
        error.ReplaceLineEndings("\n").Should().Match($"error: ratings.csv cannot be used: {faults}\n  next: Give it a header *");
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        var error = new StringWriter();
        AnalysisProgram.Run(["agreement", "none.csv"], new CommandHost(TextWriter.Null, error, _folder.FullName, _ => null))
            .Should().Be(CommandHost.Unusable);
        error.ToString().Should().Contain("There is no file none.csv");
    }

    [Fact]
    public void Another_encoding_than_UTF_8_is_refused_and_UTF_16_with_its_mark_is_read()
    {
        string file = Path.Combine(_folder.FullName, "ratings.csv");
        const string Csv = "unit,judge,label\na,x,café\na,y,café\n";
        File.WriteAllText(file, Csv, Encoding.Latin1);
        (int code, _, string error) = RunFile();
        code.Should().Be(CommandHost.Unusable);
        error.Should().StartWith("error: ratings.csv is not UTF-8 text.");

        File.WriteAllText(file, Csv, Encoding.Unicode);
        RunFile().Code.Should().Be(CommandHost.Ok);
    }

    [Fact]
    public void Empty_columns_at_the_end_and_commas_in_the_labels_of_a_file_with_semicolons_are_no_values() =>
        Run("unit;judge;label\na;x;\"one, two, three\";;\na;y;\"one, two, three\"\n").Output.Should().Contain("100.0 %");

    [Fact]
    public void What_a_spreadsheet_writes_is_read()
    {
        // A byte order mark, carriage returns, quotes with commas and line breaks, spaces, and an empty last line.
        (int code, string output, string error) = Run(
            "\uFEFF\"Unit\",Judge , Label\r\n\"a, first\",\"o'x\",\"two\r\nlines\"\r\n\"a, first\",y,\"two\r\nlines\"\r\nb,y,NA\r\n\r\n");

        (code, error).Should().Be((0, ""));
        output.Should().Contain("2 units, 2 judges, 2 judgements, 2 missing").And.Contain("100.0 %");
    }

    [Fact]
    public void A_table_of_1080_units_and_three_judges_with_gaps_is_read_whole()
    {
        var csv = new StringBuilder("unit,judge,score\n");
        for (int i = 0; i < 3 * 1080; i++)
        {
            string score = i % 108 == 0 ? "" : $"{((i / 3) + (i % 7 == 0 ? 1 : 0)) % 5}";
            csv.Append(CultureInfo.InvariantCulture, $"u{i / 3},j{i % 3},{score}\n");
        }

        JsonNode rubric = Json(csv.ToString());

        ((int)rubric["units"]!, (int)rubric["missing"]!).Should().Be((1080, 30));
        rubric["alpha"]![2]!["interval"].Should().NotBeNull();
    }

    private JsonNode Json(string csv)
    {
        (int code, string output, string error) = Run(csv, "--format", "json");
        (code, error).Should().Be((0, ""));
        return JsonNode.Parse(output)!.AsArray().Should().ContainSingle().Which!;
    }

    private (int Code, string Output, string Error) Run(string csv, params string[] options)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "ratings.csv"), csv);
        return RunFile(options);
    }

    private (int Code, string Output, string Error) RunFile(params string[] options)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int code = AnalysisProgram.Run(["agreement", "ratings.csv", .. options],
            new CommandHost(output, error, _folder.FullName, _ => null));
        return (code, output.ToString(), error.ToString());
    }
}
