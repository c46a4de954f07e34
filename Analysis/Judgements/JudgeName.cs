namespace Tandem.Analysis.Judgements;

/// <summary>Who gave a label.</summary>
/// <param name="Name">A model, a built-in judge, or who labelled elsewhere.</param>
/// <param name="IsSimulated">Whether it only simulates a judge.</param>
/// <param name="IsImported">Whether its labels were imported.</param>
internal sealed record JudgeName(string Name, bool IsSimulated, bool IsImported) : IComparable<JudgeName>
{
    /// <summary>The name with what must be known of it, as every table shows it.</summary>
    public string Said => IsImported ? $"{Name} (imported)" : IsSimulated ? $"{Name} (simulated)" : Name;

    public int CompareTo(JudgeName? other) => other is null ? 1
        : string.CompareOrdinal(Name, other.Name) is not 0 and int byName ? byName
        : IsImported.CompareTo(other.IsImported);

    /// <inheritdoc/>
    public override string ToString() => Said;
}
