namespace Tandem.Harness.Evaluation;

/// <summary>What test programs and other tools leave behind as they run. It is no part of a patch: nobody wrote it, and the caches of two
/// agents who ran the same tests collide.</summary>
internal static class CacheFolders
{
    /// <summary>Folders of caches, at any depth.</summary>
    public static IReadOnlyList<string> Folders { get; } =
    [
        "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".ipynb_checkpoints", ".nyc_output", ".parcel-cache",
        ".turbo", ".gradle", "node_modules/.cache", "node_modules/.vite", "node_modules/.vitest",
    ];

    /// <summary>Files of caches, at any depth.</summary>
    public static IReadOnlyList<string> Files { get; } = ["*.pyc", ".coverage", ".eslintcache", ".DS_Store"];

    /// <summary>Git's words for everything but these.</summary>
    public static IReadOnlyList<string> Pathspecs { get; } =
        [.. Folders.Select(folder => $":(exclude,glob)**/{folder}/**"), .. Files.Select(file => $":(exclude,glob)**/{file}")];

    /// <summary>The cache that a path belongs to: its folder, or the file itself; null if it is of none.</summary>
    /// <param name="path">Relative to the repository, with '/'.</param>
    public static string? Find(string path)
    {
        foreach (string folder in Folders)
        {
            int at = ("/" + path).IndexOf($"/{folder}/", StringComparison.Ordinal);
            if (at >= 0)
                return path[..(at + folder.Length)];
        }
        string name = path[(path.LastIndexOf('/') + 1)..];
        return Files.Any(file => file.StartsWith('*') ? name.EndsWith(file[1..], StringComparison.Ordinal) : name == file) ? path : null;
    }
}
