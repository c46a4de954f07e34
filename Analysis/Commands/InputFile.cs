using Tandem.Analysis.Data;

namespace Tandem.Analysis.Commands;

/// <summary>A file that the command line names.</summary>
internal static class InputFile
{
    /// <summary>Its path, absolute.</summary>
    /// <param name="host">The surroundings.</param>
    /// <param name="name">As the user named it.</param>
    /// <exception cref="RefusedException">There is no such file.</exception>
    public static string PathOf(CommandHost host, string name)
    {
        string path = Path.GetFullPath(name, host.WorkingDirectory);
        if (Directory.Exists(path))
            throw new RefusedException($"{name} is a folder, not a CSV file.", "Name a file.");
        return File.Exists(path) ? path
            : throw new RefusedException($"There is no file {name}.", "Check its name; a relative one starts at the current folder.");
    }

    /// <summary>All of it.</summary>
    /// <exception cref="RefusedException">There is no such file.</exception>
    public static byte[] ReadBytes(CommandHost host, string name) => File.ReadAllBytes(PathOf(host, name));
}
