namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>What was found under a path of a container.</summary>
/// <param name="Bytes">Null if it is no regular file.</param>
internal sealed record ReadFile(byte[]? Bytes);
