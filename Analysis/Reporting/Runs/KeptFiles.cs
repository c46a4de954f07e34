using System.Text;
using System.Text.Json;
using Tandem.Analysis.Markup;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Reporting.Runs;

/// <summary>The files of one attempt. Any of them may be gone, or be anything: an imported store has none, and agents wrote their
/// content.</summary>
internal sealed class KeptFiles
{
    private readonly string[] _folders;
    private readonly int _revision;

    public KeptFiles(StoreLayout layout, CaseId caseId, int attempt, int revision)
    {
        string folder = layout.AttemptFolder(caseId, attempt);
        _revision = revision;
        Intent = Read<AttemptIntent>(Path.Combine(folder, StoreLayout.AttemptFile));
        // A regrade has the evaluation alone; what its agents did is where they ran.
        _folders = Intent?.TakesUp is int earlier && earlier > 0
            && earlier < attempt ? [folder, layout.AttemptFolder(caseId, earlier)] : [folder];
    }

    /// <summary>Null if it was not kept.</summary>
    public AttemptIntent? Intent { get; }

    public EvaluationReport? Evaluation => Read<EvaluationReport>(FindDerived(StoreLayout.EvaluationFile));

    /// <summary>The journal of the phases; empty if it was not kept.</summary>
    public IReadOnlyList<AttemptEvent> Events => [.. Lines<AttemptEvent>(StoreLayout.EventsFile).Values];

    public Excerpt? RawPatch(string agentId) => Text(StoreLayout.RawPatch(agentId));

    public Excerpt? GradedPatch(string agentId) => Derived(StoreLayout.GradedPatch(agentId));

    public Excerpt? MergedPatch() => Derived(StoreLayout.MergedFile);

    public Excerpt? TestOutput(int feature) =>
        Excerpt.OfFile(FindDerived(StoreLayout.TestOutput(feature)), head: 8 << 10, tail: 56 << 10);

    /// <summary>The trajectory, event by event; null for a line that cannot be read; the whole is null if it was not kept.</summary>
    public IEnumerable<TrajectoryEvent?>? Trajectory()
    {
        string path = Find(StoreLayout.TrajectoryFile);
        return RegularFile.IsOwn(path) ? Parsed<TrajectoryEvent>(path) : null;
    }

    private Excerpt? Derived(string name) => Excerpt.OfFile(FindDerived(name), head: 144 << 10, tail: 48 << 10);

    private Excerpt? Text(string name) => Excerpt.OfFile(Find(name), head: 144 << 10, tail: 48 << 10);

    private (IReadOnlyList<T> Values, int Unreadable) Lines<T>(string name)
        where T : class
    {
        string path = Find(name);
        if (!RegularFile.IsOwn(path))
            return ([], 0);
        T?[] lines = [.. Parsed<T>(path)];
        return ([.. lines.OfType<T>()], lines.Count(line => line is null));
    }

    private static IEnumerable<T?> Parsed<T>(string path)
        where T : class
    {
        using IEnumerator<JsonLines.Line> lines = JsonLines.Read(path).GetEnumerator();
        while (true)
        {
            T? value = null;
            try
            {
                if (!lines.MoveNext())
                    yield break;
                value = StoreJson.Read<T>(lines.Current.Utf8.Span);
            }
            catch (JsonException)
            {
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                yield break;
            }
            yield return value;
        }
    }

    private string Find(string name) => _folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(RegularFile.IsOwn)
        ?? Path.Combine(_folders[0], name);

    /// <summary>The latest file of a name up to the record's revision: a regeneration makes again what was lost, and no more.</summary>
    private string FindDerived(string name)
    {
        for (int revision = _revision; revision > 1; revision--)
        {
            if (Find(StoreLayout.Revised(name, revision)) is var path && RegularFile.IsOwn(path))
                return path;
        }
        return Find(name);
    }

    private static T? Read<T>(string path)
        where T : class
    {
        try
        {
            return StoreJson.Read<T>(RegularFile.ReadOwn(path));
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or JsonException or DecoderFallbackException)
        {
            return null;
        }
    }
}
