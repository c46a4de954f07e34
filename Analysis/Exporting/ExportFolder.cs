using Tandem.Analysis.Data;

namespace Tandem.Analysis.Exporting;

/// <summary>The folder that an export goes to. All of it is written under a temporary name and renamed at the end, and nothing that is
/// there is written over.</summary>
/// <param name="folder">Absolute; made if it is not there.</param>
internal sealed class ExportFolder(string folder)
{
    /// <summary>Writes an export.</summary>
    /// <param name="names">The folders that it has at the top; one that <paramref name="write"/> does not make is passed over.</param>
    /// <param name="write">Writes them into a temporary folder.</param>
    /// <exception cref="RefusedException">One of them is there already, or there is nothing to export.</exception>
    public T Write<T>(IReadOnlyList<string> names, Func<string, T> write)
    {
        if (File.Exists(folder))
            throw new RefusedException($"--output {folder} is a file.", "Name a folder: --output DIR.");
        if (names.Count == 0)
            throw new RefusedException("There is no record to export.", "Run the experiment first.");
        if (names.FirstOrDefault(name => Path.Exists(Path.Combine(folder, name))) is string there)
            throw new RefusedException($"There is a '{there}' in {folder} already.",
                "Name another folder with --output DIR, or remove that one.");
        string temporary = Path.Combine(folder, $".export-{Guid.NewGuid():n}");
        try
        {
            T written = write(temporary);
            foreach (string name in names.Where(name => Directory.Exists(Path.Combine(temporary, name))))
                Directory.Move(Path.Combine(temporary, name), Path.Combine(folder, name));
            return written;
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }
    }
}
