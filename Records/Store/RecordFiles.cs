namespace Tandem.Records.Store;

/// <summary>
/// Appends lines to files of this process alone: a file per key, begun with a header when its first line comes, and flushed to disk with
/// each line. Safe for concurrent use.
/// </summary>
/// <param name="folder">Where the files are; made when the first is begun.</param>
internal sealed class RecordFiles<TKey>(string folder) : IDisposable
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, OpenFile> _files = [];

    /// <summary>Appends lines with one flush; when this returns they are on disk.</summary>
    /// <param name="key">The file's key.</param>
    /// <param name="lines">Each without its line feed.</param>
    /// <param name="begin">Gives the name and the header of a new file, the header without its line feed; its argument names this writer
    /// and is unlike any other.</param>
    /// <returns>The file that holds it.</returns>
    /// <exception cref="IOException">It could not be written; the file holds whole lines only, so that the lines can be appended
    /// again.</exception>
    public string Append(TKey key, IEnumerable<byte[]> lines, Func<string, (string Name, byte[] Header)> begin)
    {
        lock (_lock)
        {
            if (!_files.TryGetValue(key, out OpenFile? file))
                _files[key] = file = Begin(begin);
            try
            {
                file.Append([.. lines.SelectMany(line => (byte[])[.. line, (byte)'\n'])]);
            }
            catch
            {
                // A file that could not be cut back to whole lines is left as it is; what follows goes to a new one.
                if (!file.IsWhole)
                {
                    file.Dispose();
                    _files.Remove(key);
                }
                throw;
            }
            return file.Path;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (OpenFile file in _files.Values)
                file.Dispose();
            _files.Clear();
        }
    }

    private OpenFile Begin(Func<string, (string Name, byte[] Header)> begin)
    {
        string host = string.Concat(Environment.MachineName.Where(c => char.IsAsciiLetterOrDigit(c) || c == '-'));
        (string name, byte[] header) = begin($"{host}-{Environment.ProcessId}-{Guid.NewGuid().ToString("n")[..8]}");
        Directory.CreateDirectory(folder);
        var file = new OpenFile(Path.Combine(folder, name));
        try
        {
            file.Append([.. header, (byte)'\n']);
            FolderFlush.Flush(folder);
            return file;
        }
        catch
        {
            // Without this, each try on a full disk would leave one more file that holds nothing.
            file.Dispose();
            File.Delete(file.Path);
            throw;
        }
    }

    private sealed class OpenFile(string path) : IDisposable
    {
        private readonly FileStream _stream = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);

        public string Path { get; } = path;

        public bool IsWhole { get; private set; } = true;

        public void Append(ReadOnlySpan<byte> line)
        {
            long whole = _stream.Length;
            try
            {
                IsWhole = false;
                _stream.Write(line);
                _stream.Flush(flushToDisk: true);
                IsWhole = true;
            }
            catch (IOException)
            {
                try
                {
                    _stream.SetLength(whole);
                    IsWhole = true;
                }
                catch (IOException)
                {
                    // The first error is the one to report.
                }
                throw;
            }
        }

        public void Dispose() => _stream.Dispose();
    }
}
