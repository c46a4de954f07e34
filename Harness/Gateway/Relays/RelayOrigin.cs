namespace Tandem.Harness.Gateway.Relays;

/// <summary>Where a connection comes from. It is a feature of the connection: <c>context.Features.Get&lt;RelayOrigin&gt;()</c>.</summary>
/// <param name="SandboxId">The sandbox in which the client is.</param>
/// <param name="Tag">What the opener of the relay gave it, to know its connections by.</param>
internal sealed record RelayOrigin(string SandboxId, object? Tag);
