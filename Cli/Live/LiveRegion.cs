using Spectre.Console;
using Spectre.Console.Rendering;
using Tandem.Records.Text;

namespace Tandem.Cli.Live;

/// <summary>
/// The last lines of a terminal, drawn again and again; what else is written goes above them and stays. Spectre.Console lays the content
/// out; the cursor is moved here, since Spectre's own live display lets nothing be printed beside it. Safe for concurrent use.
/// </summary>
/// <param name="output">The terminal.</param>
/// <param name="size">Its columns and rows.</param>
internal sealed class LiveRegion(TextWriter output, Func<(int Columns, int Rows)> size)
{
    // Colours and moves of the cursor are the region's own.
    private readonly TextWriter _terminal = output is PrintableWriter printable ? printable.Inner : output;
    private readonly Lock _lock = new();
    private string[] _lines = [];

    /// <summary>A text to draw. What comes from data is printable before it is laid out, so that its width is known.</summary>
    public static Text TextOf(string text, Style? style = null) => new(PrintableText.Of(text), style);

    /// <summary>Draws the content in the place of what was drawn before. What does not fit onto the screen is left out.</summary>
    public void Draw(IRenderable content)
    {
        lock (_lock)
        {
            (int columns, int rows) = size();
            using var text = new StringWriter { NewLine = "\n" };
            var console = AnsiConsole.Create(new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.Yes,
                ColorSystem = ColorSystemSupport.Standard,
                Interactive = InteractionSupport.No,
                Out = new AnsiConsoleOutput(text)
            });
            // A line as wide as the terminal would wrap on some.
            console.Profile.Width = columns - 1;
            console.Write(new PrintableContent(content));
            Erase();
            _lines = [.. text.ToString().TrimEnd('\n').Split('\n').Take(rows - 1)];
            Show();
        }
    }

    /// <summary>Writes whole lines above the region.</summary>
    /// <param name="text">Ends with a line feed.</param>
    public void WriteAbove(string text)
    {
        lock (_lock)
        {
            Erase();
            output.Write(text);
            Show();
        }
    }

    /// <summary>Ends it: what was drawn last is gone, or stays.</summary>
    public void Close(bool keep)
    {
        lock (_lock)
        {
            if (!keep)
                Erase();
            _lines = [];
            output.Flush();
        }
    }

    /// <summary>Up to the region's first line, and everything below it away.</summary>
    private void Erase()
    {
        if (_lines.Length > 0)
            _terminal.Write($"\e[{_lines.Length}A\r\e[J");
    }

    private void Show()
    {
        foreach (string line in _lines)
            _terminal.Write(line + "\n");
        _terminal.Flush();
    }

    /// <summary>The door to the terminal for what is drawn: Spectre.Console writes a text as it was given.</summary>
    private sealed class PrintableContent(IRenderable content) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => content.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => content.Render(options, maxWidth).Select(segment =>
            segment.IsControlCode || segment.IsLineBreak ? segment : new Segment(PrintableText.Of(segment.Text), segment.Style));
    }
}
