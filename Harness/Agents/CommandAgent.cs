using System.Globalization;
using System.Text;
using System.Text.Json;
using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Agents.Shell;
using Tandem.Harness.Configuration;
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

    private static readonly TimeSpan UsageTime = TimeSpan.FromSeconds(30);

    public async Task<AgentEnd> RunAsync(AgentContext context, CancellationToken cancellationToken)
    {
        CommandSettings settings = context.Settings.Command!;
        string scratch = context.Sandbox.Paths.Scratch;
        string usageFile = scratch + "/usage.json";
        ShellPrompts prompts = context.Prompts
            ?? throw new InvalidOperationException($"The agent '{context.Settings.Kind}' was given no prompts.");
        // There is no further step that would show it what was sent before it began.
        IReadOnlyList<MessageRecord> early = await context.BeginStepAsync(cancellationToken);
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
            result = await context.ExecAsync(
                new ExecRequest
                {
                    Command = ["/bin/sh", "-c", script],
                    Environment = settings.Keys.Distinct()
                        .ToDictionary(name => name, name => Environment.GetEnvironmentVariable(name) ?? ""),
                    TimeLimit = left,
                    KeepBytes = OutputKept,
                },
                cancellationToken);
        }
        finally
        {
            // However it ended, it may have been paid.
            await BookAsync(context, usageFile);
        }
        return result.Outcome switch
        {
            ExecOutcome.TimedOut => throw new AgentLimitException("wall_clock"),
            ExecOutcome.Exited => StatusOf(settings, result.ExitCode!.Value) switch
            {
                AgentStatus.LimitsExceeded => throw new AgentLimitException("its own"),
                AgentStatus.Submitted => AgentEnd.Submitted,
                AgentStatus status =>
                    new AgentEnd(status, string.Create(CultureInfo.InvariantCulture,
                    $"The command ended with exit code {result.ExitCode}: {Tail(context, result)}")),
            },
            _ => new AgentEnd(AgentStatus.Error, $"The command ended as {result.Outcome}: {result.Detail ?? Tail(context, result)}"),
        };
    }

    private static AgentStatus StatusOf(CommandSettings settings, int exitCode) =>
        settings.ExitCodes.TryGetValue(exitCode.ToString(CultureInfo.InvariantCulture), out AgentStatus status) ? status : exitCode == 0
            ? AgentStatus.Submitted : AgentStatus.Error;

    private static async Task BookAsync(AgentContext context, string usageFile)
    {
        using var bound = new CancellationTokenSource(UsageTime);
        try
        {
            if (await context.Sandbox.GetFileAsync(usageFile, MostUsageBytes, bound.Token) is not byte[] usage)
            {
                BookUnknown(context, "the command left no usage file: its cost is unknown");
                return;
            }
            using var parsed = JsonDocument.Parse(usage);
            JsonElement root = parsed.RootElement;
            long? input = Number(root, "input_tokens") is decimal i ? (long)i : null;
            long? output = Number(root, "output_tokens") is decimal o ? (long)o : null;
            context.BookModelCall(
                input is null || output is null ? null
                    : new TokenCounts(input.Value, output.Value, (long?)Number(root, "cache_read_tokens"),
                    (long?)Number(root, "cache_write_tokens")),
                Number(root, "cost_usd"),
                isMalformed: false,
                "as the command's usage file says");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or OverflowException)
        {
            BookUnknown(context, $"the command's usage file is not right, its cost is unknown: {exception.Message}");
        }
        catch (Exception exception) when (exception is SandboxException or OperationCanceledException)
        {
            BookUnknown(context, $"the command's usage file could not be read, its cost is unknown: {exception.Message}");
        }
    }

    private static void BookUnknown(AgentContext context, string why) => context.BookModelCall(null, null, isMalformed: false, why);

    /// <summary>A number from 0; null if the member is absent or null.</summary>
    private static decimal? Number(JsonElement root, string name) =>
        !root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
        : value.TryGetDecimal(out decimal number) && number >= 0 ? number
        : throw new JsonException($"'{name}' must be a number from 0.");

    private static string Tail(AgentContext context, ExecResult result)
    {
        // Half a key would not be known for one.
        string text = context.Secrets.Clean(result.Stdout.Text + result.Stderr.Text).Trim();
        return text.Length <= 500 ? text : text[^500..];
    }
}
