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

/// <summary>What engine set-up came to.</summary>
/// <param name="Origin">Where the engine comes from.</param>
/// <param name="Answer">What the last question to it gave.</param>
/// <param name="Reason">Why there is none, or why something had to be done; null if it answered at once.</param>
/// <param name="Remedy">What to do for an engine; null if there is one.</param>
internal sealed record EngineState(EngineOrigin Origin, EngineAnswer Answer, string? Reason = null, string? Remedy = null)
{
    /// <summary>Whether an engine answers.</summary>
    public bool Answers => Origin != EngineOrigin.None;

    /// <summary>For what does not do without an engine.</summary>
    /// <param name="who">Who needs it: "images".</param>
    /// <exception cref="SandboxException">None answers; the message says why, and what to do.</exception>
    public void Require(string who)
    {
        if (!Answers)
            throw new SandboxException(SandboxFault.Engine,
                $"Engine: none answers, and {who} need one.\n  why: {Reason}\n  to mend it: {Remedy}");
    }

    /// <summary>What a run prints first: one line for an engine; where there is none, what serves instead, why, and what to do.</summary>
    public IReadOnlyList<string> FirstLines => Origin switch
    {
        EngineOrigin.Available => [$"Engine: {Answer.Engine}"],
        EngineOrigin.Started or EngineOrigin.Installed => [$"Engine: {Answer.Engine} ({Reason})"],
        EngineOrigin.None =>
        [
            "Engine: none answers. Where tasks and agent allow it the process sandbox serves: plain processes of this host, without "
                + "isolation.",
            $"  why: {Reason}",
            $"  for a real engine: {Remedy}",
        ],
        _ => throw new InvalidOperationException($"Unknown origin {Origin}."),
    };
}
