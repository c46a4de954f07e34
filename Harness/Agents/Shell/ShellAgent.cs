using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Models;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Agents.Shell;

/// <summary>
/// A plain model-driven coding agent, of the class of mini-SWE-agent: one loop, one tool (<c>bash</c>), and the history of messages as its
/// only memory. Each command runs in a new shell at the repository. It hands in its work by printing <see cref="SubmitWord"/> as the last
/// line of a command.
/// </summary>
internal sealed class ShellAgent : IAgent
{
    public const string SubmitWord = "TANDEM_SUBMIT";

    private const int LongestQuote = 300;

    /// <summary>A longer command is refused; in characters. Linux takes no longer single argument.</summary>
    public const int LongestCommand = 100_000;

    public async Task<AgentEnd> RunAsync(AgentContext context, CancellationToken cancellationToken)
    {
        ShellPrompts prompts = context.Prompts
            ?? throw new InvalidOperationException($"The agent '{context.Settings.Kind}' was given no prompts.");
        string shell = await FindShellAsync(context, cancellationToken);
        var history = new ChatHistory(context.ContextTokens);
        history.Add("system", prompts.System(context));
        history.Add("user", prompts.Task(context));
        int told = 0;
        int unusable = 0;
        while (true)
        {
            if (await context.BeginStepAsync(cancellationToken) is { Count: > 0 } messages)
                history.Add("user", context.ToPrompt(messages));
            if (history.Compact() is string compaction)
                context.Note(TrajectoryKinds.Compaction, compaction);
            // What commands printed stands in the trajectory already.
            foreach (JsonObject fresh in history.Messages.Skip(told).Where(m => (string?)m["role"] is "system" or "user"))
                context.Note(TrajectoryKinds.Prompt, (string?)fresh["content"]);
            ChatReply reply = await context.AskModelAsync(new ChatRequest
            { Messages = history.ToJson(), Tools = Tools(), Seed = context.CaseId.Seed }, cancellationToken);
            history.Add(reply);
            told = history.Messages.Count;
            bool isUsable = false;
            foreach (ChatToolCall call in reply.ToolCalls)
            {
                string? command = CommandOf(call, reply.FinishReason, out string fault);
                isUsable |= command is not null;
                if (command is null)
                {
                    history.AddToolResult(call.Id, fault);
                    continue;
                }
                (string observation, bool isSubmitted) = await RunAsync(context, shell, command, cancellationToken);
                history.AddToolResult(call.Id, observation);
                if (isSubmitted)
                    return AgentEnd.Submitted;
            }
            if (isUsable)
            {
                unusable = 0;
                continue;
            }
            context.CountMalformed();
            if (++unusable >= context.MostUnusableAnswers)
                throw new AgentLimitException("unusable_answers",
                    $"{unusable} answers in a row held no call that could be run; the last ended with "
                    + $"'{reply.FinishReason ?? "no reason"}': {Shorten(reply.Content ?? "no text", LongestQuote)}");
            if (reply.ToolCalls.Count == 0)
                history.Add("user", Reminder(reply.FinishReason));
        }
    }

    private static async Task<(string Observation, bool IsSubmitted)> RunAsync(AgentContext context, string shell, string command,
        CancellationToken cancellationToken)
    {
        int keep = context.Settings.OutputCharacters;
        ExecResult result = await context.ExecAsync(
            new ExecRequest
            {
                Command = [shell, "-c", "exec 2>&1; " + command],
                // Nobody is there to turn pages or to answer questions.
                Environment = new Dictionary<string, string>
                {
                    ["PAGER"] = "cat",
                    ["GIT_PAGER"] = "cat",
                    ["MANPAGER"] = "cat",
                    ["TERM"] = "dumb",
                    ["DEBIAN_FRONTEND"] = "noninteractive",
                    ["PYTHONUNBUFFERED"] = "1"
                },
                TimeLimit = context.CommandLimit,
                KeepBytes = 8 * keep,
            },
            cancellationToken,
            command);
        string output = result.Stdout.Text + result.Stderr.Text;
        string how = result.Outcome switch
        {
            ExecOutcome.Exited => string.Create(CultureInfo.InvariantCulture, $"exit code {result.ExitCode}"),
            ExecOutcome.TimedOut =>
                string.Create(CultureInfo.InvariantCulture,
                $"killed after {context.CommandLimit.TotalSeconds} s, the time limit of one command"),
            ExecOutcome.OutOfMemory => "killed: out of memory",
            ExecOutcome.TooMuchOutput => "killed: too much output",
            ExecOutcome.NotStarted => $"not started: {result.Detail}",
            ExecOutcome.SandboxLost or ExecOutcome.SandboxBroken => throw new InvalidOperationException("A lost sandbox is an exception."),
            _ => throw new InvalidOperationException($"Unknown outcome {result.Outcome}."),
        };
        bool isSubmitted = result.ExitCode == 0 && command.Contains(SubmitWord, StringComparison.Ordinal)
            && output.TrimEnd().EndsWith(SubmitWord, StringComparison.Ordinal);
        return ($"{Shorten(output, keep)}\n[{how}]", isSubmitted);
    }

