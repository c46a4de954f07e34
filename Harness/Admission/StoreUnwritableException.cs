namespace Tandem.Harness.Admission;

/// <summary>Nothing can be written to the store, mostly since its disk is full. The message names the file and what to do.</summary>
public sealed class StoreUnwritableException(string message, Exception inner) : IOException(message, inner);
