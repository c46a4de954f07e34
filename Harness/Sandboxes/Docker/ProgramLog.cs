using System.Text;
using System.Text.RegularExpressions;
using Tandem.Harness.Processes;

namespace Tandem.Harness.Sandboxes.Docker;

/// <summary>What the making of programs prints, line by line, without the values of settings of the host: they may hold passwords. Not
/// safe for concurrent use.</summary>
/// <param name="settings">The settings.</param>
/// <param name="onLine">Takes each line; null is nobody.</param>
internal sealed partial class ProgramLog(DownloadSettings settings, Action<string>? onLine)
{
    private const int MostLines = 40;
    private const int LongestLine = 500;
    private const int MostBytes = 8 << 20;
    private readonly Queue<string> _lines = new();
    private readonly OutputCapture _whole = new(MostBytes);
    private readonly (Decoder Decoder, StringBuilder Line)[] _streams =
        [(Encoding.UTF8.GetDecoder(), new StringBuilder()), (Encoding.UTF8.GetDecoder(), new StringBuilder())];

    public string Whole => _whole.ToCapturedOutput().Text;

    /// <summary>The last lines, oldest first.</summary>
    public string End => string.Join('\n', _lines.Concat(_streams.Select(stream => settings.Clean(stream.Line.ToString().Trim())))
        .Where(line => line.Length > 0).TakeLast(MostLines));

    /// <summary>Whether its end says that a host could not be reached, or would not answer now.</summary>
    public bool IsAboutNetwork => NetworkTrouble().IsMatch(End);

    public void Append(bool isError, ReadOnlySpan<byte> piece)
    {
        (Decoder decoder, StringBuilder unfinished) = _streams[isError ? 1 : 0];
        char[] text = new char[decoder.GetCharCount(piece, flush: false)];
        int length = decoder.GetChars(piece, text, flush: false);
        foreach (char c in text.AsSpan(0, length))
        {
            if (c is '\n' or '\r')
                Take(unfinished);
            else
                unfinished.Append(c);
        }
    }

    private void Take(StringBuilder unfinished)
    {
        string line = settings.Clean(unfinished.ToString().TrimEnd());
        unfinished.Clear();
        if (line.Length == 0)
            return;
        _whole.Append(Encoding.UTF8.GetBytes(line + "\n"));
        onLine?.Invoke(line);
        _lines.Enqueue(line.Length <= LongestLine ? line : line[..LongestLine] + "...");
        if (_lines.Count > MostLines)
            _lines.Dequeue();
    }

    [GeneratedRegex("EAI_AGAIN|ENOTFOUND|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|E429|E50[0-9]|Temporary failure"
        + "|Could not resolve|Could not connect|Unable to connect|Connection timed out|Failed to fetch|CERT_|UNABLE_TO_|SELF_SIGNED"
        + "|NewConnectionError|Max retries exceeded", RegexOptions.CultureInvariant)]
    private static partial Regex NetworkTrouble();
}
