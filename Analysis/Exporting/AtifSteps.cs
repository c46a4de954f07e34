using System.Globalization;
using System.Text.Json.Nodes;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Exporting;

/// <summary>
/// An agent's lines of a trajectory as steps of ATIF: prompts are the system's or the user's, an answer of the model is a step with its
/// calls, and what a command printed is the observation of the call that it was. What a program decided without a model is a step that says
/// so (<c>llm_call_count</c> 0).
/// </summary>
internal sealed class AtifSteps
{
    private const string Tool = "bash";

    private readonly JsonArray _steps = [];
    private readonly bool _isModel;
    private readonly bool _isShell;
    private readonly bool _hasPrompts;

    // The calls of the last answer that no command has been found for, and its step.
    private readonly List<(string Id, string? Command)> _open = [];
    private JsonObject? _answer;
    private int _answerStep;
    private bool _hasSystem;

    private AtifSteps(RunRecord record, IReadOnlyList<TrajectoryEvent> events)
    {
        // A replay says again what was answered to somebody else.
        _isModel = !record.Simulated && record.Agent is not ("replay" or "oracle" or "nop");
        // Its messages stand in its commands and prompts.
        _isShell = record.Agent is "shell" or "replay";
        _hasPrompts = events.Any(one => one.Kind == "prompt");
    }

    public static JsonArray Of(RunRecord record, IReadOnlyList<TrajectoryEvent> events)
    {
        var steps = new AtifSteps(record, events);
        foreach (TrajectoryEvent one in events)
            steps.Add(one);
        return steps._steps;
    }

    private void Add(TrajectoryEvent one)
    {
        switch (one.Kind)
        {
            case "start" when !_hasPrompts:
                Begin(one, "user", one.Text);
                break;
            case "prompt":
                // The first of the shell agent's is what it is and how it works.
                Begin(one, _isShell && !_hasSystem ? "system" : "user", one.Text);
                _hasSystem = true;
                break;
            case "response":
                AddAnswer(one);
                break;
            case "unusable":
                AddUnusable(one);
                break;
            case "command":
                AddCommand(one);
                break;
            case "message_received" or "message_read" when !_isShell:
                Begin(one, "user", one.Text)["extra"] = new JsonObject { ["kind"] = one.Kind };
                break;
            case "message_sent" or "message_refused" when !_isShell:
                AddSent(one);
                break;
            case "compaction":
                Begin(one, "system", one.Text)["extra"] = new JsonObject
                { ["context_management"] = new JsonObject { ["type"] = "pruning", ["boundary"] = "truncate" } };
                break;
            case "resumed" or "divergence":
                Begin(one, "system", one.Text ?? one.Kind)["extra"] = new JsonObject { ["kind"] = one.Kind };
                break;
            default:
                // How it ended stands beside the steps.
                break;
        }
    }

    private JsonObject Begin(TrajectoryEvent one, string source, string? message)
    {
        var step = new JsonObject
        {
            ["step_id"] = _steps.Count + 1,
            ["timestamp"] = one.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
            ["source"] = source,
            ["message"] = message ?? "",
        };
        _steps.Add(step);
        return step;
    }

    private void AddAnswer(TrajectoryEvent one)
    {
        var answer = AtifAnswer.Of(one.Text);
        JsonObject step = Begin(one, "agent", answer.Message);
        (_answer, _answerStep) = (step, one.Step);
        _open.Clear();
        if (_isModel)
            step.Set("reasoning_content", answer.Reasoning);
        if (answer.Calls.Count > 0)
            step["tool_calls"] = new JsonArray([.. answer.Calls.Select(call => call.ToJson())]);
        _open.AddRange(answer.Calls.Select(call => (call.Id, call.Command)));
        if (!_isModel)
        {
            step["llm_call_count"] = 0;
            return;
        }
        AddCounts(step, one, answer.IsRecorded ? 1 : null);
        var extra = new JsonObject();
        extra.Set("finish_reason", answer.FinishReason);
        extra.Set("seconds", one.Seconds);
        if (extra.Count > 0)
            step["extra"] = extra;
    }

    /// <summary>What was paid and could not be used, so that the costs of the steps add up.</summary>
    private void AddUnusable(TrajectoryEvent one)
    {
        JsonObject step = Begin(one, "agent", null);
        AddCounts(step, one, 1);
        step["extra"] = new JsonObject { ["unusable"] = one.Text };
    }

    private static void AddCounts(JsonObject step, TrajectoryEvent one, int? calls)
    {
        JsonObject metrics = AtifTrajectory.Metrics("", one.Tokens, one.Cost);
        if (metrics.Count > 0)
            step["metrics"] = metrics;
        step.Set("llm_call_count", calls);
    }

    private void AddCommand(TrajectoryEvent one)
    {
        var result = new JsonObject();
        int index = _answerStep == one.Step ? _open.FindIndex(call => call.Command == one.Text) : -1;
        JsonObject step;
        if (index >= 0)
        {
            step = _answer!;
            result["source_call_id"] = _open[index].Id;
            _open.RemoveAt(index);
        }
        else
        {
            step = Called(one, Tool, new JsonObject { ["command"] = one.Text ?? "" }, result);
        }
        result["content"] = one.Output ?? "";
        var extra = new JsonObject();
        extra.Set("exit_code", one.ExitCode);
        extra.Set("seconds", one.Seconds);
        if (extra.Count > 0)
            result["extra"] = extra;
        if (step["observation"] is not JsonObject observation)
            step["observation"] = observation = new JsonObject { ["results"] = new JsonArray() };
        observation["results"]!.AsArray().Add(result);
    }

    private void AddSent(TrajectoryEvent one)
    {
        string text = one.Text ?? "";
        int colon = text.IndexOf(": ", StringComparison.Ordinal);
        var result = new JsonObject();
        JsonObject step = Called(one, "send_message", new JsonObject
        {
            ["to"] = colon < 0 ? "" : text[..colon],
            ["text"] = colon < 0 ? text : text[(colon + 2)..],
        }, result);
        result["content"] = one.Output ?? (one.Kind == "message_refused" ? "refused" : "sent");
        step["observation"] = new JsonObject { ["results"] = new JsonArray(result) };
    }

    /// <summary>A step of a call that no answer of a model holds.</summary>
    private JsonObject Called(TrajectoryEvent one, string function, JsonObject arguments, JsonObject result)
    {
        JsonObject step = Begin(one, "agent", null);
        string id = string.Create(CultureInfo.InvariantCulture, $"step_{_steps.Count}");
        step["tool_calls"] = new JsonArray(new AtifCall(id, function, arguments, null).ToJson());
        // A command-line agent asks its model by itself; nobody knows how often.
        if (!_isModel)
            step["llm_call_count"] = 0;
        result["source_call_id"] = id;
        return step;
    }
}
