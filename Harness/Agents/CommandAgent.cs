using System.Globalization;
using System.Text;
using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Agents.Shell;
using Tandem.Harness.Configuration;
using Tandem.Harness.Models;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Agents;

/// <summary>
/// Any command-line agent that the task's image holds: one command, started at the repository with a file that holds the task. Its patch,
/// messages and record are those of every other agent; what its model calls cost is known only if it writes them into its usage file.
/// </summary>
internal sealed class CommandAgent : IAgent
{
    private const int OutputKept = 1 << 20;
    private const int MostUsageBytes = 64 * 1024;

    // At its time limit the command's processes get SIGTERM, so that it can print and write what it holds; what then still runs is killed
    // after the grace. Without the program `timeout` in the image they are killed at once.
    private const string WithEnd = """
        if command -v timeout >/dev/null 2>&1; then exec timeout "$1" /bin/sh -c "$2"; fi
        exec /bin/sh -c "$2"
        """;

    private static readonly TimeSpan UsageTime = TimeSpan.FromSeconds(30);

    /// <summary>How long after its time limit a command is killed.</summary>
    public static readonly TimeSpan EndGrace = TimeSpan.FromSeconds(15);

    public async Task<AgentEnd> RunAsync(AgentContext context, CancellationToken cancellationToken)
    {
        CommandSettings settings = context.Settings.Command!;
        string scratch = context.Sandbox.Paths.Scratch;
        string usageFile = scratch + "/usage.json";
        ShellPrompts prompts = context.Prompts
            ?? throw new InvalidOperationException($"The agent '{context.Settings.Kind}' was given no prompts.");
        // There is no further step that would show it what was sent before it began.
        IReadOnlyList<MessageRecord> early = await context.BeginStepAsync(cancellationToken);
        context.OwnCounts = new OwnCounts(null, null);
        string task = prompts.System(context) + "\n" + prompts.Task(context)
            + string.Concat(early.Select(message => $"\n[Message from {message.From}]\n{message.Message}\n"));
        await context.Sandbox.PutFilesAsync([new SandboxFile(scratch + "/task.md", Encoding.UTF8.GetBytes(task))], cancellationToken);
        context.Note(TrajectoryKinds.Prompt, task);
        string script = CommandTemplate.Fill(settings.Run!, new Dictionary<string, string>
        {
            ["task_file"] = scratch + "/task.md",
            ["model"] = context.ModelName ?? "",
            ["case"] = context.CaseId.ToString(),
            ["agent_id"] = context.AgentId,
            ["peers"] = string.Join(' ', context.Mailbox?.Peers ?? []),
            ["seed"] = context.CaseId.Seed.ToString(CultureInfo.InvariantCulture),
            ["submission_file"] = context.SubmissionFile,
            ["usage_file"] = usageFile,
        });
        TimeSpan left = context.CommandLimit - (context.Watch?.Elapsed ?? TimeSpan.Zero);
        if (left <= TimeSpan.Zero)
            throw new AgentLimitException("wall_clock");
        ExecResult result;
        try
        {
            result = await RunAsync(context, settings, script, left, cancellationToken);
        }
        finally
        {
            // However it ended, it may have been paid.
            await BookAsync(context, usageFile);
        }
        // Some programs called `timeout` hand the command's own exit code on, so the time says it.
        return result.Outcome switch
        {
            ExecOutcome.TimedOut => throw new AgentLimitException("wall_clock"),
            ExecOutcome.Exited when result.Duration >= left => throw new AgentLimitException("wall_clock"),
            ExecOutcome.Exited => EndOf(settings, result.ExitCode!.Value, context, result),
            _ => new AgentEnd(AgentStatus.Error, $"The command ended as {result.Outcome}: {result.Detail ?? Tail(context, result)}"),
        };
    }

    private static async Task<ExecResult> RunAsync(AgentContext context, CommandSettings settings, string script, TimeSpan left,
        CancellationToken cancellationToken)
    {
        var printed = new OutputCapture(OutputKept);
        string seconds = ((long)Math.Ceiling(left.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        try
        {
            return await context.ExecAsync(
                new ExecRequest
                {
                    Command = ["/bin/sh", "-c", WithEnd, "agent", seconds, script],
                    Environment = settings.Keys.Distinct()
                        .ToDictionary(name => name, name => Environment.GetEnvironmentVariable(name) ?? ""),
                    TimeLimit = left + EndGrace,
                    KeepBytes = OutputKept,
                    OnOutput = (_, piece) =>
                    {
                        lock (printed)
                            printed.Append(piece.Span);
                    },
                },
                cancellationToken,
                shown: script);
        }
        catch (Exception exception) when (exception is OperationCanceledException or SandboxException)
        {
            string text;
            lock (printed)
                text = printed.ToCapturedOutput().Text;
            context.Note(TrajectoryKinds.Command, script, text);
            throw;
        }
    }

    private static AgentEnd EndOf(CommandSettings settings, int exitCode, AgentContext context, ExecResult result)
    {
        ExitMeaning meaning = settings.ExitCodes.TryGetValue(exitCode.ToString(CultureInfo.InvariantCulture), out ExitMeaning said) ? said
            : exitCode == 0 ? ExitMeaning.Submitted : ExitMeaning.Error;
        string Message(string what) =>
            string.Create(CultureInfo.InvariantCulture, $"The command ended with exit code {exitCode}{what}: {Tail(context, result)}");
        return meaning switch
        {
            ExitMeaning.Submitted => AgentEnd.Submitted,
            ExitMeaning.LimitsExceeded => throw new AgentLimitException("its own"),
            ExitMeaning.Error => new AgentEnd(AgentStatus.Error, Message("")),
            ExitMeaning.Infrastructure => throw new ModelException(ModelFault.Transport,
                Message(", which agent.command.exit_codes calls a fault of the infrastructure")),
            _ => throw new InvalidOperationException($"Unknown meaning {meaning} of an exit code."),
        };
    }

    private static async Task BookAsync(AgentContext context, string usageFile)
    {
        CommandUsage usage;
        using var bound = new CancellationTokenSource(UsageTime);
        try
        {
            usage = await context.Sandbox.GetFileAsync(usageFile, MostUsageBytes, bound.Token) is byte[] json
                ? CommandUsage.Read(json, context.ModelName, context.Price, context.CostLimitUsd)
                : CommandUsage.Unknown("the command left no usage file: its cost is unknown");
        }
        catch (Exception exception) when (exception is SandboxException or OperationCanceledException)
        {
            usage = CommandUsage.Unknown($"the command's usage file could not be read, its cost is unknown: {exception.Message}");
        }
        context.OwnCounts = new OwnCounts(usage.Steps, usage.ModelCalls);
        context.BookModelCall(usage.Tokens, usage.CostUsd, isMalformed: false, usage.Note);
    }

    private static string Tail(AgentContext context, ExecResult result)
    {
        // Half a key would not be known for one.
        string text = context.Secrets.Clean(result.Stdout.Text + result.Stderr.Text).Trim();
        return text.Length <= 500 ? text : text[^500..];
    }
}
