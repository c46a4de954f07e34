using System.Globalization;
using System.Text;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.Sandboxes.Docker.Sessions;

/// <summary>One question or command in a shell session, and what has come back of it so far. Not safe for concurrent use.</summary>
/// <param name="secret">Begins each line of the session about it.</param>
/// <param name="output">Where the command's output goes; null for a question.</param>
internal sealed class SessionExchange(string secret, CommandOutput? output)
{
    private const int NoiseLimit = 2000;
    private readonly SentinelSplitter _stdout = new(secret);
    private readonly SentinelSplitter _stderr = new(secret);
    private readonly StringBuilder _noise = new();
    private bool _hasBegun;
    private int? _oomKillsBefore;
    private int? _oomKillsAfter;
    private int? _exitCode;
    private bool _couldNotStart;
    private bool _stdoutEnded;
    private bool _stderrEnded;
    private bool _stdoutSettled;
    private bool _stderrSettled;

    /// <summary>Whether the command's main process has ended and all that it printed has come.</summary>
    public bool HasEnded => _stdoutEnded && _stderrEnded;

    /// <summary>Whether nobody can print any more.</summary>
    public bool IsSettled => _stdoutSettled && _stderrSettled;

    /// <summary>The line that answers a question.</summary>
    public string? Answer { get; private set; }

    /// <summary>What a shell printed that did not come so far as to answer.</summary>
    public string Noise => _noise.ToString().Trim();

    public void Feed(OutputPiece piece)
    {
        if (piece.IsStderr)
            _stderr.Feed(piece.Bytes, data => TakeData(isStderr: true, data), TakeStderrLine);
        else
            _stdout.Feed(piece.Bytes, data => TakeData(isStderr: false, data), TakeStdoutLine);
    }

    /// <summary>What has become of the command.</summary>
    /// <param name="execId">The engine's process that carried it.</param>
    /// <param name="isCut">Whether our connection to that broke.</param>
    public CommandEnd ToEnd(string execId, bool isCut) => this switch
    {
        { HasEnded: true, _couldNotStart: true, _exitCode: 126 or 127 } => new CommandEnd.NotStarted("The program could not be started"),
        { HasEnded: true, _exitCode: { } code } => new CommandEnd.Exited(code, code != 0 && _oomKillsAfter > _oomKillsBefore),
        { _hasBegun: true } => new CommandEnd.ChannelLost("its shell session ended", execId, isCut),
        _ => new CommandEnd.NeverBegan("the shell session had ended"),
    };

    private void TakeData(bool isStderr, ReadOnlyMemory<byte> data)
    {
        if (output is null)
            _noise.Append(Encoding.Latin1.GetString(data.Span[..Math.Min(data.Length, NoiseLimit - _noise.Length)]));
        else if (!(isStderr ? _stderrEnded : _stdoutEnded))
            output.Add(isStderr, data);
    }

    private void TakeStdoutLine(string line)
    {
        string[] words = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
        switch (words[0])
        {
            case "A":
                _hasBegun = true;
                _oomKillsBefore = NumberOf(words, 1);
                break;
            case "X" when output is null:
                Answer = words.Length > 1 ? string.Join(' ', words[1..]) : "";
                break;
            case "X" or "R":
                TakeEnd(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
                _stdoutSettled = words[0] == "R";
                break;
        }
    }

    private void TakeEnd(string[] words)
    {
        _exitCode = NumberOf(words, 1);
        _couldNotStart = NumberOf(words, 2) == 1;
        _oomKillsAfter = NumberOf(words, 3);
        _stdoutEnded = true;
    }

    private void TakeStderrLine(string line)
    {
        _stderrEnded = true;
        _stderrSettled = line.Trim() == "R";
    }

    private static int? NumberOf(string[] words, int index) =>
        index < words.Length && int.TryParse(words[index], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
