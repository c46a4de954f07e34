namespace Tandem.Cli;

/// <summary>The user's input cannot be used: the message alone is shown, and the exit code is <see cref="ExitCodes.BadInput"/>.</summary>
internal sealed class UsageException(string message) : Exception(message);
