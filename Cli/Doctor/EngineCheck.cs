using Tandem.Cli.Setup;

namespace Tandem.Cli.Doctor;

/// <summary>Is there an engine?</summary>
internal static class EngineCheck
{
    /// <summary>The finding's name.</summary>
    public const string Id = "ENGINE";

    /// <summary>Judges what set-up came to.</summary>
    /// <param name="engine">The result of set-up.</param>
    /// <param name="whyNeeded">Why there is no doing without, a sentence; null if the process sandbox may serve.</param>
    public static Finding Judge(EngineState engine, string? whyNeeded) => engine.Answers
        ? Finding.Ok(Id, $"{engine.Answer.Engine}{(engine.Reason is null ? "" : $" ({engine.Reason})")}")
        : new Finding(
            Id,
            whyNeeded is null ? Severity.Warning : Severity.Fault,
            $"{engine.Reason}; {(whyNeeded is null ? "the process sandbox serves, without isolation" : whyNeeded)}",
            engine.Remedy);
}
