using System.Text;
using System.Text.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Judging.Evidences;

/// <summary>
/// The files of the attempt that is judged. A regrade holds only the evaluation: what its agents left stands in the attempt that it took
/// up. Large files are read at both ends alone. No message of it holds a path.
/// </summary>
internal sealed class RunFiles(StoreLayout layout, RunRecord run)
{
    private const int MostAttempts = 20;

    /// <summary>Files that must be read as a whole are given up beyond this.</summary>
    private const long LargestWhole = 64 << 20;

    private readonly IReadOnlyList<string> _folders = FoldersOf(layout, run);

    /// <summary>A file's path; null if it is nowhere. Of a derived file the latest revision up to the record's is taken.</summary>
    public string? Find(string name)
    {
        foreach (string folder in _folders)
        {
            for (int revision = Math.Max(1, run.Revision); revision > 0; revision--)
            {
                string path = Path.Combine(folder, StoreLayout.Revised(name, revision));
                if (RegularFile.IsOwn(path))
                    return path;
            }
        }
        return null;
    }

    /// <summary>Reads begin and end of a text file, as clean text.</summary>
    /// <param name="path">From <see cref="Find"/>.</param>
    /// <param name="bytes">The greatest size of the result.</param>
    /// <param name="blind">Takes names out of it.</param>
    /// <returns>Null if it cannot be read.</returns>
    public static FittedText? Read(string path, int bytes, Func<string, string> blind)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            long length = stream.Length;
            if (length <= 2L * bytes)
                return EvidenceText.Fit(blind(EvidenceText.Clean(Text(Take(stream, 0, (int)length)))), bytes);
            string head = blind(EvidenceText.Clean(Text(Take(stream, 0, bytes))));
            string tail = blind(EvidenceText.Clean(Text(Take(stream, length - bytes, bytes))));
            return EvidenceText.Fit(head, tail, length - (2L * bytes), bytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads a file of the store's JSON.</summary>
    /// <returns>Null if it cannot be read, or is not what it should be.</returns>
    public static T? ReadJson<T>(string path)
        where T : class
    {
        try
        {
            return new FileInfo(path).Length > LargestWhole ? null : StoreJson.Read<T>(File.ReadAllBytes(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static string[] FoldersOf(StoreLayout layout, RunRecord run)
    {
        var attempts = new List<int> { run.Attempt };
        while (attempts.Count < MostAttempts)
        {
            string intent = Path.Combine(layout.AttemptFolder(run.CaseId, attempts[^1]), StoreLayout.AttemptFile);
            if (!File.Exists(intent) || ReadJson<AttemptIntent>(intent)?.TakesUp is not int earlier || attempts.Contains(earlier))
                break;
            attempts.Add(earlier);
        }
        return [.. attempts.Select(attempt => layout.AttemptFolder(run.CaseId, attempt))];
    }

    private static byte[] Take(FileStream stream, long offset, int count)
    {
        byte[] bytes = new byte[count];
        stream.Position = offset;
        int read = stream.ReadAtLeast(bytes, count, throwOnEndOfStream: false);
        return read == count ? bytes : bytes[..read];
    }

    // Bytes that are no UTF-8 become U+FFFD.
    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
