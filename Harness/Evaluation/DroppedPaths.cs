using System.Text;
using Tandem.Harness.Evaluation.Patches;
using Tandem.Records.Runs;

namespace Tandem.Harness.Evaluation;

/// <summary>The paths that a case's tests bring: an agent's own version of them would keep the tests' patch from applying, or the tests
/// from compiling.</summary>
internal sealed class DroppedPaths
{
    private static readonly string[] s_declarations = ["+func ", "+type ", "+var ", "+const "];

    private readonly HashSet<string> _paths;
    private readonly HashSet<string> _folders;
    private readonly Dictionary<string, HashSet<string>> _functions;

    private DroppedPaths(IEnumerable<string> paths, Dictionary<string, HashSet<string>> functions)
    {
        _paths = [.. paths];
        _folders = [.. _paths.SelectMany(FoldersOf)];
        _functions = functions;
    }

    /// <summary>No tests are known.</summary>
    public static DroppedPaths None { get; } = new([], []);

    /// <summary>The paths that were dropped before, where the tests are not at hand.</summary>
    public static DroppedPaths Recorded(IEnumerable<PatchOmission> dropped) =>
        new(dropped.Where(omission => omission.Reason == OmissionReason.TestsPatch).Select(omission => omission.Path), []);

    /// <summary>What the patches of tests touch, but for what the gold patches change, too: that is what the feature is about.</summary>
    public static DroppedPaths Of(IEnumerable<ReadOnlyMemory<byte>> tests, IEnumerable<ReadOnlyMemory<byte>> golds)
    {
        var gold = new HashSet<string>(golds.SelectMany(patch => PatchSection.Read(patch)).SelectMany(section => section.Paths));
        var paths = new HashSet<string>();
        var functions = new Dictionary<string, HashSet<string>>();
        foreach (PatchSection section in tests.SelectMany(patch => PatchSection.Read(patch)))
        {
            foreach (string path in section.Paths.Where(path => !gold.Contains(path)))
            {
                paths.Add(path);
                if (!IsGoTest(path))
                    continue;
                if (!functions.TryGetValue(FolderOf(path), out HashSet<string>? known))
                    functions[FolderOf(path)] = known = [];
                known.UnionWith(GoFunctions(section));
            }
        }
        return new DroppedPaths(paths, functions);
    }

    /// <summary>Whether a section of an agent's patch is in the way of the tests.</summary>
    public bool Hold(PatchSection section) => section.Paths.Any(path =>
        _paths.Contains(path) || _folders.Contains(path) || FoldersOf(path).Any(_paths.Contains) || DeclaresTwice(section, path));

    /// <summary>Go compiles the test files of a folder together: a function that two of them declare breaks them all.</summary>
    private bool DeclaresTwice(PatchSection section, string path) =>
        IsGoTest(path) && _functions.TryGetValue(FolderOf(path), out HashSet<string>? known) && GoFunctions(section).Any(known.Contains);

    private static bool IsGoTest(string path) => path.EndsWith("_test.go", StringComparison.Ordinal);

    /// <summary>The functions, types, variables and constants that a section declares by a line of their own, not methods.</summary>
    private static IEnumerable<string> GoFunctions(PatchSection section)
    {
        foreach (string line in Encoding.UTF8.GetString(section.Bytes.Span).Split('\n'))
        {
            if (s_declarations.FirstOrDefault(word => line.StartsWith(word, StringComparison.Ordinal)) is not string declares)
                continue;
            string name = line[declares.Length..].TrimStart();
            int end = name.IndexOfAny(['(', '[', ' ', '\t', '=']);
            if (end > 0 && name is not (['i', 'n', 'i', 't', '(', ..]) and not ['_', '(', ..])
                yield return name[..end];
        }
    }

    private static string FolderOf(string path) => path[..(path.LastIndexOf('/') + 1)];

    private static IEnumerable<string> FoldersOf(string path)
    {
        for (int at = path.IndexOf('/', StringComparison.Ordinal); at > 0; at = path.IndexOf('/', at + 1))
            yield return path[..at];
    }
}
