using System.Text.RegularExpressions;

namespace Tandem.Harness.Tests.House;

/// <summary>Finds what breaks an order of rooms, in which each may import those below it. A room is a namespace under a root.</summary>
/// <param name="root">The namespace in which the rooms are; a room's name is what follows it, and empty for the root itself.</param>
/// <param name="rooms">From the roof down; rooms of one line may use each other.</param>
internal sealed partial class Floors(string root, string[][] rooms)
{
    private readonly Dictionary<string, int> _floorOf = rooms.SelectMany((line, floor) => line.Select(room => (room, floor)))
        .ToDictionary(entry => entry.room, entry => entry.floor);

    /// <summary>The violations, each with the file and what to do: a namespace that is not its folder's, a room without a floor, a floor
    /// without a room, and an import upwards. That is a <c>using</c>, a type of an enclosing room (which needs no <c>using</c>), or a
    /// type's name with its room before it. Comments do not count.</summary>
    /// <param name="files">Each path relative to the root's folder, with its text.</param>
    public IReadOnlyList<string> Violations(IEnumerable<(string Path, string Text)> files)
    {
        Source[] sources = [.. files.Select(file => Source.Read(file.Path, file.Text, root))];
        ILookup<string, string> typesOf = sources.SelectMany(source => source.Types.Select(type => (source.Room, type)))
            .ToLookup(entry => entry.Room, entry => entry.type);
        return [.. sources.SelectMany(source => ViolationsOf(source, typesOf)),
            .. _floorOf.Keys.Except(sources.Select(source => source.Room)).Select(room => $"the room '{room}' has a floor but no file")];
    }

    private IEnumerable<string> ViolationsOf(Source source, ILookup<string, string> typesOf)
    {
        if (source.Room != source.Folder)
            yield return $"{source.Path}: its namespace says room '{source.Room}'; name it after its folder";
        if (!_floorOf.TryGetValue(source.Room, out int own))
        {
            yield return $"{source.Path}: the room '{source.Room}' has no floor; give it one in {nameof(FloorsTests)}";
            yield break;
        }
        foreach ((string room, int floor) in _floorOf)
        {
            if (floor < own && source.Import(room, typesOf[room]) is { } import)
                yield return $"{source.Path}: {source.Room} imports {room} ({import}), which lies {own - floor} floors above it";
        }
    }

    private sealed record Source(
        string Path, string Folder, string Room, HashSet<string> Usings, IReadOnlyList<string> Types, HashSet<string> Words)
    {
        public static Source Read(string path, string text, string root)
        {
            string code = Comment().Replace(text, "");
            string folder = System.IO.Path.GetDirectoryName(path)!.Replace('\\', '/').Replace('/', '.');
            return new Source(path, folder, RoomOf(Namespace().Match(code).Groups[1].Value, root),
                [.. Using().Matches(code).Select(match => RoomOf(match.Groups[1].Value, root))],
                [.. Declaration().Matches(code).Select(match => match.Groups[1].Value)],
                [.. Word().Matches(code).SelectMany(match => match.Value.Split('.').Append(match.Value))]);
        }

        public string? Import(string room, IEnumerable<string> types)
        {
            if (Usings.Contains(room))
                return "using";
            string last = room[(room.LastIndexOf('.') + 1)..];
            bool isOpen = Room.StartsWith(room + ".", StringComparison.Ordinal);
            return types.FirstOrDefault(type => Words.Contains($"{last}.{type}") || (isOpen && Words.Contains(type)));
        }

        private static string RoomOf(string name, string root) =>
            name == root ? "" : name.StartsWith(root + ".", StringComparison.Ordinal) ? name[(root.Length + 1)..] : name;
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^using (?:static |\w+ = )?([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"^(?:public|internal) (?:[a-z]+ )*?(?:class|struct|record|enum|interface) (?:struct )?(\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"\b(?:[A-Z]\w+\.)?[A-Z]\w+")]
    private static partial Regex Word();

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();
}
