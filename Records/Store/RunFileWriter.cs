using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Records.Store;

/// <summary>
/// Appends the records of one process: a file per setting and seed, begun with the first record and flushed to disk with each. Safe for
/// concurrent use.
/// </summary>
public sealed class RunFileWriter : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(Setting, int), OpenFile> _files = [];
    private readonly StoreLayout _layout;
    private readonly string _runId;
    private readonly string _harness;
    private readonly TimeProvider _clock;

    /// <summary>Makes a writer; touches nothing on disk yet.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="runId">The invocation's id.</param>
    /// <param name="harness">The harness's version, for the header.</param>
    /// <param name="clock">Gives the header's time.</param>
    public RunFileWriter(StoreLayout layout, string runId, string harness, TimeProvider clock) =>
        (_layout, _runId, _harness, _clock) = (layout, runId, harness, clock);

    /// <summary>Appends one record; when this returns it is on disk.</summary>
    /// <returns>The file that holds it.</returns>
    /// <exception cref="IOException">It could not be written; the file holds whole lines only, so that the record can be appended
    /// again.</exception>
    public string Append(RunRecord record) => Append(record, [.. StoreJson.ToLine(record), (byte)'\n']);

    /// <summary>Appends many records with one flush for each file; when this returns they are on disk.</summary>
    /// <exception cref="IOException">Some could not be written; each file holds whole lines only.</exception>
    public void Append(IEnumerable<RunRecord> records)
    {
        foreach (IGrouping<(Setting, int), RunRecord> file in records.GroupBy(record => (record.Setting, record.Seed)))
            Append(file.First(), [.. file.SelectMany(record => (byte[])[.. StoreJson.ToLine(record), (byte)'\n'])]);
    }

    private string Append(RunRecord first, byte[] lines)
    {
        lock (_lock)
        {
            (Setting, int) key = (first.Setting, first.Seed);
            if (!_files.TryGetValue(key, out OpenFile? file))
                _files[key] = file = Begin(first);
            try
            {
                file.Append(lines);
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

    private OpenFile Begin(RunRecord first)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        var header = new RunFileHeader(
            RunRecord.CurrentSchemaVersion, RunFileHeader.RunsKind, _layout.Experiment, first.RunName, first.Setting, first.Seed, _runId,
                ProcessIdentity.Current, now, _harness);
        string host = string.Concat(Environment.MachineName.Where(c => char.IsAsciiLetterOrDigit(c) || c == '-'));
        string writer = $"{host}-{Environment.ProcessId}-{Guid.NewGuid().ToString("n")[..8]}";
        Directory.CreateDirectory(_layout.RunsFolder);
        var file = new OpenFile(Path.Combine(_layout.RunsFolder, StoreLayout.RunFileName(first.Setting, first.Seed, now, writer)));
        try
        {
            file.Append([.. StoreJson.ToLine(header), (byte)'\n']);
            FolderFlush.Flush(_layout.RunsFolder);
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
