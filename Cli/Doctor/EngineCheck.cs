using Tandem.Cli.Setup;

namespace Tandem.Cli.Doctor;

internal static class EngineCheck
{
    public const string Id = "ENGINE";

    /// <param name="engine">The result of set-up.</param>
    /// <param name="whyNeeded">Why an engine is needed, a sentence; null if the process sandbox may serve.</param>
    public static Finding Judge(EngineState engine, string? whyNeeded) => engine.Answers
        ? Finding.Ok(Id, $"{engine.Answer.Engine}{(engine.Reason is null ? "" : $" ({engine.Reason})")}")
        : new Finding(
            Id,
            whyNeeded is null ? Severity.Warning : Severity.Fault,
            $"{engine.Reason}; {(whyNeeded is null ? "cases run as plain processes, without isolation" : whyNeeded)}",
            engine.Remedy);
}
