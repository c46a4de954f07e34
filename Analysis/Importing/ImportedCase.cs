using Tandem.Records.Runs;

namespace Tandem.Analysis.Importing;

/// <summary>A case as it goes into the store.</summary>
/// <param name="Record">Its record, which does not name its files yet.</param>
/// <param name="Files">Its files: name relative to the attempt's folder, with '/', and content.</param>
internal sealed record ImportedCase(RunRecord Record, IReadOnlyList<(string Name, byte[] Content)> Files);
