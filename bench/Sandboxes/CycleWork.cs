using System.Formats.Tar;
using System.Globalization;
using Tandem.Harness.Sandboxes;

namespace Tandem.Bench.Sandboxes;

/// <summary>What every side of the sandbox cycle does: the same commands and files, checked in the same way.</summary>
internal static class CycleWork
{
    public const string Create = "create and start";
    public const string Put = "100 files in";
    public const string Commands = "20 commands";
    public const string Get = "100 files out";
    public const string Remove = "remove";

    public const int CommandCount = 20;
    public const string Folder = "/tandem-bench";
    private const int FileCount = 100;
    private const int FileBytes = 2048;

    /// <summary>The phases in the order in which they are done.</summary>
    public static IReadOnlyList<string> Phases { get; } = [Create, Put, Commands, Get, Remove];

    /// <summary>100 files of 2 KiB, no two alike.</summary>
    public static IReadOnlyList<SandboxFile> Files
    { get; } = [.. Enumerable.Range(0, FileCount).Select(number => new SandboxFile($"{Folder}/{NameOf(number)}", Content(number)))];

    /// <summary>A command as agents run many: it looks at a file and says something.</summary>
    public static IReadOnlyList<string> Command(int number) =>
        ["/bin/sh", "-c", string.Create(CultureInfo.InvariantCulture, $"[ -s {Folder}/{NameOf(number)} ] && echo said {number}")];

    /// <exception cref="InvalidDataException">A side did not do what it was measured for.</exception>
    public static void CheckOutput(int number, string output)
    {
        if (output.Trim() != string.Create(CultureInfo.InvariantCulture, $"said {number}"))
            throw new InvalidDataException($"Command {number} printed '{output.Trim()}'.");
    }

    /// <exception cref="InvalidDataException">A side did not do what it was measured for.</exception>
    public static void CheckFiles(IReadOnlyDictionary<string, byte[]> files)
    {
        for (int number = 0; number < FileCount; number++)
        {
            if (!files.TryGetValue(NameOf(number), out byte[]? content) || !content.AsSpan().SequenceEqual(Content(number)))
                throw new InvalidDataException($"{NameOf(number)} did not come back as it went in, among {files.Count} files.");
        }
    }

    /// <summary>The regular files of an archive, by the last part of their names.</summary>
    public static async Task<IReadOnlyDictionary<string, byte[]>> UnpackAsync(Stream archive, CancellationToken cancellationToken)
    {
        var files = new Dictionary<string, byte[]>();
        await using var reader = new TarReader(archive);
        while (await reader.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
        {
            if (entry.DataStream is not { } data)
                continue;
            byte[] content = new byte[entry.Length];
            await data.ReadExactlyAsync(content, cancellationToken);
            files.Add(Path.GetFileName(entry.Name), content);
        }
        return files;
    }

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"file{number:000}.txt");

    private static byte[] Content(int number) => [.. Enumerable.Range(0, FileBytes).Select(i => (byte)('a' + ((i + number) % 26)))];
}
