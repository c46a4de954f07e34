namespace Tandem.Analysis.Agreement;

/// <summary>The judgements of one rubric as numbers: scores as they are, labels by their place in the alphabet, missing ones left
/// out.</summary>
internal sealed class RatingValues
{
    private readonly (string Unit, string Judge, double Value)[] _values;

    public RatingValues(IEnumerable<Rating> ratings)
    {
        Rating[] given = [.. ratings.Where(rating => rating.Label is not null || rating.Score is not null)
            .OrderBy(rating => rating.Repetition)];
        string[] labels = [.. given.Select(rating => rating.Label).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        Dictionary<string, int> places = labels.Index().ToDictionary(entry => entry.Item, entry => entry.Index);
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

    /// <summary>One judge's values, by unit.</summary>
    public IEnumerable<double[]> RepetitionsOf(string judge) => _values.Where(entry => entry.Judge == judge)
        .GroupBy(entry => entry.Unit).Select(unit => unit.Select(entry => entry.Value).ToArray());
}
