using System.Text.Json;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Analysis.Formats;

/// <summary>What the values of a column are.</summary>
internal enum ColumnType
{
    Text,

    Whole,

    Real,

    Flag,

    /// <summary>A time of day, UTC.</summary>
    Time,

    /// <summary>A list or an object, as JSON text.</summary>
    Json,
}

/// <summary>A member of the record as a column of a flat table. Any of them may be null.</summary>
/// <param name="Name">As in the JSON.</param>
/// <param name="Type">What its values are.</param>
internal sealed record RecordColumn(string Name, ColumnType Type)
{
    /// <summary>All of a pair run, in the order of the record's members; taken from its contract, so that none can be
    /// forgotten.</summary>
    public static IReadOnlyList<RecordColumn> All { get; } = Of<RunRecord>();

    /// <summary>All of a scenario's record, in the order of its members.</summary>
    public static IReadOnlyList<RecordColumn> OfScenarios { get; } = Of<ScenarioRecord>();

    private static readonly Dictionary<string, int> s_positions = All.Select((column, i) => (column.Name, i))
        .ToDictionary(column => column.Name, column => column.i, StringComparer.Ordinal);

    /// <summary>The values of a record's line, one per column; null where there is none.</summary>
    public static void Read(JsonElement record, JsonElement?[] cells)
    {
        int at = 0;
        foreach (JsonProperty member in record.EnumerateObject())
        {
            // As a rule the members stand in their order; the contract does not ask for it.
            if (at >= All.Count || !member.NameEquals(All[at].Name))
                at = s_positions[member.Name];
            cells[at++] = member.Value.ValueKind == JsonValueKind.Null ? null : member.Value;
        }
    }

    private static IReadOnlyList<RecordColumn> Of<T>()
        where T : class => [.. StoreJson.TypeInfo<T>().Properties.Where(member => member.Get is not null)
            .Select(member => new RecordColumn(member.Name,
            TypeOf(Nullable.GetUnderlyingType(member.PropertyType) ?? member.PropertyType)))];

    private static ColumnType TypeOf(Type type) =>
        type == typeof(string) || type == typeof(CaseId) || type == typeof(ScenarioCaseId) || type.IsEnum ? ColumnType.Text
        : type == typeof(int) || type == typeof(long) ? ColumnType.Whole
        : type == typeof(double) || type == typeof(decimal) ? ColumnType.Real
        : type == typeof(bool) ? ColumnType.Flag
        : type == typeof(DateTimeOffset) ? ColumnType.Time
        : ColumnType.Json;
}

/// <summary>Writes records as rows of a table.</summary>
internal interface IRowWriter
{
    /// <summary>Adds a row: a value per column of the writer.</summary>
    void Add(IReadOnlyList<JsonElement?> cells);

    /// <summary>Writes what is still held back; to be called once, after the last row.</summary>
    void Finish();
}
