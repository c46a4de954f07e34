namespace Tandem.Analysis.Agreement;

/// <summary>The judgements of one rubric as numbers: scores as they are, labels by their place on the scale or in the alphabet, missing
/// ones left out.</summary>
internal sealed class RatingValues
{
    private readonly (string Unit, string Judge, double Value)[] _values;
    private readonly Dictionary<string, string> _clusters = [];

    /// <param name="ratings">The judgements.</param>
    /// <param name="order">The labels from least to most; those that are not among them stand before them, in the order of the
    /// alphabet. Null for names without an order.</param>
    public RatingValues(IEnumerable<Rating> ratings, IReadOnlyList<string>? order = null)
    {
        Rating[] given = [.. ratings.Where(rating => rating.Label is not null || rating.Score is not null)
            .OrderBy(rating => rating.Repetition)];
        string[] labels = [.. given.Select(rating => rating.Label).OfType<string>().Distinct().Except(order ?? [])
            .Order(StringComparer.Ordinal), .. order ?? []];
        Dictionary<string, int> places = labels.Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        foreach (Rating rating in given.Where(rating => rating.Cluster is not null))
            _clusters.TryAdd(rating.Unit, rating.Cluster!);
        _values = [.. given.Select(rating => (rating.Unit, rating.Judge, rating.Score ?? places[rating.Label!]))];
    }

    /// <summary>Each unit's value by judge; the first repetition that has one.</summary>
    public Dictionary<string, Dictionary<string, double>> FirstByUnit()
    {
        var units = new Dictionary<string, Dictionary<string, double>>();
        foreach ((string unit, string judge, double value) in _values)
        {
            if (!units.TryGetValue(unit, out Dictionary<string, double>? judges))
                units.Add(unit, judges = []);
            judges.TryAdd(judge, value);
        }
        return units;
    }

    /// <summary>What a unit is drawn anew with.</summary>
    public string ClusterOf(string unit) => _clusters.GetValueOrDefault(unit, unit);

    /// <summary>One judge's values, by unit.</summary>
    public IEnumerable<double[]> RepetitionsOf(string judge) => _values.Where(entry => entry.Judge == judge)
        .GroupBy(entry => entry.Unit).Select(unit => unit.Select(entry => entry.Value).ToArray());
}
