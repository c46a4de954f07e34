namespace Tandem.Records.Store;

/// <summary>Writes files so that a crash leaves either the whole file or none.</summary>
public static class DurableFile
{
    /// <summary>Writes beside the target under a temporary name, flushes to disk, and renames. An existing file is replaced.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content) => Write(path, content, replace: true);

    /// <summary>As <see cref="Write(string, ReadOnlySpan{byte})"/>, but never over a file that exists.</summary>
    /// <returns>Whether this call made the file; false if it was there.</returns>
    public static bool TryCreate(string path, ReadOnlySpan<byte> content)
    {
        if (File.Exists(path))
            return false;
        try
        {
            Write(path, content, replace: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }

    private static void Write(string path, ReadOnlySpan<byte> content, bool replace)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        string temporary = $"{path}.{Guid.NewGuid():n}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: replace);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
