using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Tandem.Harness.Agents.Shell;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Agents;

/// <summary>
/// Any command-line agent that the task's image holds: one command, started at the repository with a file that tells the task. Its patch, messages and record are those of every other agent;
/// what its model calls cost is known only if it writes them into its usage file.
/// </summary>
internal sealed partial class CommandAgent : IAgent
{
    private const int OutputKept = 1 << 20;
    private const int MostUsageBytes = 64 * 1024;

    public async Task<AgentEnd> RunAsync(AgentContext context, CancellationToken cancellationToken)
    {
        CommandSettings settings = context.Settings.Command!;
        string scratch = context.Sandbox.Paths.Scratch;
        string usageFile = scratch + "/usage.json";
        await context.BeginStepAsync(cancellationToken).ConfigureAwait(false);
        string task = ShellPrompts.Read(context.Settings.Prompts).Task(context);
        await context.Sandbox.PutFilesAsync([new SandboxFile(scratch + "/task.md", Encoding.UTF8.GetBytes(task))], cancellationToken).ConfigureAwait(false);
        context.Note(TrajectoryKinds.Prompt, task);
        string script = Fill(settings.Run!, new Dictionary<string, string>
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
        ExecResult result = await context.ExecAsync(
            new ExecRequest
            {
                Command = ["/bin/sh", "-c", script],
                Environment = settings.Keys.ToDictionary(name => name, name => Environment.GetEnvironmentVariable(name) ?? ""),
                TimeLimit = context.CommandLimit,
                KeepBytes = OutputKept,
            },
            cancellationToken).ConfigureAwait(false);
        Book(context, await context.Sandbox.GetFileAsync(usageFile, MostUsageBytes, cancellationToken).ConfigureAwait(false));
        return result.Outcome switch
        {
            ExecOutcome.TimedOut => throw new AgentLimitException("wall_clock"),
            ExecOutcome.Exited => StatusOf(settings, result.ExitCode!.Value) switch
            {
                AgentStatus.LimitsExceeded => throw new AgentLimitException("its own"),
                AgentStatus.Submitted => AgentEnd.Submitted,
                AgentStatus status => new AgentEnd(status, string.Create(CultureInfo.InvariantCulture, $"The command ended with exit code {result.ExitCode}: {Tail(result)}")),
            },
            _ => new AgentEnd(AgentStatus.Error, $"The command ended as {result.Outcome}: {result.Detail ?? Tail(result)}"),
        };
    }

    /// <summary>The values that a command's template may name.</summary>
    internal static IReadOnlyList<string> Values { get; } = ["task_file", "model", "case", "agent_id", "peers", "seed", "submission_file", "usage_file"];

    /// <summary>The names in a template that are none of <see cref="Values"/>.</summary>
    internal static IEnumerable<string> UnknownValues(string template) => Placeholder().Matches(template).Select(m => m.Groups[1].Value).Where(name => !Values.Contains(name));

    /// <summary>Puts the values in, each quoted as one word of the shell.</summary>
    private static string Fill(string template, Dictionary<string, string> values) =>
        Placeholder().Replace(template, match => $"'{values[match.Groups[1].Value].Replace("'", "'\\''", StringComparison.Ordinal)}'");

    private static AgentStatus StatusOf(CommandSettings settings, int exitCode) =>
        settings.ExitCodes.TryGetValue(exitCode.ToString(CultureInfo.InvariantCulture), out AgentStatus status) ? status : exitCode == 0 ? AgentStatus.Submitted : AgentStatus.Error;

    private static void Book(AgentContext context, byte[]? usage)
    {
        if (usage is null)
        {
            context.BookModelCall(null, null, isMalformed: false, "the command left no usage file: its cost is unknown");
            return;
        }
        try
        {
            using var parsed = JsonDocument.Parse(usage);
            JsonElement root = parsed.RootElement;
            long? input = Number(root, "input_tokens") is decimal i ? (long)i : null;
            long? output = Number(root, "output_tokens") is decimal o ? (long)o : null;
            context.BookModelCall(
                input is null || output is null ? null : new TokenCounts(input.Value, output.Value, (long?)Number(root, "cache_read_tokens"), (long?)Number(root, "cache_write_tokens")),
                Number(root, "cost_usd"),
                isMalformed: false,
                "as the command's usage file says");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or OverflowException)
        {
            context.BookModelCall(null, null, isMalformed: false, $"the command's usage file is not right, its cost is unknown: {exception.Message}");
        }
    }

    /// <summary>A number from 0; null if the member is absent or null.</summary>
    private static decimal? Number(JsonElement root, string name) =>
        !root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
        : value.TryGetDecimal(out decimal number) && number >= 0 ? number
        : throw new JsonException($"'{name}' must be a number from 0.");

    private static string Tail(ExecResult result)
    {
        string text = (result.Stdout.Text + result.Stderr.Text).Trim();
        return text.Length <= 500 ? text : text[^500..];
    }

    [GeneratedRegex(@"(?<!\$)\{([a-z_]+)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();
}
