using System.Globalization;
using System.Text;
using System.Text.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Exporting;

/// <summary>The files of a record's attempt, as far as they are there.</summary>
/// <param name="layout">The store.</param>
/// <param name="record">The record.</param>
internal sealed class CaseFiles(StoreLayout layout, RunRecord record)
{
    private readonly string _folder = layout.AttemptFolder(record.CaseId, record.Attempt);

    /// <summary>An agent's patch as it left it; null if there is none.</summary>
    public byte[]? Patch(string agentId) => Read(StoreLayout.RawPatch(agentId));

    /// <summary>What the runner of a feature printed; empty if it is not there.</summary>
    public string TestOutput(int feature) => Text(string.Create(CultureInfo.InvariantCulture, $"tests_f{feature}.log"));

    /// <summary>What the merged tree differs from the base by; empty if it is not there.</summary>
    public string MergedDiff() => Text("merged.patch");

    /// <summary>When the verdict was found; null if that is not written.</summary>
    public DateTimeOffset? EvaluatedAt()
    {
        try
        {
            return Read(StoreLayout.EvaluationFile) is byte[] report ? StoreJson.Read<EvaluationReport>(report).EvaluatedAt : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What the agents did, in the order in which it was written, with null for each line that cannot be read; null if it was not
    /// kept.</summary>
    public IReadOnlyList<TrajectoryEvent?>? Trajectory()
    {
        string path = Path.Combine(_folder, StoreLayout.TrajectoryFile);
        return RegularFile.IsOwn(path) ? [.. JsonLines.Read(path).Select(line => Parsed(line.Utf8.Span))] : null;
    }

    private static TrajectoryEvent? Parsed(ReadOnlySpan<byte> line)
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

    private string Text(string name) => Read(name) is byte[] bytes ? Encoding.UTF8.GetString(bytes) : "";

    private byte[]? Read(string name)
    {
        foreach (string path in new[] { Revisions.NameIn(record, name), name }.Select(file => Path.Combine(_folder, file)))
        {
            if (RegularFile.IsOwn(path))
                return File.ReadAllBytes(path);
        }
        return null;
    }
}
