using System.Text.RegularExpressions;
using FluentAssertions;
using Xunit;

namespace Tandem.Analysis.Tests.House;

/// <summary>A room of Records or Analysis uses the rooms below it in this list, and no other: each can be understood with what stands
/// below it alone.</summary>
public sealed partial class FloorsTests
{
    private static readonly string[] s_floors =
    [
        "Analysis.Commands",            // the verbs and their options
        "Analysis.Reporting",           // the report as a folder
        "Analysis.Reporting.Overview",  // its first page and Markdown
        "Analysis.Reporting.Runs",      // a page for each case
        "Analysis.Figures",             // drawings, with their numbers as CSV
        "Analysis.Markup",              // HTML, and how numbers and times are written
        "Analysis.Statistics",          // rates, intervals, comparisons
        "Analysis.Validating",          // all rules against one experiment
        "Analysis.Rules.Secrets",
        "Analysis.Rules.Deep",          // rules that read the attempts' files
        "Analysis.Rules",               // what must be true of a store
        "Analysis.Querying",            // SQL over records
        "Analysis.Importing",           // upstream's logs to our store
        "Analysis.Exporting",           // and back
        "Analysis.Upstream",            // upstream's names, clock and words
        "Analysis.Collecting",          // what an experiment holds, counted
        "Analysis.Data",                // one experiment, read; results.json
        "Analysis.Formats",             // CSV, Parquet, terminal text
        "Records.Store",                // an experiment's files
        "Records.Runs",                 // what a record holds, and its verdict
        "Records.Cases",                // case ids, settings, features
        "Records.Json",                 // enums by name
    ];

    private static readonly string s_root = FindRoot(AppContext.BaseDirectory);

    private static readonly Room[] s_rooms = ReadRooms();

    public static TheoryData<string> Rooms => [.. s_rooms.Select(room => room.Name)];

    [Fact]
    public void Every_room_has_its_floor() => s_rooms.Select(room => room.Name).Should().BeEquivalentTo(s_floors);

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_uses_only_rooms_below_it(string name)
    {
        int floor = Array.IndexOf(s_floors, name);

        IEnumerable<string> upwards = s_rooms.Single(room => room.Name == name).Uses
            .Where(use => Array.IndexOf(s_floors, use.Room) < floor).Select(use => $"{use.Path} uses {use.Room} ({use.By})");

        upwards.Should().BeEmpty("what it needs from above belongs into a room below, or is a plain value that a caller can pass");
    }

    /// <summary>All rooms of the two projects; the program's entry stands above them.</summary>
    private static Room[] ReadRooms()
    {
        Source[] sources = [.. new[] { "Records", "Analysis" }.SelectMany(project => Directory
            .EnumerateFiles(Path.Combine(s_root, project), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(s_root, path).Replace('\\', '/'))
            .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && path != "Analysis/Program.cs")
            .Select(Source.Read))];
        ILookup<string, string> types = sources.SelectMany(source => source.Types.Select(type => (source.Room, Type: type)))
            .ToLookup(declared => declared.Room, declared => declared.Type);
        return [.. sources.GroupBy(source => source.Room)
            .Select(room => new Room(room.Key, [.. room.SelectMany(source => source.Uses(types))]))];
    }

    private static string FindRoot(string folder) =>
        File.Exists(Path.Combine(folder, "Tandem.slnx")) ? folder : FindRoot(Path.GetDirectoryName(folder)!);

    private sealed record Room(string Name, IReadOnlyList<Use> Uses);

    private sealed record Use(string Path, string Room, string By);

    private sealed partial record Source(string Path, string Room, string[] Types, string Code)
    {
        public static Source Read(string file)
        {
            string code = Comment().Replace(File.ReadAllText($"{s_root}/{file}"), "");
            return new Source(file, Namespace().Match(code).Groups[1].Value,
                [.. Declaration().Matches(code).Select(match => match.Groups[1].Value)], code);
        }

        /// <summary>By a using; by the name of a type of an enclosing room, which needs no using; by a type's name with its room
        /// before it.</summary>
        public IEnumerable<Use> Uses(ILookup<string, string> types)
        {
            foreach (Match match in Using().Matches(Code))
                yield return new Use(Path, match.Groups[1].Value, match.Value);
            HashSet<string> words = [.. Word().Matches(Code).SelectMany(match => match.Value.Split('.').Append(match.Value))];
            foreach (IGrouping<string, string> room in types.Where(room => room.Key != Room))
            {
                string last = room.Key[(room.Key.LastIndexOf('.') + 1)..];
                bool isOpen = Room.StartsWith(room.Key + ".", StringComparison.Ordinal);
                foreach (string type in room)
                {
                    if (words.Contains($"{last}.{type}") || (isOpen && words.Contains(type)))
                        yield return new Use(Path, room.Key, type);
                }
            }
        }

        [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
        private static partial Regex Comment();

        [GeneratedRegex(@"^namespace Tandem\.([\w.]+);", RegexOptions.Multiline)]
        private static partial Regex Namespace();

        [GeneratedRegex(@"^using (?:static |\w+ = )?Tandem\.((?:Records|Analysis)(?:\.\w+)*)", RegexOptions.Multiline)]
        private static partial Regex Using();

        [GeneratedRegex(@"^(?:public|internal) (?:[a-z]+ )*?(?:class|struct|record|enum|interface) (?:struct )?(\w+)",
            RegexOptions.Multiline)]
        private static partial Regex Declaration();

        [GeneratedRegex(@"\b(?:[A-Z]\w+\.)?[A-Z]\w+")]
        private static partial Regex Word();
    }
}
