using System.Text;
using FluentAssertions;
using Tandem.Harness.Evaluation;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

public sealed class PatchFilterTests
{
    private const string Source = "diff --git a/src/a.py b/src/a.py\n--- a/src/a.py\n+++ b/src/a.py\n@@ -1 +1 @@\n-x\n+y\n";

    [Theory]
    [InlineData("a/tests/test_a.py b/tests/test_a.py")]
    [InlineData("a/src/test_helpers/x.py b/src/test_helpers/x.py")]
    [InlineData("a/pkg/test/x.c b/pkg/test/x.c")]
    [InlineData("a/src/a_test.py b/src/a_test.py")]
    [InlineData("a/src/jinja2/tests.py b/src/jinja2/tests.py")]
    [InlineData("a/src/contests.py b/src/contests.py")]
    [InlineData("\"a/tests/\\303\\244.py\" \"b/tests/\\303\\244.py\"")]
    public void Sections_of_test_files_are_dropped(string paths)
    {
        string test = $"diff --git {paths}\n--- a/t\n+++ b/t\n@@ -1 +1 @@\n-1\n+2\n";

        Grade(test + Source).Should().Be(Source);
        Grade(Source + test).Should().Be(Source);
        Grade(Source + test + Source).Should().Be(Source + Source);
        Grade(test).Should().BeEmpty();
    }

    [Theory]
    [InlineData("Tests/helper.py")]
    [InlineData("conftest.py")]
    [InlineData("src/__tests__/useForm.test.tsx")]
    [InlineData("middleware/logger_test.go")]
    [InlineData("patch.txt")]
    [InlineData("src/testing.py")]
    [InlineData("src/TEST_A.py")]
    public void Sections_that_upstream_keeps_are_kept(string path)
    {
        string patch = $"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-1\n+2\n";

        Grade(patch).Should().Be(patch);
    }

    [Fact]
    public void A_test_path_in_the_body_of_a_section_drops_nothing()
    {
        string patch = Source + "+see a/tests/test_a.py\n+ diff --git a/tests/x b/tests/x\n";

        Grade(patch).Should().Be(patch);
    }

    [Fact]
    public void Text_before_the_first_section_is_kept()
    {
        string prose = "From 1234\nSubject: about a/tests/test_x.py\n\n";

        Grade(prose + Source).Should().Be(prose + Source);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\n \t\r\n\v\f")]
    public void Only_white_space_is_an_empty_patch(string patch) => Grade(patch).Should().BeEmpty();

    [Fact]
    public void A_missing_final_line_feed_is_added() => Grade(Source.TrimEnd('\n')).Should().Be(Source);

    [Fact]
    public void A_final_blank_context_line_stays()
    {
        string patch = Source + " \n";

        Grade(patch).Should().Be(patch);
    }

    [Fact]
    public void Carriage_returns_quotes_and_bytes_that_are_no_text_stay()
    {
        byte[] patch = [.. Encoding.UTF8.GetBytes(Source), .. "+a'\\''b\r\n+\r\n+lone\rcr\n"u8, (byte)'+', 0xff, 0xfe,
            0x00, 0x80, (byte)'\n'];

        PatchFilter.Grade(patch, DroppedPaths.None).Content.ToArray().Should().Equal(patch);
    }

    [Fact]
    public void Whatever_the_sections_the_rest_is_byte_exact()
    {
        var random = new Random(20250301);
        for (int round = 0; round < 300; round++)
        {
            var raw = new List<byte>();
            var expected = new List<byte>();
            int sections = random.Next(0, 6);
            for (int section = 0; section < sections; section++)
            {
                bool isTest = random.Next(2) == 0;
                var bytes = new List<byte>(Encoding.UTF8.GetBytes($"diff --git a/{(isTest ? "x/tests/y" : "x/y")} b/z\n"));
                int lines = random.Next(0, 5);
                for (int line = 0; line < lines; line++)
                {
                    byte[] content = new byte[random.Next(0, 20)];
                    random.NextBytes(content);
                    bytes.AddRange([(byte)"+- "[random.Next(3)], .. content.Where(b => b != '\n'), (byte)'\n']);
                }
                raw.AddRange(bytes);
                if (!isTest)
                    expected.AddRange(bytes);
            }

            byte[] graded = PatchFilter.Grade(raw.ToArray(), DroppedPaths.None).Content.ToArray();

            graded.Should().Equal(expected, $"round {round}");
            PatchFilter.Grade(graded, DroppedPaths.None).Content.ToArray().Should().Equal(graded, "filtering twice changes nothing");
        }
    }

    private static string Grade(string patch) =>
        Encoding.UTF8.GetString(PatchFilter.Grade(Encoding.UTF8.GetBytes(patch), DroppedPaths.None).Content.Span);

    [Theory]
    [InlineData("--- a/tests/test_a.py\n+++ b/tests/test_a.py\n@@ -1 +1 @@\n-a\n+b\n")]
    [InlineData("--- /dev/null\n+++ b/tests/test_new.py\n@@ -0,0 +1 @@\n+b\n")]
    [InlineData("diff --git a/x b/y\nsimilarity index 100%\nrename from src/a.py\nrename to tests/test_a.py\n")]
    [InlineData("Index: x\n--- a/src/tests.py\t2026-01-01\n+++ b/src/tests.py\t2026-01-01\n@@ -1 +1 @@\n-a\n+b\n")]
    public void A_test_file_is_dropped_whatever_lines_name_it(string section)
    {
        const string kept = "--- a/src/a.py\n+++ b/src/a.py\n@@ -1 +1 @@\n-a\n+b\n";
        // Git takes lines of names right behind a rename for the rename's own.
        foreach (string patch in new[] { section.Contains("rename") ? section : section + kept, kept + section, section })
        {
            byte[] content = PatchFilter.Grade(Encoding.UTF8.GetBytes(patch), DroppedPaths.None).Content.ToArray();
            string left = Encoding.UTF8.GetString(content);
            (patch == section ? left : left.Replace("Index: x\n", "")).Should().Be(patch == section ? "" : kept, patch);
        }
    }

    [Fact]
    public void Changed_lines_that_look_like_names_of_files_begin_no_section()
    {
        const string patch = "--- a/src/a.sql\n+++ b/src/a.sql\n@@ -1,3 +1,3 @@\n context\n"
            + "--- a/tests/test_a.py\n+++ b/tests/test_a.py\n last\n"
            + "\\ No newline at end of file\n--- a/tests/test_b.py\n+++ b/tests/test_b.py\n@@ -1 +1 @@\n-a\n+b\n";

        byte[] content = PatchFilter.Grade(Encoding.UTF8.GetBytes(patch), DroppedPaths.None).Content.ToArray();

        Encoding.UTF8.GetString(content).Should().Be(patch[..patch.IndexOf("--- a/tests/test_b.py", StringComparison.Ordinal)]);
    }
}
