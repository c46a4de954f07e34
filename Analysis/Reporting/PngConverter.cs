using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Tandem.Analysis.Figures;

namespace Tandem.Analysis.Reporting;

/// <summary>Turns figures into PNGs by whatever the machine has for it. There is no converter of its own, and a report without PNGs is
/// whole.</summary>
/// <param name="searchPath">The folders of programs, as in the environment's PATH; null to convert nothing, but to keep what the old report
/// has of the same drawings.</param>
internal sealed class PngConverter(string? searchPath)
{
    private const int Scale = 2;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);
    private static readonly string[] s_browsers = ["chromium", "chromium-browser", "google-chrome"];

    /// <summary>Converts each figure, unless the old report has it of the same drawing.</summary>
    /// <param name="figures">Those that are drawn.</param>
    /// <param name="folder">Has their SVGs, gets their PNGs.</param>
    /// <param name="oldFolder">The same of the old report; need not be there.</param>
    /// <returns>Which figures have a PNG, and why others have none.</returns>
    public (IReadOnlySet<string> Names, string? Note) Convert(IReadOnlyList<Figure> figures, string folder, string oldFolder)
    {
        if (figures.Count == 0)
            return (new HashSet<string>(), null);
        string? program = Find("rsvg-convert", "inkscape") ?? Find(s_browsers);
        var done = new ConcurrentDictionary<string, bool>();
        Parallel.ForEach(figures, new ParallelOptions { MaxDegreeOfParallelism = 2 }, figure =>
        {
            if (Reuse(figure, folder, oldFolder) || (program is not null && Run(program, figure, folder)))
                done[figure.Name] = true;
        });
        return (done.Keys.ToHashSet(StringComparer.Ordinal), done.Count == figures.Count ? null : NoteFor(program));
    }

    private string NoteFor(string? program) =>
        searchPath is null ? "Figures become PNGs as well by the verb report, where rsvg-convert, inkscape or chromium is on the PATH."
        : program is null ? "The figures are not PNGs as well, since none of rsvg-convert, inkscape and chromium is on the PATH."
        : $"Some figures are not PNGs as well, since {Path.GetFileName(program)} did not make them.";

    private static bool Reuse(Figure figure, string folder, string oldFolder)
    {
        (string svg, string png) = (figure.Name + ".svg", figure.Name + ".png");
        try
        {
            if (!File.Exists(Path.Combine(oldFolder, png))
                || !File.ReadAllBytes(Path.Combine(oldFolder, svg)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(folder, svg))))
                return false;
            File.Copy(Path.Combine(oldFolder, png), Path.Combine(folder, png));
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool Run(string program, Figure figure, string folder)
    {
        (string svg, string png) = (Path.Combine(folder, figure.Name + ".svg"), Path.Combine(folder, figure.Name + ".png"));
        string name = Path.GetFileNameWithoutExtension(program);
        if (name == "rsvg-convert")
            return Start(program, ["--zoom", Number(Scale), "--output", png, svg]) && File.Exists(png);
        if (name == "inkscape")
            return Start(program, [svg, "--export-type=png", "--export-dpi=192", $"--export-filename={png}"]) && File.Exists(png);
        DirectoryInfo profile = Directory.CreateTempSubdirectory("tandem-png-");
        try
        {
            return Start(program,
            [
                // The browser's own sandbox does not start for root; what is drawn here is this program's own.
                "--headless", .. Environment.IsPrivilegedProcess ? (string[])["--no-sandbox"]
                    : [], "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                    "--disable-component-update", "--disable-sync", "--hide-scrollbars",
                $"--user-data-dir={profile.FullName}", $"--window-size={Number(figure.Width)},{Number(figure.Height)}",
                    $"--force-device-scale-factor={Number(Scale)}", $"--screenshot={png}", new Uri(svg).AbsoluteUri,
            ]) && File.Exists(png);
        }
        finally
        {
            Delete(profile);
        }
    }

    /// <summary>Runs a program to its end, but not for ever; what it prints is of no interest.</summary>
    private static bool Start(string program, IReadOnlyList<string> arguments)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments)
            { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true }
        };
        try
        {
            process.Start();
            process.StandardInput.Close();
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            if (process.WaitForExit(s_limit))
                return process.ExitCode == 0;
            process.Kill(entireProcessTree: true);
            return false;
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or InvalidOperationException or IOException)
        {
            return false;
        }
    }

    private string? Find(params string[] names)
    {
        string[] folders = (searchPath ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string ending = OperatingSystem.IsWindows() ? ".exe" : "";
        return names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name + ending))).FirstOrDefault(File.Exists);
    }

    private static void Delete(DirectoryInfo folder)
    {
        try
        {
            folder.Delete(recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A browser's last processes may still write there; it is a temporary folder.
        }
    }

    private static string Number(double value) => Math.Ceiling(value).ToString("0", CultureInfo.InvariantCulture);
}
