namespace Tandem.Analysis.Commands;

/// <summary>What the program needs of its surroundings; tests give their own.</summary>
/// <param name="Output">Results.</param>
/// <param name="Error">What went wrong.</param>
/// <param name="WorkingDirectory">Relative paths start here; absolute itself.</param>
/// <param name="Variable">The environment; null where a name is not set.</param>
internal sealed record CommandHost(TextWriter Output, TextWriter Error, string WorkingDirectory, Func<string, string?> Variable)
{
    public const int Ok = 0;

    /// <summary>A rule does not hold.</summary>
    public const int RuleFailed = 1;

    /// <summary>Bad usage, or a store that cannot be read or written.</summary>
    public const int Unusable = 2;

    /// <summary>Another process does the same just now.</summary>
    public const int Busy = 3;

    /// <summary>The time of what is written; tests give their own.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public void Complain(string what, string next)
    {
        Error.WriteLine($"error: {what}");
        Error.WriteLine($"  next: {next}");
    }
}
