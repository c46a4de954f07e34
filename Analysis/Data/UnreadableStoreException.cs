namespace Tandem.Analysis.Data;

/// <summary>A store, or an experiment in it, cannot be read at all.</summary>
internal class UnreadableStoreException(string what, string next, Exception? inner = null) : RefusedException(what, next, inner);

/// <summary>Another process does the same just now; it is no fault, and cures itself.</summary>
internal sealed class BusyStoreException(string message, string next, Exception inner) : UnreadableStoreException(message, next, inner);
