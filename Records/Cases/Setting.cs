using System.Text.Json.Serialization;

namespace Tandem.Records.Cases;

/// <summary>How the agents of a case work together. The names are those of the files, the command line and the traits.</summary>
[JsonConverter(typeof(Json.StrictEnumConverter<Setting>))]
public enum Setting
{
    /// <summary>One agent builds all features of the case.</summary>
    [JsonStringEnumMemberName("solo")]
    Solo,

    /// <summary>One agent per feature; they can send each other messages.</summary>
    [JsonStringEnumMemberName("coop-comm")]
    CoopComm,

    /// <summary>One agent per feature; they cannot talk.</summary>
    [JsonStringEnumMemberName("coop-nocomm")]
    CoopNocomm,
}
