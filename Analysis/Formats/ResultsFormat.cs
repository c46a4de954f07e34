using System.Text.Json.Serialization;

namespace Tandem.Analysis.Formats;

/// <summary>What records are written as; the names are those of the command line and of the files' endings.</summary>
internal enum ResultsFormat
{
    /// <summary>The whole records, one array.</summary>
    [JsonStringEnumMemberName("json")]
    Json,

    /// <summary>A flat table of text.</summary>
    [JsonStringEnumMemberName("csv")]
    Csv,

    /// <summary>A flat table for data tools.</summary>
    [JsonStringEnumMemberName("parquet")]
    Parquet,
}
