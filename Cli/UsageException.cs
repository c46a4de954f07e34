namespace Tandem.Cli;

/// <summary>The user asked for what cannot be done; the message alone is shown, and the exit code is
/// <see cref="ExitCodes.BadInput"/>.</summary>
internal sealed class UsageException(string message) : Exception(message);
