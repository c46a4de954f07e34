using Tandem.Analysis.Data;
using Tandem.Records.Store;

namespace Tandem.Analysis.Reporting;

/// <summary>
/// The folder of a report while it is written: beside the old one, under another name, until all of it is there. A crash on the way leaves
/// the old report as it was, and what it left behind is swept by the next.
/// </summary>
internal sealed class ReportFolder : IDisposable
{
    private const string Prefix = ".report-";
    private readonly FileStream _lock;

    private ReportFolder(StoreLayout layout, FileStream held)
    {
        _lock = held;
        Final = Of(layout);
        Path = System.IO.Path.Combine(layout.ExperimentFolder, $"{Prefix}{Guid.NewGuid():n}");
        Experiment = layout.ExperimentFolder;
        Sweep();
        Directory.CreateDirectory(Path);
    }

    /// <summary>Where the parts are written.</summary>
    public string Path { get; }

    public string Final { get; }

    private string Experiment { get; }

    public static string Of(StoreLayout layout) => System.IO.Path.Combine(layout.ExperimentFolder, "report");

    /// <exception cref="BusyStoreException">Another process writes one.</exception>
    public static ReportFolder Begin(StoreLayout layout)
    {
        string path = System.IO.Path.Combine(layout.ExperimentFolder, Prefix + "lock");
        FileStream held;
        RegularFile.RequireOwn(path);
        try
        {
            held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1,
                FileOptions.DeleteOnClose);
        }
        catch (IOException exception) when (File.Exists(path))
        {
            throw new BusyStoreException($"Another process writes the report of {layout.Experiment}: {exception.Message}",
                "Wait until it has ended.", exception);
        }
        try
        {
            return new ReportFolder(layout, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Writes one file; of one that the old report has with the same bytes, no byte is written again.</summary>
    /// <param name="name">Relative, with '/'.</param>
    /// <param name="content">Its bytes.</param>
    public void Write(string name, ReadOnlySpan<byte> content)
    {
        string path = PathOf(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        string old = System.IO.Path.Combine(Final, name.Replace('/', System.IO.Path.DirectorySeparatorChar));
        if (!IsSame(old, content) || !HardLink.TryCreate(old, path))
            File.WriteAllBytes(path, content);
    }

    private static bool IsSame(string path, ReadOnlySpan<byte> content)
    {
        try
        {
            return new FileInfo(path) is { Exists: true } file && file.Length == content.Length
                && content.SequenceEqual(File.ReadAllBytes(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public string PathOf(string name) => System.IO.Path.Combine(Path, name.Replace('/', System.IO.Path.DirectorySeparatorChar));

    /// <summary>Puts the new report in the old one's place.</summary>
    public void Finish()
    {
        string old = System.IO.Path.Combine(Experiment, $"{Prefix}{Guid.NewGuid():n}");
        bool hadOld = Directory.Exists(Final);
        if (hadOld)
            Directory.Move(Final, old);
        try
        {
            Directory.Move(Path, Final);
        }
        catch when (hadOld)
        {
            Directory.Move(old, Final);
            throw;
        }
        if (hadOld)
            Directory.Delete(old, recursive: true);
    }

    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
        _lock.Dispose();
    }

    // Who holds the lock is alone: these are of writers that died. One that was moving the old report aside left it there whole.
    private void Sweep()
    {
        foreach (string left in Directory.EnumerateDirectories(Experiment, Prefix + "*").Order(StringComparer.Ordinal))
            Directory.Delete(left, recursive: true);
    }
}
