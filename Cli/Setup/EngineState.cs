using Tandem.Harness.Sandboxes;

namespace Tandem.Cli.Setup;

/// <summary>Where the engine comes from.</summary>
internal enum EngineOrigin
{
    /// <summary>It answered at once.</summary>
    Available,

    /// <summary>It was installed, and has been started now.</summary>
    Started,

    /// <summary>It has been installed and started now.</summary>
    Installed,

    /// <summary>None answers: the process sandbox serves.</summary>
    None,
}

/// <summary>The result of engine set-up.</summary>
/// <param name="Origin">Where the engine comes from.</param>
/// <param name="Answer">The last answer of the search for it.</param>
/// <param name="Reason">Why there is none, or what was done; null if it answered at once.</param>
/// <param name="Remedy">What the user can do for an engine; null if there is one.</param>
internal sealed record EngineState(EngineOrigin Origin, EngineAnswer Answer, string? Reason = null, string? Remedy = null)
{
    public bool Answers => Origin != EngineOrigin.None;

    /// <summary>For what cannot be done without an engine.</summary>
    /// <param name="verb">The verb that needs it.</param>
    /// <exception cref="SandboxException">None answers; the message says why, and what to do.</exception>
    public void Require(string verb)
    {
        if (!Answers)
            throw new SandboxException(SandboxFault.Engine,
                $"No engine answers, and '{verb}' needs one.\n  reason: {Reason}\n  fix: {Remedy}");
    }

    /// <summary>What a run prints first: one line for an engine; where there is none, what serves instead, why, and what to do.</summary>
    public IReadOnlyList<string> FirstLines => Answers
        ? [$"Engine: {Answer.Engine}{(Reason is null ? "" : $" ({Reason})")}"]
        :
        [
            "Engine: none answers. Where tasks and agent allow it, cases run as plain processes on this host, without isolation.",
            $"  reason: {Reason}",
            $"  to get an engine: {Remedy}",
        ];
}
