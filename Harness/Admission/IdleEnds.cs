using System.Globalization;
using System.Text.RegularExpressions;
using Tandem.Records.Cases;

namespace Tandem.Harness.Admission;

/// <summary>An attempt whose agents ended without tokens, without a message and without a change of the files.</summary>
/// <param name="CaseId">Its case.</param>
/// <param name="Attempt">Its number.</param>
/// <param name="How">How it ended, in words.</param>
/// <param name="IsCrash">Whether its agents crashed.</param>
/// <param name="EndedAt">When they ended.</param>
internal sealed record IdleEnd(CaseId CaseId, int Attempt, string How, bool IsCrash, DateTimeOffset EndedAt);

/// <summary>What an idle end means beside those before it.</summary>
/// <param name="Why">Why it counts for nothing; null if it counts.</param>
/// <param name="Earlier">Attempts before it, with their records on disk, that count for nothing any more.</param>
/// <param name="IsFirstCrash">Whether no agent has worked yet and all crashed alike.</param>
internal sealed record IdleVerdict(string? Why, IReadOnlyList<IdleEnd> Earlier, bool IsFirstCrash)
{
    public static readonly IdleVerdict Counts = new(null, [], false);
}

/// <summary>
/// Looks for an outage that shows in no error: the agent hangs at a closed port until its time is over, or ends well with every fault of
/// its model. Several cases in a row whose agents did nothing at all are no failures of theirs; the cases count for nothing until the
/// cause is known. Safe for concurrent use.
/// </summary>
/// <param name="most">Cases in a row that are no chance any more, from 1.</param>
internal sealed partial class IdleEnds(int most)
{
    private readonly Lock _lock = new();
    private readonly List<IdleEnd> _row = [];
    private readonly HashSet<IdleEnd> _recorded = [];
    private readonly HashSet<IdleEnd> _uncounted = [];
    private bool _haveWorked;

    /// <summary>An agent has worked: what was idle before may have been chance. One that began before the row did proves nothing: it may
    /// have had its answers before the outage.</summary>
    /// <param name="begunAt">When its attempt began.</param>
    public void Worked(DateTimeOffset begunAt)
    {
        lock (_lock)
        {
            _haveWorked = true;
            if (_row.Count > 0 && begunAt < _row.Min(end => end.EndedAt))
                return;
            _row.Clear();
            _recorded.Clear();
            _uncounted.Clear();
        }
    }

    /// <summary>The idle ends with which the store ends: earlier processes left them, and their records are on disk.</summary>
    public void Begin(IEnumerable<IdleEnd> earlier, bool haveWorked)
    {
        lock (_lock)
        {
            _row.AddRange(earlier);
            _recorded.UnionWith(_row);
            _haveWorked |= haveWorked;
        }
    }

    /// <summary>Judges an idle end.</summary>
    public IdleVerdict Look(IdleEnd end)
    {
        lock (_lock)
        {
            _row.RemoveAll(other => other.CaseId.Equals(end.CaseId));
            _row.Add(end);
            if (_row.Count < most)
                return IdleVerdict.Counts;
            string why = Why(end);
            IdleEnd[] earlier = [.. _row.Where(other => other != end && _recorded.Contains(other) && _uncounted.Add(other))];
            _uncounted.UnionWith(_row);
            bool isFirstCrash = !_haveWorked && _row.All(other => other.IsCrash)
                && _row.DistinctBy(other => Numbers().Replace(other.How, "#")).Count() == 1;
            return new IdleVerdict(why, earlier, isFirstCrash);
        }
    }

    /// <summary>The attempt's record is on disk.</summary>
    /// <returns>Why it counts for nothing, if that was found meanwhile; null if it counts so far.</returns>
    public string? Recorded(CaseId caseId, int attempt)
    {
        lock (_lock)
        {
            if (_row.Find(end => end.CaseId.Equals(caseId) && end.Attempt == attempt) is not IdleEnd end)
                return null;
            _recorded.Add(end);
            return _uncounted.Contains(end) ? Why(_row[^1]) : null;
        }
    }

    private string Why(IdleEnd last) => string.Create(CultureInfo.InvariantCulture,
        $"{_row.Count} cases in a row ended without tokens and without a change, the last: {last.How}. They do not count until the cause "
        + $"is known: see whether the agent reaches its model. If it may do nothing, set agent.may_idle to true");

    [GeneratedRegex(@"\d+|0x[0-9a-f]+")]
    private static partial Regex Numbers();
}
