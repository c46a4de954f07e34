using System.Diagnostics;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Evaluation;

/// <summary>The evaluation cannot give a verdict, for a reason that lies in the infrastructure and not in the patches.</summary>
internal sealed class EvaluationFault(ErrorClass errorClass, string message) : Exception(message)
{
    public ErrorClass Class { get; } = errorClass;

    /// <summary>Whether another try would come to the same.</summary>
    public bool IsSettled { get; init; }

    /// <summary>A script of the evaluation that did not do what it always does.</summary>
    public static EvaluationFault Of(string script, ExecResult result)
    {
        string exit = result.ExitCode is int code ? $", exit code {code}" : "";
        string evidence = $"The evaluation's {script} script did not come to its end ({result.Outcome}{exit}"
            + $"{(result.Detail is null ? "" : ", " + result.Detail)}). Its last output: {LastLines(result.Stderr.Text)}";
        string? word = result.Stdout.Text.Split('\n').FirstOrDefault(line => line.StartsWith("fault ", StringComparison.Ordinal))?[6..];
        return new EvaluationFault(
            result.Outcome switch
            {
                ExecOutcome.SandboxLost => ErrorClass.SandboxLost,
                ExecOutcome.SandboxBroken => ErrorClass.Agent,
                ExecOutcome.TimedOut => ErrorClass.HarnessTimeout,
                ExecOutcome.OutOfMemory => ErrorClass.HostMemory,
                // Without a shell, git or a repository the image is not one of a task.
                ExecOutcome.NotStarted => ErrorClass.Image,
                ExecOutcome.Exited or ExecOutcome.TooMuchOutput => word switch
                {
                    "disk" => ErrorClass.Disk,
                    "repository" => ErrorClass.Image,
                    _ => ErrorClass.Engine,
                },
                _ => throw new UnreachableException(),
            },
            evidence);
    }

    /// <summary>The end of an output, for a message.</summary>
    public static string LastLines(string output)
    {
        const int MaxLength = 400;
        string text = output.Trim();
        return text.Length == 0 ? "(none)" : text.Length <= MaxLength ? text : "..." + text[^MaxLength..];
    }
}
