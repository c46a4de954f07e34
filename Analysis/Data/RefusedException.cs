namespace Tandem.Analysis.Data;

/// <summary>What was asked for cannot be done as it was asked for.</summary>
/// <param name="what">What failed, where, with which evidence.</param>
/// <param name="next">What to do next.</param>
/// <param name="inner">The cause.</param>
internal class RefusedException(string what, string next, Exception? inner = null) : Exception(what, inner)
{
    public string Next { get; } = next;
}
