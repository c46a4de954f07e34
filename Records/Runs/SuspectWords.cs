using System.Globalization;

namespace Tandem.Records.Runs;

/// <summary>What marks are called, wherever one reads of them.</summary>
public static class SuspectWords
{
    /// <summary>The rules, each once and with its number of marks if there are several: <c>python_exit (2), test_counts</c>. Empty without
    /// marks.</summary>
    public static string Rules(IEnumerable<SuspectMark> marks) => string.Join(", ", marks.GroupBy(mark => mark.Rule)
        .Select(rule => rule.Count() == 1 ? rule.Key : string.Create(CultureInfo.InvariantCulture, $"{rule.Key} ({rule.Count()})")));

    /// <summary>What a mark rests on, without the excerpt: <c>lib/a.py, line 12</c>, or both counts.</summary>
    public static string Evidence(SuspectMark mark)
    {
        ArgumentNullException.ThrowIfNull(mark);
        return mark switch
        {
            { Got: int got, Gold: int gold } => string.Create(CultureInfo.InvariantCulture,
                $"feature {mark.FeatureId}: {got} passed, with the reference patch {gold}"),
            { File: string file, Line: int line } => string.Create(CultureInfo.InvariantCulture, $"{file}, line {line}"),
            { File: string file } => file,
            _ => "no evidence was kept",
        };
    }
}
