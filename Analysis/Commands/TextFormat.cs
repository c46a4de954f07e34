using System.CommandLine;

namespace Tandem.Analysis.Commands;

/// <summary>How a verb with tables prints them: the option <c>--format</c>.</summary>
internal static class TextFormat
{
    public const string Markdown = "markdown";
    public const string Json = "json";
    private const string Text = "text";

    public static Option<string> CreateOption()
    {
        var format = new Option<string>("--format")
        { Description = "How it is printed: text, markdown or json.", DefaultValueFactory = _ => Text };
        format.AcceptOnlyFromAmong(Text, Markdown, Json);
        return format;
    }
}
