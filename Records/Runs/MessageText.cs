using System.Buffers;
using System.Collections.Frozen;
using System.Text.Json.Serialization;
using Tandem.Records.Json;

namespace Tandem.Records.Runs;

/// <summary>What a message does, by the five acts of the CooperBench paper (arXiv 2601.13295, figure 5). The names are those of the rubric
/// <c>speech-acts</c>.</summary>
[JsonConverter(typeof(StrictEnumConverter<SpeechAct>))]
public enum SpeechAct
{
    /// <summary>Says what its sender is going to do, or what the other should.</summary>
    [JsonStringEnumMemberName("plan")]
    Plan,

    /// <summary>Asks something.</summary>
    [JsonStringEnumMemberName("question")]
    Question,

    /// <summary>Replies to a question.</summary>
    [JsonStringEnumMemberName("answer")]
    Answer,

    /// <summary>Says how things stand: all that is none of the others.</summary>
    [JsonStringEnumMemberName("update")]
    Update,

    /// <summary>Says that a message was understood.</summary>
    [JsonStringEnumMemberName("acknowledgement")]
    Acknowledgement,
}

/// <summary>
/// What can be seen in a text without understanding it. All of it is a heuristic over fixed English words, the same for the same text
/// everywhere; the paper had a model label its messages. Texts are searched as a whole by vector instructions, not word by word: 100 MB of
/// them take a fraction of a second.
/// </summary>
public static class MessageText
{
    // Letters of ASCII alone: one other makes the search ten times slower. Typographic apostrophes are looked for by themselves.
    private static readonly SearchValues<string> PlanWords = SearchValues.Create(
        ["I will", "I'll", "I am going to", "I'm going to", "I plan to", "I intend to", "I propose", "my plan", "plan:", "let me", "let's",
            "we should", "you should"],
        StringComparison.OrdinalIgnoreCase);

    private static readonly string[] AcknowledgingWords =
    [
        "acknowledged", "ack", "agreed", "confirmed", "got it", "great", "looks good", "makes sense", "no problem", "noted", "okay", "ok",
            "perfect", "roger", "sounds good", "thanks", "thank you",
        "understood", "will do",
    ];

    private static readonly (string Label, SpeechAct Act)[] Labels =
    [
        ("plan", SpeechAct.Plan), ("question", SpeechAct.Question), ("answer", SpeechAct.Answer), ("update", SpeechAct.Update),
            ("status", SpeechAct.Update), ("done", SpeechAct.Update),
        ("ack", SpeechAct.Acknowledgement),
    ];

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Extensions = FrozenSet.Create(
        StringComparer.Ordinal,
        "c", "cc", "cfg", "cpp", "cs", "css", "go", "h", "hpp", "html", "ini", "java", "js", "json", "jsx", "kt", "lock", "md", "mjs",
            "php", "proto", "py", "pyi", "rb", "rs", "rst", "scala", "sh",
        "sql", "swift", "toml", "ts", "tsx", "txt", "xml", "yaml", "yml").GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly SearchValues<string> LineWords = SearchValues.Create(["line ", "lines "], StringComparison.OrdinalIgnoreCase);

    /// <summary>The act that the text names itself by its first word and a colon, such as <c>**Plan:**</c>; null if it names
    /// none.</summary>
    public static SpeechAct? LabelOf(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> start = text.TrimStart(" \t\r\n*#_>-[");
        foreach ((string label, SpeechAct act) in Labels)
        {
            if (start.StartsWith(label, StringComparison.OrdinalIgnoreCase) && start[label.Length..].TrimStart("*_] ") is [':', ..])
                return act;
        }
        return null;
    }

    /// <summary>Whether it says what somebody is going to do.</summary>
    public static bool HasPlan(ReadOnlySpan<char> text)
    {
        for (int at = 0; text[at..].IndexOfAny(PlanWords) is >= 0 and int found; at += found + 1)
        {
            if (at + found == 0 || !IsWord(text[at + found - 1]))
                return true;
        }
        return text.Contains('\u2019') && HasPlan(text.ToString().Replace('\u2019', '\''));
    }

