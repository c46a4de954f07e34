using System.Text.Json;
using System.Text.Json.Serialization;
using Tandem.Records.Cases;
using Tandem.Records.Json;

namespace Tandem.Records.Runs;

/// <summary>How cases are divided into shards.</summary>
[JsonConverter(typeof(StrictEnumConverter<ShardWay>))]
public enum ShardWay
{
    /// <summary>By <see cref="Shard.NumberByHash"/>: needs no records, and nothing shared.</summary>
    [JsonStringEnumMemberName("hash")]
    Hash,

    /// <summary>By the time that the cases are expected to take, so that all shards end at about the same time.</summary>
    [JsonStringEnumMemberName("time")]
    Time,
}

/// <summary>The tasks of an engine's array, as their shards were first counted. A task that is submitted again by itself sees another first
/// index.</summary>
/// <param name="First">Index of the task of shard 1, from 0.</param>
/// <param name="Step">From one task's index to the next, from 1.</param>
public sealed record ShardTasks(int First, int Step)
{
    /// <summary>Where nothing else is known: tasks count from 0 in steps of 1.</summary>
    public static readonly ShardTasks Plain = new(0, 1);

    /// <summary>The index of a shard's task.</summary>
    /// <param name="number">The shard, from 1.</param>
    public long IndexOf(int number) => First + ((long)(number - 1) * Step);

    /// <summary>The shard of a task, from 1; null if the index is of none, whatever their number.</summary>
    public long? NumberOf(long index) => index >= First && (index - First) % Step == 0 ? ((index - First) / Step) + 1 : null;
}

/// <summary>What <c>shards.json</c> holds: into which shards an experiment is divided. It holds neither times nor hosts, so that machines
/// which share nothing write the same bytes.</summary>
public sealed record ShardDivision : IJsonOnDeserialized
{
    /// <summary>What <see cref="SchemaVersion"/> says now.</summary>
    public const int CurrentSchemaVersion = 1;

    public required int SchemaVersion { get; init; }

    /// <summary>How many shards there are, 1 to <see cref="Shard.MostShards"/>.</summary>
    public required int Count { get; init; }

    public required ShardWay By { get; init; }

    /// <summary>The tasks of the array whose task froze the division; null if none did, and then a task counts from 0.</summary>
    public required ShardTasks? Tasks { get; init; }

    /// <summary>The shard of each case that was planned when the division was made, by <see cref="ShardWay.Time"/>; null by
    /// <see cref="ShardWay.Hash"/>. Cases that are not in it go by hash.</summary>
    public required IReadOnlyDictionary<string, int>? Assignment { get; init; }

    /// <summary>How an engine's tasks are counted.</summary>
    [JsonIgnore]
    public ShardTasks CountedTasks => Tasks ?? ShardTasks.Plain;

    /// <summary>A division by hash.</summary>
    public static ShardDivision ByHash(int count, ShardTasks? tasks = null) => new()
    { SchemaVersion = CurrentSchemaVersion, Count = count, By = ShardWay.Hash, Tasks = tasks, Assignment = null };

    /// <summary>The shard of a case, from 1.</summary>
    /// <param name="caseId">The case's id as text.</param>
    public int NumberOf(string caseId) => Assignment?.TryGetValue(caseId, out int number) == true
        ? number : Shard.NumberByHash(caseId, Count);

    /// <summary>How many of the cases each shard has, shard 1 first.</summary>
    /// <param name="cases">Their ids as text.</param>
    public int[] SizesOf(IEnumerable<string> cases)
    {
        ArgumentNullException.ThrowIfNull(cases);
        int[] sizes = new int[Count];
        foreach (string caseId in cases)
            sizes[NumberOf(caseId) - 1]++;
        return sizes;
    }

    /// <summary>
    /// The part of a sum of money that belongs to each shard, in proportion to its cases. The parts are whole cents, except that the last
    /// one that has any has what is left; all of them are the whole sum.
    /// </summary>
    /// <param name="usd">The sum in USD, from 0.</param>
    /// <param name="sizes">Cases of each shard; all 0 gives nobody anything.</param>
    public static decimal[] PartsOf(decimal usd, IReadOnlyList<int> sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        decimal[] parts = new decimal[sizes.Count];
        long all = sizes.Sum(size => (long)size);
        (long cases, decimal given) = (0, 0);
        for (int i = 0; i < parts.Length && all > 0; i++)
        {
            cases += sizes[i];
            decimal until = cases == all ? usd : decimal.Round(usd * cases / all, 2, MidpointRounding.ToZero);
            (parts[i], given) = (until - given, until);
        }
        return parts;
    }

    /// <summary>Whether another division puts every one of the cases into the same shard.</summary>
    public bool IsSameFor(ShardDivision other, IEnumerable<string> cases)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Count == other.Count && cases.All(caseId => NumberOf(caseId) == other.NumberOf(caseId));
    }

    void IJsonOnDeserialized.OnDeserialized()
    {
        if (SchemaVersion != CurrentSchemaVersion)
            throw new JsonException($"Schema version {SchemaVersion} is not known; this harness reads {CurrentSchemaVersion}.");
        if (Count is < 1 or > Shard.MostShards)
            throw new JsonException($"count {Count} is not from 1 to {Shard.MostShards}.");
        if (Tasks is { } tasks && (tasks.First < 0 || tasks.Step < 1))
            throw new JsonException("tasks: first is from 0, step from 1.");
        if ((By == ShardWay.Time) != (Assignment is not null))
            throw new JsonException("An assignment is there by time, and only then.");
        foreach ((string caseId, int number) in Assignment ?? new Dictionary<string, int>())
        {
            if (!CaseId.TryParse(caseId, out _) || number < 1 || number > Count)
                throw new JsonException($"assignment: '{caseId}' in shard {number} is not a case in a shard from 1 to {Count}.");
        }
    }
}
