namespace Tandem.Analysis.Data;

/// <summary>A store, or an experiment in it, cannot be read at all.</summary>
/// <param name="what">What failed, where, with which evidence.</param>
/// <param name="next">What to do next.</param>
/// <param name="inner">The cause.</param>
internal class UnreadableStoreException(string what, string next, Exception? inner = null) : Exception(what, inner)
{
    /// <summary>What to do next.</summary>
    public string Next { get; } = next;
}

/// <summary>Another process does the same just now; it is no fault, and cures itself.</summary>
internal sealed class BusyStoreException(string message, string next, Exception inner) : UnreadableStoreException(message, next, inner);
