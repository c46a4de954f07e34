using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Analysis.Scenarios;

/// <summary>All that is known of one conversation: a scenario under a variant, in one of its repetitions.</summary>
internal sealed class ScenarioCase
{
    private readonly IReadOnlyList<StoredScenario> _stored;

    /// <param name="id">The case.</param>
    /// <param name="planned">What it would be made of now; null if the plan does not have it.</param>
    /// <param name="stored">Its records, in any order.</param>
    /// <param name="isOpen">Whether an attempt was begun and left no record.</param>
    public ScenarioCase(ScenarioCaseId id, PlannedConversation? planned, IEnumerable<StoredScenario> stored, bool isOpen)
    {
        (Id, Planned) = (id, planned);
        _stored = [.. stored.OrderBy(one => one.Record.Attempt).ThenBy(one => one.Record.Revision)];
        Records = [.. _stored.Select(one => one.Record)];
        Standing = planned is null ? null : ScenarioStanding.Of(Records, planned, isOpen);
        Counting = Standing is { Counts: true } ? PlaceOf(Standing.Record!) : null;
    }

    public ScenarioCaseId Id { get; }

    public PlannedConversation? Planned { get; }

    /// <summary>In the order of attempts and revisions.</summary>
    public IReadOnlyList<StoredScenario> Stored => _stored;

    /// <summary>As <see cref="Stored"/>.</summary>
    public IReadOnlyList<ScenarioRecord> Records { get; }

    /// <summary>Null if the plan does not have the case.</summary>
    public ScenarioStanding? Standing { get; }

    /// <summary>The record that counts; null if none does.</summary>
    public StoredScenario? Counting { get; }

    /// <summary>Whether all checks passed; null if no record counts, or its checks are of other expectations than the plan's.</summary>
    public bool? Verdict => Standing?.Status == RunStatus.Completed ? Counting!.Record.Passed : null;

    /// <summary>The records of the present definition: others count no more.</summary>
    public IEnumerable<StoredScenario> Own => _stored.Where(one => one.Record.ConversationDigest == Planned?.ConversationDigest);

    private StoredScenario PlaceOf(ScenarioRecord record) => _stored.First(one => ReferenceEquals(one.Record, record));
}
