using System.Text.RegularExpressions;
using FluentAssertions;
using Tandem.Cli;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>The front door's rooms import each other downwards only.</summary>
public sealed partial class CliFloorsTests
{
    /// <summary>From the roof to the ground; the empty name is the project's own folder, which every room sees without a using.</summary>
    private static readonly string[] s_rooms =
        ["Verbs", "Running", "Planning", "Images", "Tasks", "Testing", "Status", "Doctor", "Setup", "Live", ""];

    [Fact]
    public void A_room_imports_only_rooms_below_it()
    {
        string home = Path.Combine(Project.Find().Folder, "Cli");
        string[] files = [.. Directory.EnumerateFiles(home, "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(home, file)).Where(file => file.Split('/', '\\')[0] is not ("bin" or "obj"))];
        string[] faults = [.. files.Where(file => file != "Program.cs")
            .SelectMany(file => Faults(file, File.ReadAllText(Path.Combine(home, file))))];

        faults.Should().BeEmpty();
        files.Select(RoomOf).Distinct().Should().BeEquivalentTo(s_rooms, "the list has every room, and no other");
    }

    [Theory]
    [InlineData("Running/A.cs", "using Tandem.Cli.Status;\nnamespace Tandem.Cli.Running;", null)]
    [InlineData("Status/A.cs", "using Tandem.Cli.Running;\nnamespace Tandem.Cli.Status;",
        "Status/A.cs imports Running, which is not below it")]
    [InlineData("A.cs", "using Tandem.Cli.Setup;\nnamespace Tandem.Cli;", "A.cs imports Setup, which is not below it")]
    [InlineData("Setup/A.cs", "namespace Tandem.Cli;", "Setup/A.cs is in the namespace Tandem.Cli")]
    public void An_import_upwards_is_found(string file, string source, string? fault) =>
        Faults(file, source).Should().Equal(fault is null ? [] : [fault]);

    private static IEnumerable<string> Faults(string file, string source)
    {
        string room = RoomOf(file);
        string expected = room.Length == 0 ? "Tandem.Cli" : $"Tandem.Cli.{room}";
        if (Namespace().Match(source) is not { Success: true } space || space.Groups[1].Value != expected)
            yield return $"{file} is in the namespace {Namespace().Match(source).Groups[1].Value}";
        foreach (Match import in Import().Matches(source))
        {
            if (Array.IndexOf(s_rooms, import.Groups[1].Value) <= Array.IndexOf(s_rooms, room))
                yield return $"{file} imports {import.Groups[1].Value}, which is not below it";
        }
    }

    private static string RoomOf(string file) => file.Split('/', '\\') is [var room, _, ..] ? room : "";

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"\bTandem\.Cli\.(\w+)(?=[.;])(?<!namespace Tandem\.Cli\.\w*)")]
    private static partial Regex Import();
}
