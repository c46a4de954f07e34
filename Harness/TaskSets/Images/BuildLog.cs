using System.Text;
using System.Text.Json;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>A build's output, for the case that it fails: the last lines for the message, and all of it (its beginning and end if it is
/// large) for a file. Not safe for concurrent use.</summary>
internal sealed class BuildLog
{
    private const int MostLines = 40;
    private const int LongestLine = 500;
    private const int MostBytes = 8 << 20;
    private readonly Queue<string> _lines = new();
    private readonly StringBuilder _unfinished = new();
    private readonly OutputCapture _whole = new(MostBytes);

    /// <summary>Takes a line of progress of either builder.</summary>
    public void Add(ProgressLine line)
    {
        if (line.Stream is { } text)
            Append(text);
        else if (line is { Id: "moby.buildkit.trace", Aux: { ValueKind: JsonValueKind.String } aux }
            && aux.TryGetBytesFromBase64(out byte[]? trace))
            Append(BuildKitTrace.TextOf(trace));
        else if (line.Status is { } status)
            Append(status + "\n");
    }

    public string Whole => _whole.ToCapturedOutput().Text;

    /// <summary>The last lines, oldest first.</summary>
    public string End =>
        string.Join('\n', _lines.Append(_unfinished.ToString().TrimEnd()).Where(line => line.Length > 0).TakeLast(MostLines));

    private void Append(string text)
    {
        _whole.Append(Encoding.UTF8.GetBytes(text));
        string[] parts = text.Split('\n');
        foreach (string part in parts[..^1])
        {
            _unfinished.Append(part);
            string line = _unfinished.ToString().TrimEnd();
            _unfinished.Clear();
            if (line.Length == 0)
                continue;
            _lines.Enqueue(line.Length <= LongestLine ? line : line[..LongestLine] + "...");
            if (_lines.Count > MostLines)
                _lines.Dequeue();
        }
        _unfinished.Append(parts[^1]);
    }
}
