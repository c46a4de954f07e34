using System.Globalization;
using Tandem.Records.Runs;

namespace Tandem.Harness.Messaging;

/// <summary>
/// Cuts what teammates wrote into pages, so that a long message or many of them fill no prompt and are not cut by a limit of outputs. What
/// does not fit waits, and comes page by page with <c>read_messages</c>. Safe for concurrent use.
/// </summary>
/// <param name="characters">Of one page, from 1.</param>
internal sealed class MessagePages(int characters)
{
    private readonly Lock _lock = new();
    private string _waiting = "";

    /// <summary>The next page: what waits, then a text that came now. Empty if there is neither.</summary>
    public string Next(string fresh)
    {
        lock (_lock)
        {
            string all = _waiting + fresh;
            _waiting = "";
            return Cut(all);
        }
    }

    /// <summary>The beginning of a text that is shown now, whatever waits; its end waits behind the rest.</summary>
    public string Show(string text)
    {
        lock (_lock)
            return Cut(text);
    }

    /// <summary>Messages as agents read them.</summary>
    public static string Text(IReadOnlyList<MessageRecord> messages) =>
        string.Concat(messages.Select(message => $"[Message from {message.From}]\n{message.Message}\n"));

    private string Cut(string text)
    {
        if (text.Length <= characters)
            return text;
        // Behind a line where there is one; never between the halves of a character.
        int end = text.LastIndexOf('\n', characters - 1, characters / 2) + 1;
        if (end == 0)
            end = characters > 1 && char.IsHighSurrogate(text[characters - 1]) ? characters - 1 : characters;
        string page = text[..end];
        _waiting += text[end..];
        string newLine = page.EndsWith('\n') ? "" : "\n";
        return string.Create(CultureInfo.InvariantCulture,
            $"{page}{newLine}[{_waiting.Length} more characters wait: run read_messages to read on]\n");
    }
}
