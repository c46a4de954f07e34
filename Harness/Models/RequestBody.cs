using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Tandem.Harness.Configuration;
using Tandem.Records.Json;

namespace Tandem.Harness.Models;

/// <summary>A request as chat completions know it. Parameters that are not set are not sent.</summary>
internal static class RequestBody
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The optional parameters, by their names on the wire, each with the setting that it comes from.</summary>
    public static IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>
    {
        ["temperature"] = "model.temperature",
        ["seed"] = "model.seed",
        ["max_tokens"] = "model.max_output_tokens, or its name model.max_tokens_parameter",
        ["max_completion_tokens"] = "model.max_output_tokens, or its name model.max_tokens_parameter",
        ["reasoning_effort"] = "model.reasoning_effort",
    };

    public static ReadOnlyMemory<byte> Write(ModelSettings settings, ChatRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        using (var writer = new Utf8JsonWriter(buffer, s_options))
        {
            writer.WriteStartObject();
            writer.WriteString("model", settings.Name);
            writer.WritePropertyName("messages");
            HistoryRepair.Repair(request.Messages).WriteTo(writer);
            if (request.Tools.Count > 0)
            {
                writer.WritePropertyName("tools");
                request.Tools.WriteTo(writer);
            }
            if (request.ToolChoice is not null)
            {
                writer.WritePropertyName("tool_choice");
                request.ToolChoice.WriteTo(writer);
            }
            if (settings.Temperature is double temperature)
                writer.WriteNumber("temperature", temperature);
            if (settings.Seed is int seed)
                writer.WriteNumber("seed", seed + (long)(request.Seed ?? 0));
            if (settings.MaxOutputTokens is int tokens)
                writer.WriteNumber(EnumNames.NameOf(settings.MaxTokensParameter), tokens);
            if (settings.ReasoningEffort is string effort)
                writer.WriteString("reasoning_effort", effort);
            writer.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    /// <summary>The names of the optional parameters that these settings send.</summary>
    public static IEnumerable<string> Sent(ModelSettings settings)
    {
        if (settings.Temperature is not null)
            yield return "temperature";
        if (settings.Seed is not null)
            yield return "seed";
        if (settings.MaxOutputTokens is not null)
            yield return EnumNames.NameOf(settings.MaxTokensParameter);
        if (settings.ReasoningEffort is not null)
            yield return "reasoning_effort";
    }
}
