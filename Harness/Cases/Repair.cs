using System.Text.Json.Serialization;
using Tandem.Records.Cases;
using Tandem.Records.Json;

namespace Tandem.Harness.Cases;

/// <summary>What became of an attempt's files that were at fault.</summary>
[JsonConverter(typeof(StrictEnumConverter<RepairKind>))]
public enum RepairKind
{
    /// <summary>They were made again, and a new revision of the record names them.</summary>
    [JsonStringEnumMemberName("rebuilt")]
    Rebuilt,

    /// <summary>The evaluation came out otherwise than the record says, so nothing was written.</summary>
    [JsonStringEnumMemberName("differs")]
    Differs,

    /// <summary>What happened itself is lost: nothing can make it again.</summary>
    [JsonStringEnumMemberName("lost")]
    Lost,

    /// <summary>The case was left as it is, for the reason given.</summary>
    [JsonStringEnumMemberName("left")]
    Left,
}

/// <summary>What became of a case, or of one of its attempts.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="Attempt">The attempt; null for the case as a whole.</param>
/// <param name="Kind">What became of it.</param>
/// <param name="What">The files, or the reason, in words.</param>
public sealed record Repair(CaseId CaseId, int? Attempt, RepairKind Kind, string What)
{
    /// <summary>One line.</summary>
    public override string ToString() => Line(EnumNames.NameOf(Kind));

    /// <summary>One line with another word for what became of it.</summary>
    public string Line(string word) => $"{CaseId}  {(Attempt is int number ? $"attempt {number}  " : "")}{word}: {What}";
}
