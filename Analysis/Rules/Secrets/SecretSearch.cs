using Tandem.Records.Store;
namespace Tandem.Analysis.Rules.Secrets;

/// <summary>Searches an experiment's files for what looks like keys, and passes over what was allowed by its fingerprint.</summary>
internal static class SecretSearch
{
    /// <summary>Fingerprints of texts that are no keys, one per line; the rest of a line is a comment.</summary>
    public const string AllowedFile = "not-secrets.txt";

    public const string Remedy =
        "If it is a key: revoke it, then delete the file or the case. If it only looks like one, write its fingerprint into a line of "
        + AllowedFile + " beside experiment.json.";

    /// <summary>What the files hold that looks like keys, in the order of the files.</summary>
    /// <param name="root">The experiment's folder, which may hold <see cref="AllowedFile"/>.</param>
    /// <param name="files">Absolute; one that is gone meanwhile holds nothing.</param>
    public static IReadOnlyList<(string File, FoundSecret Secret)> In(string root, IReadOnlyList<string> files)
    {
        HashSet<string> allowed = Allowed(Path.Combine(root, AllowedFile));
        return [.. files.AsParallel().AsOrdered()
            .SelectMany(file => Scan(file).Where(secret => !allowed.Contains(secret.Fingerprint)).Select(secret => (file, secret)))];
    }

    /// <summary><c>runs/file.jsonl(3)</c>.</summary>
    public static string PlaceOf(string root, string file, FoundSecret secret) =>
        $"{Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/')}({secret.Line})";

    /// <summary>What was found, without the key.</summary>
    public static string WordsOf(FoundSecret secret) => $"what looks like {secret.Kind}, fingerprint {secret.Fingerprint}";

    private static List<FoundSecret> Scan(string file)
    {
        // What is no file of the store's own is another rule's to say.
        if (!RegularFile.IsOwn(file))
            return [];
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return SecretScan.Of(stream);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // It was deleted since the folder was listed.
            return [];
        }
    }

    private static HashSet<string> Allowed(string path) =>
        !RegularFile.IsOwn(path) ? [] : [.. File.ReadLines(path).Select(line => line.Split(' ', '\t')[0]).Where(word => word.Length > 0)];
}
