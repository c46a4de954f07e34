using Tandem.Cli.Setup;

namespace Tandem.Cli.Doctor;

/// <summary>Is there an engine?</summary>
internal static class EngineCheck
{
    /// <summary>Judges what set-up came to.</summary>
    /// <param name="engine">The result of set-up.</param>
    /// <param name="requiredBy">What will not do without an engine; null if the process sandbox may serve.</param>
    public static Finding Judge(EngineState engine, string? requiredBy) => engine.Answers
        ? Finding.Ok("ENGINE", $"{engine.Answer.Engine}{(engine.Reason is null ? "" : $" ({engine.Reason})")}")
        : new Finding(
            "ENGINE",
            requiredBy is null ? Severity.Warning : Severity.Fault,
            $"{engine.Reason}; {(requiredBy is null ? "the process sandbox serves the built-in tasks and agents, without isolation" : $"{requiredBy} needs one")}",
            engine.Remedy);
}
