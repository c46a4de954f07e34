using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Data;

/// <summary>Reads single records again, in any order, without holding the others.</summary>
internal sealed class RecordSource(StoreLayout layout) : IDisposable
{
    private readonly Dictionary<string, SafeFileHandle> _files = new(StringComparer.Ordinal);
    private byte[] _buffer = new byte[64 * 1024];

    /// <summary>A record's line without its end; valid until the next call.</summary>
    /// <exception cref="UnreadableStoreException">The file is shorter than it was when the dataset was read.</exception>
    public ReadOnlySpan<byte> Line(RecordPlace place)
    {
        if (!_files.TryGetValue(place.File, out SafeFileHandle? file))
            _files[place.File] = file = File.OpenHandle(Path.Combine(layout.ExperimentFolder, place.File), FileMode.Open, FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete);
        if (_buffer.Length < place.Length)
            _buffer = new byte[Math.Max(place.Length, _buffer.Length * 2)];
        Span<byte> line = _buffer.AsSpan(0, place.Length);
        int filled = 0;
        while (filled < line.Length)
        {
            int read = RandomAccess.Read(file, line[filled..], place.Offset + filled);
            if (read == 0)
                throw Changed(place);
            filled += read;
        }
        return line;
    }

    /// <exception cref="UnreadableStoreException">The line is no longer where it was.</exception>
    public RunRecord Record(RecordPlace place)
    {
        try
        {
            return StoreJson.Read<RunRecord>(Line(place));
        }
        catch (JsonException)
        {
            throw Changed(place);
        }
    }

    public void Dispose()
    {
        foreach (SafeFileHandle file in _files.Values)
            file.Dispose();
    }

    /// <summary>The error for a line that is no longer where it was.</summary>
    public UnreadableStoreException Changed(RecordPlace place) => new(
        $"{Path.Combine(layout.ExperimentFolder, place.File)} was changed while it was read: line {place.Line} is no longer where it was.",
        "Run files are only ever appended to; find out what rewrote this one, and run the command again.");
}
