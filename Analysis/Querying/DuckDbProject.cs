using System.Reflection;
using System.Runtime.InteropServices;
using Tandem.Analysis.Data;

namespace Tandem.Analysis.Querying;

/// <summary>The project <c>DuckDb</c>, which fetches DuckDB's library by NuGet. The first query builds it, for all later ones.</summary>
/// <param name="folder">Where its project file lies.</param>
/// <param name="version">Of the package.</param>
/// <param name="platform">The package's name for this machine; null if the package has no library for it.</param>
internal sealed class DuckDbProject(string folder, string version, string? platform)
{
    public const string FileName = "DuckDb.csproj";

    public const string Package = "DuckDB.NET.Bindings.Full";

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    /// <summary>That of the solution which this program was built from.</summary>
    /// <exception cref="RefusedException">The program was copied away from it.</exception>
    public static DuckDbProject OfThisProgram()
    {
        Assembly program = typeof(DuckDbProject).Assembly;
        string version = program.GetCustomAttributes<AssemblyMetadataAttribute>().Single(pair => pair.Key == "DuckDbVersion").Value!;
        for (DirectoryInfo? above = new(AppContext.BaseDirectory); above is not null; above = above.Parent)
        {
            string folder = Path.Combine(above.FullName, "DuckDb");
            string? platform = PlatformOf(RuntimeInformation.RuntimeIdentifier, RuntimeInformation.ProcessArchitecture);
            if (File.Exists(Path.Combine(folder, FileName)))
                return new DuckDbProject(folder, version, platform);
        }
        throw new RefusedException(
            $"DuckDB answers queries; its library comes by the project DuckDb, which is in no folder above {AppContext.BaseDirectory}.",
            $"Start the program where it was built, or {DuckDbLibrary.Own}");
    }

    /// <summary>The package's name for a machine; null if the package has no library for it.</summary>
    /// <param name="runtime">.NET's name for it, such as <c>linux-x64</c>, <c>ubuntu.24.04-x64</c> or <c>linux-musl-arm64</c>.</param>
    /// <param name="architecture">Of this process.</param>
    internal static string? PlatformOf(string runtime, Architecture architecture)
    {
        string? processor = architecture switch { Architecture.X64 => "x64", Architecture.Arm64 => "arm64", _ => null };
        if (processor is null || runtime.Contains("musl", StringComparison.Ordinal))
            return null;
        return runtime.Split('-', '.')[0] switch
        {
            "alpine" or "freebsd" or "illumos" or "solaris" => null,
            "osx" => "osx",
            "win" => $"win-{processor}",
            // A .NET that a distribution built names that.
            _ => $"linux-{processor}",
        };
    }

    /// <summary>The library's path; it is fetched if it is not there yet.</summary>
    /// <param name="notice">Gets a line before something that takes long.</param>
    /// <param name="cancellationToken">Ends the fetching.</param>
    /// <exception cref="RefusedException">The library cannot be had.</exception>
    public async Task<string> LibraryAsync(TextWriter notice, CancellationToken cancellationToken)
    {
        if (platform is null)
        {
            throw new RefusedException(
                "NuGet has DuckDB's library for Linux (glibc), macOS and Windows on x64 and arm64, "
                    + $"but not for this machine ({RuntimeInformation.RuntimeIdentifier}).",
                $"Get a library that runs here, and {DuckDbLibrary.Own}");
        }
        string library = Path.Combine(folder, "bin", version, platform, DuckDbLibrary.FileName);
        if (File.Exists(library))
            return library;
        FileStream held = await HoldAsync(notice, cancellationToken);
        await using (held)
        {
            // Whoever waited finds it done.
            if (File.Exists(library))
                return library;
            await notice.WriteLineAsync("Fetching DuckDB's library by NuGet, once: about 110 MB ...");
            await new DuckDbBuild(folder).RunAsync(version, platform, cancellationToken);
        }
        return File.Exists(library) ? library : throw new RefusedException(
            $"The build of {folder} ended well, but left no {library}.",
            $"Delete the folders bin and obj in {folder} and type the query again, or {DuckDbLibrary.Own}");
    }

    /// <summary>Waits until nobody else builds. The kernel lets go of the file when its holder ends, however that ends.</summary>
    private async Task<FileStream> HoldAsync(TextWriter notice, CancellationToken cancellationToken)
    {
        string path = Path.Combine(folder, "obj", "fetch.lock");
        long began = TimeProvider.System.GetTimestamp();
        bool hasWaited = false;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            while (true)
            {
                try
                {
                    return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                }
                catch (IOException) when (File.Exists(path) && TimeProvider.System.GetElapsedTime(began) < DuckDbBuild.Limit)
                {
                    if (!hasWaited)
                        await notice.WriteLineAsync("Waiting for another query, which fetches DuckDB's library ...");
                    hasWaited = true;
                }
                await Task.Delay(s_pause, cancellationToken);
            }
        }
        catch (OperationCanceledException exception)
        {
            throw new RefusedException("Waiting for DuckDB's library was stopped.", "Type the query again.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException(
                $"DuckDB's library cannot be put into {folder}: {exception.Message}",
                $"Let a user query once who may write there, or {DuckDbLibrary.Own}",
                exception);
        }
    }
}
