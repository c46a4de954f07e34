using Tandem.Records.Cases;

namespace Tandem.Analysis.Statistics;

/// <summary>The pairs of several experiments, each with one place for all of them.</summary>
internal sealed class JointPairs
{
    private readonly CaseTable[] _tables;
    private readonly int[][] _places;

    public JointPairs(CaseTable[] tables)
    {
        _tables = tables;
        var byKey = new Dictionary<string, int>(StringComparer.Ordinal);
        var tasks = new Dictionary<string, int>(StringComparer.Ordinal);
        var taskOfPair = new List<int>();
        foreach (PairInfo pair in tables.SelectMany(t => t.Pairs).DistinctBy(p => p.Key).OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            if (!tasks.TryGetValue(pair.Task, out int task))
                tasks[pair.Task] = task = tasks.Count;
            byKey[pair.Key] = taskOfPair.Count;
            taskOfPair.Add(task);
        }
        TaskOfPair = [.. taskOfPair];
        Keys = [.. byKey.OrderBy(pair => pair.Value).Select(pair => pair.Key)];
        _places = [.. tables.Select(table => table.Pairs.Select(pair => byKey[pair.Key]).ToArray())];
    }

    public int Count => TaskOfPair.Length;

    /// <summary>The pairs, by place; see <see cref="CaseId.PairKey"/>.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>The task of each pair, from 0.</summary>
    public int[] TaskOfPair { get; }

    /// <summary>The joint place of each pair of one table.</summary>
    public IReadOnlyList<int> PlacesOf(int table) => _places[table];

    /// <summary>How each pair fared in one table; pairs that it does not have have no cases.</summary>
    /// <param name="table">The table's number, from 0.</param>
    /// <param name="setting">The setting.</param>
    /// <param name="seed">One seed; null for all.</param>
    public PairScore[] Scores(int table, Setting setting, int? seed)
    {
        var scores = new PairScore[Count];
        PairScore[] own = _tables[table].Scores(setting, seed);
        for (int i = 0; i < own.Length; i++)
            scores[_places[table][i]] = own[i];
        return scores;
    }
}
