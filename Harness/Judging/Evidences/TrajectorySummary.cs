using System.Globalization;
using System.Text;
using System.Text.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Judging.Evidences;

/// <summary>What the agents said and did, each step in short: the first steps, and more of the last ones. Prompts are left out, since they
/// name the setting; so are messages, which have a section of their own.</summary>
/// <param name="Blocks">One for each thing said or done.</param>
/// <param name="LeftOutBytes">What was left out, of steps as a whole and within them.</param>
internal sealed record TrajectorySummary(IReadOnlyList<EvidenceBlock> Blocks, long LeftOutBytes)
{
    private const int TextBytes = 500;
    private const int OutputBytes = 300;

    // What a line of ours takes, about.
    private const int HeaderBytes = 60;

    private static readonly string[] s_kinds = ["response", "command", "compaction", "divergence", "end"];

    /// <param name="path">The trajectory.</param>
    /// <param name="bytes">The greatest size.</param>
    /// <param name="readable">Makes a text readable and blind.</param>
    /// <returns>Null if it cannot be read.</returns>
    public static TrajectorySummary? Read(string path, int bytes, Func<string, string> readable)
    {
        var head = new List<EvidenceBlock>();
        var tail = new Queue<EvidenceBlock>();
        (long headSize, long tailSize, long leftOut, int dropped, int unreadable) = (0, 0, 0, 0, 0);
        try
        {
            foreach (JsonLines.Line line in JsonLines.Read(path))
            {
                if (TryRead(line.Utf8.Span) is not TrajectoryEvent entry)
                {
                    unreadable++;
                    continue;
                }
                if (!s_kinds.Contains(entry.Kind))
                    continue;
                (EvidenceBlock block, long cut) = Short(entry, readable);
                leftOut += cut;
                long size = SizeOf(block);
                if (dropped == 0 && tail.Count == 0 && headSize + size <= bytes / 3)
                {
                    head.Add(block);
                    headSize += size;
                    continue;
                }
                tail.Enqueue(block);
                tailSize += size;
                while (tailSize > bytes - (bytes / 3) && tail.TryDequeue(out EvidenceBlock? old))
                {
                    tailSize -= SizeOf(old);
                    leftOut += Encoding.UTF8.GetByteCount(old.Text);
                    dropped++;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        if (dropped > 0)
            head.Add(new EvidenceBlock(string.Create(CultureInfo.InvariantCulture, $"{dropped} entries are left out here"), ""));
        head.AddRange(tail);
        if (unreadable > 0)
            head.Add(new EvidenceBlock(string.Create(CultureInfo.InvariantCulture, $"{unreadable} lines cannot be read"), ""));
        if (head.Count == 0)
            head.Add(new EvidenceBlock("The trajectory holds no step.", ""));
        return new TrajectorySummary(head, leftOut);
    }

    private static (EvidenceBlock Block, long LeftOut) Short(TrajectoryEvent entry, Func<string, string> readable)
    {
        string text = readable(entry.Text ?? "");
        string output = readable(entry.Output ?? "");
        string begin = EvidenceText.Begin(text, TextBytes);
        string printed = EvidenceText.Begin(output, OutputBytes);
        string exit = entry.ExitCode is int code ? string.Create(CultureInfo.InvariantCulture, $", exit code {code}") : "";
        string agent = readable(entry.AgentId).ReplaceLineEndings(" ");
        string header = string.Create(CultureInfo.InvariantCulture, $"{agent}, step {entry.Step}, {entry.Kind}{exit}");
        long cut = Encoding.UTF8.GetByteCount(text) + Encoding.UTF8.GetByteCount(output)
            - Encoding.UTF8.GetByteCount(begin) - Encoding.UTF8.GetByteCount(printed);
        return (new EvidenceBlock(header, printed.Length == 0 ? begin : $"{begin}\n{printed}"), cut);
    }

    private static long SizeOf(EvidenceBlock block) => HeaderBytes + Encoding.UTF8.GetByteCount(block.Text);

    private static TrajectoryEvent? TryRead(ReadOnlySpan<byte> line)
    {
        try
        {
            return StoreJson.Read<TrajectoryEvent>(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