    /// <summary>Whether it has a question mark at the end of a word, as sentences have it, and code and addresses do not.</summary>
    public static bool HasQuestion(ReadOnlySpan<char> text)
    {
        for (int at = 0; text[at..].IndexOf('?') is >= 0 and int found; at += found + 1)
        {
            int mark = at + found;
            bool endsWord = mark > 0 && (IsWord(text[mark - 1]) || text[mark - 1] is ')' or '`' or '"' or '\'' or '*');
            bool endsSentence = mark + 1 == text.Length || char.IsWhiteSpace(text[mark + 1])
                || text[mark + 1] is ')' or '"' or '*' or '!' or '?' or '\'';
            if (endsWord && endsSentence)
                return true;
        }
        return false;
    }

    /// <summary>Whether it begins with a word of consent or thanks.</summary>
    public static bool Acknowledges(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> start = text.TrimStart(" \t\r\n*#_>-");
        foreach (string word in AcknowledgingWords)
        {
            if (start.StartsWith(word, StringComparison.OrdinalIgnoreCase) && (start.Length == word.Length || !IsWord(start[word.Length])))
                return true;
        }
        return false;
    }

    /// <summary>File names with an extension of source code, and numbers of lines (<c>line 12</c>, <c>lines 10-20</c> are two, <c>L12</c>,
    /// <c>core.py:12</c>); each mention counts.</summary>
    public static (int Paths, int Lines) References(ReadOnlySpan<char> text)
    {
        int paths = 0;
        int lines = 0;
        for (int at = 0; text[at..].IndexOf('.') is >= 0 and int found; at += found + 1)
        {
            ReadOnlySpan<char> after = text[(at + found + 1)..];
            if (at + found == 0 || !IsWord(text[at + found - 1]) || !EndsFileName(after, out int length))
                continue;
            paths++;
            if (length + 1 < after.Length && after[length] == ':')
                lines += NumbersAt(after[(length + 1)..]);
        }
        for (int at = 0; text[at..].IndexOfAny(LineWords) is >= 0 and int found; at += found + 1)
        {
            if (at + found == 0 || !IsWord(text[at + found - 1]))
                lines += NumbersAt(text[(at + found + (text[at + found + 4] == ' ' ? 5 : 6))..]);
        }
        for (int at = 0; text[at..].IndexOf('L') is >= 0 and int found; at += found + 1)
        {
            if (at + found == 0 || !IsWord(text[at + found - 1]))
                lines += NumbersAt(text[(at + found + 1)..]);
        }
        return (paths, lines);
    }

    private static bool EndsFileName(ReadOnlySpan<char> after, out int length)
    {
        length = 0;
        while (length < after.Length && length < 6 && char.IsAsciiLetterLower(after[length]))
            length++;
        if (length is 0 or 6 || !Extensions.Contains(after[..length]))
            return false;
        // What goes on is a longer name, and what is called or indexed is a member of something.
        return length == after.Length
            || !(IsWord(after[length]) || after[length] is '(' or '['
            || (after[length] == '.' && length + 1 < after.Length && IsWord(after[length + 1])));
    }

    /// <summary>How many numbers stand here: none, one, or two that are a range.</summary>
    private static int NumbersAt(ReadOnlySpan<char> text)
    {
        int digits = Digits(text);
        if (digits == 0)
            return 0;
        ReadOnlySpan<char> rest = text[digits..];
        return rest is ['-' or '\u2013', ..] && Digits(rest[1..]) > 0 ? 2 : 1;
    }

    private static int Digits(ReadOnlySpan<char> text)
    {
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
            digits++;
        return digits;
    }

    private static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' || c > 127;
}