    /// <summary>The first and the last half of a text that is too long.</summary>
    internal static string Shorten(string text, int most)
    {
        if (text.Length <= most)
            return text.TrimEnd('\n');
        int head = most / 2;
        int tail = most - head;
        // Neither half of a surrogate pair is left alone.
        if (char.IsHighSurrogate(text[head - 1]))
            head--;
        if (char.IsLowSurrogate(text[^tail]))
            tail--;
        return string.Create(CultureInfo.InvariantCulture,
            $"{text[..head]}\n[... {text.Length - head - tail} characters left out ...]\n{text[^tail..].TrimEnd('\n')}");
    }

    /// <summary>Images have bash or, if they are very small, only sh.</summary>
    private static async Task<string> FindShellAsync(AgentContext context, CancellationToken cancellationToken)
    {
        ExecResult found = await context.Sandbox.ExecAsync(ExecRequest.Shell("command -v bash || command -v sh"), cancellationToken);
        string path = found.Stdout.Text.Trim();
        return found.Succeeded && path.StartsWith('/') ? path : "/bin/sh";
    }

    /// <summary>The command of a call; null if it holds none that can be run.</summary>
    /// <param name="call">What the model wrote.</param>
    /// <param name="finishReason">Why its answer ended.</param>
    /// <param name="fault">What is wrong with the call, for the model; empty if nothing.</param>
    internal static string? CommandOf(ChatToolCall call, string? finishReason, out string fault)
    {
        fault = "";
        if (call.Name != "bash")
        {
            fault = $"There is no tool '{call.Name}'; there is only 'bash', with the argument 'command'.";
            return null;
        }
        try
        {
            if (JsonNode.Parse(call.Arguments) is JsonObject arguments && arguments["command"] is JsonValue value
                && value.TryGetValue(out string? command) && !string.IsNullOrWhiteSpace(command))
            {
                if (command.Length > LongestCommand)
                    fault = string.Create(CultureInfo.InvariantCulture,
                        $"The command is {command.Length} characters long; at most {LongestCommand} are taken. Write large files in "
                        + $"several steps.");
                else if (command.Contains('\0', StringComparison.Ordinal))
                    fault = "The command holds a NUL character.";
                else
                    return command;
                return null;
            }
            fault = "The arguments must be a JSON object with the member 'command', a text that is not blank.";
        }
        catch (JsonException exception)
        {
            fault = finishReason == "length"
                ? "Your answer was cut off at its greatest length, in the middle of the arguments. Take smaller steps."
                : $"The arguments are not valid JSON: {exception.Message}";
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            // Half a character in a text, or a member that is given twice.
            fault = $"The arguments cannot be read: {exception.Message.Split('\n')[0].Trim()}";
        }
        return null;
    }

    private static string Reminder(string? finishReason) =>
        (finishReason == "length" ? "Your answer was cut off at its greatest length. " : "")
        + $"Your answer held no call of the tool 'bash', so nothing was done. Go on with a call of it. If the work is finished, call it "
        + $"with: echo {SubmitWord}";

    private static JsonArray Tools() =>
    [
        new JsonObject
        {
            ["type"] = "function",
            ["function"] = new JsonObject
            {
                ["name"] = "bash",
                ["description"] = "Runs a shell command in the repository's folder and returns what it prints, standard output and errors "
                    + "together. Each call is a new shell.",
                ["parameters"] = new JsonObject
                {
                    ["type"] = "object",
                    ["properties"] = new JsonObject
                        { ["command"] = new JsonObject { ["type"] = "string", ["description"] = "The command." } },
                    ["required"] = new JsonArray("command"),
                },
            },
        },
    ];
}
