using Tandem.Analysis.Rules;
using Tandem.Records.Store;

namespace Tandem.Analysis.Scenarios.Rules;

/// <summary>Findings as the rules of scenarios word them.</summary>
internal static class ScenarioFinding
{
    /// <summary>About a case.</summary>
    public static Finding Of(ScenarioCase one, string what, Severity severity = Severity.Error) => new(one.Id.ToString(), what, severity);

    /// <summary>About a record, with the place where it stands.</summary>
    public static Finding At(StoredScenario stored, string what, Severity severity = Severity.Error) =>
        new(stored.Record.CaseId.ToString(), $"{what} [{stored.File}({stored.Line})]", severity);

    /// <summary>The command that runs what an experiment lacks.</summary>
    public static string RunCommand(string experiment) => $"./run.sh --experiment {experiment}";
}
