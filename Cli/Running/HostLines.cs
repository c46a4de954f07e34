using System.Text;

namespace Tandem.Cli.Running;

/// <summary>The output of the test host, line by line: the lines of its two streams do not mix.</summary>
internal sealed class HostLines(Action<string> onLine)
{
    private readonly Decoder[] _decoders = [Encoding.UTF8.GetDecoder(), Encoding.UTF8.GetDecoder()];
    private readonly StringBuilder[] _rests = [new(), new()];

    public void Write(bool isStderr, ReadOnlyMemory<byte> piece)
    {
        int stream = isStderr ? 1 : 0;
        char[] characters = new char[Encoding.UTF8.GetMaxCharCount(piece.Length)];
        ReadOnlySpan<char> text = characters.AsSpan(0, _decoders[stream].GetChars(piece.Span, characters, flush: false));
        for (int end; (end = text.IndexOf('\n')) >= 0; text = text[(end + 1)..])
        {
            onLine(_rests[stream].Append(text[..end]).ToString().TrimEnd('\r'));
            _rests[stream].Clear();
        }
        _rests[stream].Append(text);
    }

    /// <summary>Passes on what was not ended by a line feed.</summary>
    public void Flush()
    {
        foreach (StringBuilder rest in _rests.Where(rest => rest.Length > 0))
        {
            onLine(rest.ToString());
            rest.Clear();
        }
    }
}
