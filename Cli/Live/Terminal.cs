using Tandem.Records.Text;

namespace Tandem.Cli.Live;

/// <summary>Whether somebody watches.</summary>
internal static class Terminal
{
    private const int LeastColumns = 40;

    /// <summary>Whether a writer is a terminal that can be drawn on again: not a pipe, a file, a CI log (<c>CI</c>) or a terminal that
    /// cannot (<c>TERM=dumb</c>).</summary>
    public static bool IsLive(TextWriter output) =>
        output is PrintableWriter { Inner: TextWriter terminal } && ReferenceEquals(terminal, Console.Out) && !Console.IsOutputRedirected
            && Project.Variable("CI") is null
            && Project.Variable("TERM") != "dumb";

    /// <summary>Columns and rows of the terminal; 120 by 40 where they are not known.</summary>
    public static (int Columns, int Rows) Size()
    {
        try
        {
            (int columns, int rows) = (Console.WindowWidth, Console.WindowHeight);
            return columns >= LeastColumns && rows > 0 ? (columns, rows) : (120, 40);
        }
        catch (IOException)
        {
            return (120, 40);
        }
    }
}
