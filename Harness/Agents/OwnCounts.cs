namespace Tandem.Harness.Agents;

/// <summary>What a command-line agent counts by itself; null where it does not say.</summary>
/// <param name="Steps">Its steps.</param>
/// <param name="ModelCalls">Its model calls.</param>
internal sealed record OwnCounts(int? Steps, int? ModelCalls);
