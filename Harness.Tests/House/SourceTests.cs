using FluentAssertions;
using Tandem.Harness.Configuration;
using Xunit;

namespace Tandem.Harness.Tests.House;

/// <summary>The sources stay easy to read on one screen.</summary>
public sealed class SourceTests
{
    private const int LongestLine = 140;
    private const int LongestFile = 250;

    [Fact]
    public void No_line_of_code_is_longer_than_140_characters() =>
        string.Join('\n', Sources().SelectMany(source => Code(source.Lines)
                .Where(line => line.Text.Length > LongestLine)
                .Select(line => $"{source.Name}({line.Number}): {line.Text.Length} characters; break the line")))
            .Should().BeEmpty();

    [Fact]
    public void No_file_is_longer_than_250_lines() =>
        string.Join('\n', Sources().Where(source => source.Lines.Length > LongestFile)
                .Select(source => $"{source.Name}: {source.Lines.Length} lines; give a part of it a file of its own"))
            .Should().BeEmpty();

    private static (string Name, string[] Lines)[] Sources()
    {
        string project = ProjectFolder.Find();
        (string Name, string[] Lines)[] sources = [.. Directory.EnumerateFiles(project, "*.cs", SearchOption.AllDirectories)
            .Where(path => !Path.GetRelativePath(project, path).Split('/', '\\').Intersect(["obj", "bin", "results"]).Any())
            .Select(path => (Path.GetRelativePath(project, path), File.ReadAllLines(path)))];
        sources.Should().NotBeEmpty();
        return sources;
    }

    /// <summary>Without the lines of raw strings: they are text of other files, with line breaks of its own.</summary>
    private static IEnumerable<(int Number, string Text)> Code(string[] lines)
    {
        bool isRaw = false;
        for (int i = 0; i < lines.Length; i++)
        {
            bool changes = lines[i].Split("\"\"\"").Length % 2 == 0;
            if (!isRaw && !lines[i].Contains("\"\"\"", StringComparison.Ordinal))
                yield return (i + 1, lines[i]);
            isRaw ^= changes;
        }
    }
}
