using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Tandem.Harness.Configuration;
using Tandem.Records.Json;

namespace Tandem.Harness.Models;

/// <summary>A request as chat completions know it. Parameters that are not set are not sent.</summary>
internal static class ChatBody
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

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

    /// <summary>The optional parameters that these settings send, by their names on the wire, each with the setting that it comes
    /// from.</summary>
    public static IReadOnlyDictionary<string, string> Sent(ModelSettings settings)
    {
        var sent = new Dictionary<string, string>();
        if (settings.Temperature is not null)
            sent["temperature"] = "model.temperature";
        if (settings.Seed is not null)
            sent["seed"] = "model.seed";
        if (settings.MaxOutputTokens is not null)
            sent[EnumNames.NameOf(settings.MaxTokensParameter)] = "model.max_output_tokens, or its name model.max_tokens_parameter";
        if (settings.ReasoningEffort is not null)
            sent["reasoning_effort"] = "model.reasoning_effort";
        return sent;
    }
}
