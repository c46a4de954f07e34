using System.Text.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Json.Schema;

namespace Tandem.Analysis.Tests.Exporting;

/// <summary>
/// What ATIF 1.7 demands of a trajectory (Harbor's RFC 0001, April 2026), as far as this exporter could break it: members, types and
/// required ones as a schema, since the specification has its own as tables alone, and the rules that no schema says.
/// </summary>
internal static class AtifSchema
{
    private static readonly JsonSchema s_schema = JsonSchema.FromText("""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "type": "object", "additionalProperties": false, "required": ["schema_version", "agent", "steps"],
          "properties": {
            "schema_version": { "const": "ATIF-v1.7" }, "session_id": { "type": "string" }, "trajectory_id": { "type": "string" },
            "agent": {
              "type": "object", "additionalProperties": false, "required": ["name", "version"],
              "properties": { "name": { "type": "string", "minLength": 1 }, "version": { "type": "string", "minLength": 1 },
                "model_name": { "type": "string" }, "tool_definitions": { "type": "array" }, "extra": { "type": "object" } }
            },
            "steps": { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/step" } },
            "notes": { "type": "string" }, "continued_trajectory_ref": { "type": "string" }, "extra": { "type": "object" },
            "final_metrics": {
              "type": "object", "additionalProperties": false,
              "properties": { "total_prompt_tokens": { "$ref": "#/$defs/count" }, "total_completion_tokens": { "$ref": "#/$defs/count" },
                "total_cached_tokens": { "$ref": "#/$defs/count" }, "total_cost_usd": { "type": "number", "minimum": 0 },
                "total_steps": { "$ref": "#/$defs/count" }, "extra": { "type": "object" } }
            }
          },
          "$defs": {
            "count": { "type": "integer", "minimum": 0 },
            "step": {
              "type": "object", "additionalProperties": false, "required": ["step_id", "source", "message"],
              "properties": {
                "step_id": { "type": "integer", "minimum": 1 }, "timestamp": { "type": "string" },
                "source": { "enum": ["system", "user", "agent"] }, "model_name": { "type": "string" },
                "reasoning_effort": { "type": ["string", "number"] }, "message": { "type": "string" },
                "reasoning_content": { "type": "string" }, "llm_call_count": { "$ref": "#/$defs/count" },
                "is_copied_context": { "type": "boolean" }, "extra": { "type": "object" },
                "tool_calls": { "type": "array", "items": {
                  "type": "object", "additionalProperties": false, "required": ["tool_call_id", "function_name", "arguments"],
                  "properties": { "tool_call_id": { "type": "string" }, "function_name": { "type": "string" },
                    "arguments": { "type": "object" }, "extra": { "type": "object" } } } },
                "observation": { "type": "object", "additionalProperties": false, "required": ["results"],
                  "properties": { "results": { "type": "array", "items": {
                    "type": "object", "additionalProperties": false,
                    "properties": { "source_call_id": { "type": "string" }, "content": { "type": "string" }, "extra": { "type": "object" } }
                  } } } },
                "metrics": { "type": "object", "additionalProperties": false,
                  "properties": { "prompt_tokens": { "$ref": "#/$defs/count" }, "completion_tokens": { "$ref": "#/$defs/count" },
                    "cached_tokens": { "$ref": "#/$defs/count" }, "cost_usd": { "type": "number", "minimum": 0 },
                    "extra": { "type": "object" } } }
              }
            }
          }
        }
        """);

    private static readonly string[] s_agentsOnly = ["model_name", "reasoning_effort", "reasoning_content", "tool_calls", "metrics"];

    /// <summary>The first fault that is found; null if there is none.</summary>
    public static string? FaultOf(JsonObject trajectory)
    {
        using JsonDocument document = JsonDocument.Parse(trajectory.ToJsonString());
        EvaluationResults results = s_schema.Evaluate(document.RootElement, new EvaluationOptions { OutputFormat = OutputFormat.List });
        if (!results.IsValid)
            return string.Join("; ", (results.Details ?? []).Where(detail => detail.Errors is { Count: > 0 })
                .Select(detail => $"{detail.InstanceLocation}: {string.Join(", ", detail.Errors!.Values)}"));
        JsonObject[] steps = [.. trajectory["steps"]!.AsArray().OfType<JsonObject>()];
        for (int i = 0; i < steps.Length; i++)
        {
            if (FaultOf(steps[i], i + 1) is string fault)
                return $"step {i + 1}: {fault}";
        }
        return trajectory["final_metrics"]?["total_steps"] is JsonNode total && (int)total != steps.Length
            ? "total_steps is another number than there are steps" : null;
    }

    private static string? FaultOf(JsonObject step, int number)
    {
        if ((int)step["step_id"]! != number)
            return "step_id is out of order";
        if (step["timestamp"] is JsonNode time && !DateTimeOffset.TryParse((string)time!, out _))
            return "timestamp is no time";
        if ((string?)step["source"] != "agent" && s_agentsOnly.FirstOrDefault(step.ContainsKey) is string member)
            return $"{member} is only for an agent's step";
        if ((int?)step["llm_call_count"] == 0 && (step.ContainsKey("metrics") || step.ContainsKey("reasoning_content")))
            return "a step without a model has metrics or reasoning";
        string[] calls = [.. (step["tool_calls"] as JsonArray ?? []).Select(call => (string)call!["tool_call_id"]!)];
        if (calls.Distinct().Count() != calls.Length)
            return "a call's id is there twice";
        string? lost = (step["observation"]?["results"] as JsonArray ?? []).Select(result => (string?)result!["source_call_id"])
            .FirstOrDefault(id => id is not null && !calls.Contains(id));
        if (lost is not null)
            return $"there is no call '{lost}'";
        return step["metrics"] is JsonObject metrics && (long?)metrics["cached_tokens"] > (long?)metrics["prompt_tokens"]
            ? "more tokens were cached than there were" : null;
    }

    /// <summary>Reads a file and holds it to the specification.</summary>
    public static JsonObject Read(string path)
    {
        JsonObject trajectory = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        FaultOf(trajectory).Should().BeNull(path);
        return trajectory;
    }
}
