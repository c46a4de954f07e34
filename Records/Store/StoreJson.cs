using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Tandem.Records.Json;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;

namespace Tandem.Records.Store;

/// <summary>
/// The one JSON contract of the store: snake_case, enums by exact name, nulls written, and no member unknown, missing or given twice.
/// </summary>
public static class StoreJson
{
    private static readonly StoreJsonContext Lines = new(Options(indented: false));
    private static readonly StoreJsonContext Files = new(Options(indented: true));

    /// <summary>One line, without its end.</summary>
    public static byte[] ToLine<T>(T value)
        where T : class => JsonSerializer.SerializeToUtf8Bytes(value, TypeInfo<T>(Lines));

    /// <summary>An indented file that ends with a line feed.</summary>
    public static byte[] ToFile<T>(T value)
        where T : class => [.. JsonSerializer.SerializeToUtf8Bytes(value, TypeInfo<T>(Files)), (byte)'\n'];

    /// <exception cref="JsonException">The text is not such a value: malformed, a member unknown, missing or given twice, a value out of
    /// its range, or a bare null.</exception>
    public static T Read<T>(ReadOnlySpan<byte> utf8)
        where T : class
    {
        T value = JsonSerializer.Deserialize(utf8, TypeInfo<T>(Lines)) ?? throw new JsonException("The value is null.");
        if (value is IEnumerable<object?> list)
            StrictList.HoldsNoNull(list, "The list");
        return value;
    }

    /// <summary>What an exception of <see cref="Read"/> says about one line: the serializer counts lines from 0 within what it was given,
    /// which says nothing about the file.</summary>
    public static string Explain(JsonException exception) =>
        exception.Message.Replace("LineNumber: 0 | BytePositionInLine:", "byte", StringComparison.Ordinal);

    /// <summary>The serializer's view of a type, for writers that stream.</summary>
    public static JsonTypeInfo<T> TypeInfo<T>(bool indented = false)
        where T : class => TypeInfo<T>(indented ? Files : Lines);

    private static JsonTypeInfo<T> TypeInfo<T>(StoreJsonContext context) => (JsonTypeInfo<T>)context.GetTypeInfo(typeof(T))!;

    private static JsonSerializerOptions Options(bool indented) => new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = indented,
        NewLine = "\n",
        Converters = { new Plausible.NumberConverter(), new Plausible.WholeConverter(), new Plausible.MoneyConverter() },
    };
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RunRecord))]
[JsonSerializable(typeof(RunFileHeader))]
[JsonSerializable(typeof(AttemptIntent))]
[JsonSerializable(typeof(AttemptEvent))]
[JsonSerializable(typeof(ExperimentPlan))]
[JsonSerializable(typeof(ShardDivision))]
[JsonSerializable(typeof(EvaluationReport))]
[JsonSerializable(typeof(AgentsReport))]
[JsonSerializable(typeof(GoldAnswer))]
[JsonSerializable(typeof(TrajectoryEvent))]
[JsonSerializable(typeof(IReadOnlyList<MessageRecord>))]
[JsonSerializable(typeof(JudgementRecord))]
[JsonSerializable(typeof(JudgementFileHeader))]
[JsonSerializable(typeof(LabelRecord))]
[JsonSerializable(typeof(LabelFileHeader))]
[JsonSerializable(typeof(ScenarioPlan))]
[JsonSerializable(typeof(ScenarioMetadata))]
[JsonSerializable(typeof(ScenarioRecord))]
internal sealed partial class StoreJsonContext : JsonSerializerContext;
