using System.Security.Cryptography;
using System.Text;

namespace Tandem.Analysis.Markup;

/// <summary>Styles and the script, kept as files of their own in the source and put into the pages as they are.</summary>
internal static class Assets
{
    private static readonly Html s_colours = Read("colours.css");

    public static Html RunStyle { get; } = new(s_colours.Text + Read("run.css").Text);

    public static Html ReportStyle { get; } = new(s_colours.Text + Read("report.css").Text);

    /// <summary>Of the pages of scenario experiments.</summary>
    public static Html ScenarioStyle { get; } = new(ReportStyle.Text + Read("scenarios.css").Text);

    /// <summary>The script of the report's first page: filters and the list of runs.</summary>
    public static Html ReportScript { get; } = Read("report.js");

    /// <summary>What the page's policy names, so that this script runs and no other.</summary>
    public static string ReportScriptDigest { get; } = "sha256-"
        + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(ReportScript.Text)));

    private static Html Read(string name)
    {
        using Stream stream = typeof(Assets).Assembly.GetManifestResourceStream($"Tandem.Analysis.Reporting.Assets.{name}")
            ?? throw new InvalidOperationException($"{name} was not built into the program.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return new Html("\n" + reader.ReadToEnd().ReplaceLineEndings("\n"));
    }
}
