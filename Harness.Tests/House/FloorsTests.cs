using System.Text.RegularExpressions;
using FluentAssertions;
using Tandem.Harness.Configuration;
using Xunit;

namespace Tandem.Harness.Tests.House;

/// <summary>Rooms import only rooms below them, so that each can be understood with what lies under it.</summary>
public sealed partial class FloorsTests
{
    // From the roof down; rooms of one line may use each other.
    private static readonly string[][] s_harness =
    [
        ["Cases"],
        ["Experiments"],
        ["Evaluation.Verification"],
        ["Evaluation"],
        ["Evaluation.TestOutputs"],
        ["Agents", "Agents.Shell", "Agents.Simulated"],
        ["Agents.Channel"],
        ["Agents.Recordings"],
        ["Admission"],
        ["Telemetry"],
        ["Models"],
        ["TaskSets.Images"],
        ["TaskSets"],
        ["Messaging"],
        ["Configuration"],
        ["Sandboxes.Docker"],
        ["Sandboxes.Docker.Commands"],
        ["Sandboxes.Docker.Life"],
        ["Sandboxes.Docker.Sessions"],
        ["Sandboxes.Docker.Engine"],
        ["Sandboxes.Process"],
        ["Sandboxes"],
        ["Processes"],
    ];

    [Fact]
    public void Rooms_of_the_harness_import_only_what_lies_below() =>
        Violations("Harness", "Tandem.Harness", s_harness).Should().BeEmpty();

    /// <summary>What breaks the floors: a folder without a floor, a <c>using</c> upwards, or a type of a room above that needs no
    /// <c>using</c>, since that room's name is a part of the own one or stands before the type.</summary>
    internal static IReadOnlyList<string> Violations(string project, string root, string[][] floors)
    {
        Dictionary<string, int> floorOf = floors.SelectMany((rooms, floor) => rooms.Select(room => (room, floor)))
            .ToDictionary(entry => entry.room, entry => entry.floor);
        Source[] sources = [.. Directory.EnumerateFiles(Path.Combine(ProjectFolder.Find(), project), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Split(Path.DirectorySeparatorChar).Intersect(["obj", "bin"]).Any())
            .Select(path => Source.Read(path, root))];
        sources.Should().NotBeEmpty();
        ILookup<string, string> typesOf = sources.SelectMany(source => source.Types.Select(type => (source.Room, type)))
            .ToLookup(entry => entry.Room, entry => entry.type);
        var violations = new List<string>();
        foreach (Source source in sources)
        {
            if (!floorOf.TryGetValue(source.Room, out int own))
            {
                violations.Add($"{source.Name}: the room {source.Room} has no floor; give it one in {nameof(FloorsTests)}");
                continue;
            }
            foreach ((string room, int floor) in floorOf.Where(entry => entry.Value < own))
            {
                bool isSeen = source.Usings.Contains(room) || source.Room.StartsWith(room + ".", StringComparison.Ordinal)
                    ? typesOf[room].Any(type => source.Mentions(type)) || source.Usings.Contains(room)
                    : typesOf[room].Any(type => source.Mentions($"{room}.{type}"));
                if (isSeen)
                    violations.Add($"{source.Name}: {source.Room} imports {room}, which lies {own - floor} floors above it");
            }
        }
        return violations;
    }

    private sealed record Source(string Name, string Room, IReadOnlyList<string> Usings, IReadOnlyList<string> Types, string Code)
    {
        public static Source Read(string path, string root)
        {
            string text = File.ReadAllText(path);
            return new Source(
                Path.GetFileName(path),
                RoomOf(Namespace().Match(text).Groups[1].Value, root),
                [.. Using().Matches(text).Select(m => RoomOf(m.Groups[1].Value, root))],
                [.. Declaration().Matches(text).Select(m => m.Groups[1].Value)],
                Comment().Replace(text, ""));
        }

        public bool Mentions(string name) => Regex.IsMatch(Code, $@"(?<![\w.]){Regex.Escape(name)}\b");

        private static string RoomOf(string name, string root) =>
            name.StartsWith(root + ".", StringComparison.Ordinal) ? name[(root.Length + 1)..] : name;
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^using (?:static |\w+ = )?([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"^(?:\w+ )*(?:class|record|struct|interface|enum) (\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    // References from docs are links for people; what compiles counts.
    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();
}
