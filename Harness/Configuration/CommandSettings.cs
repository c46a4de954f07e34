using System.Text.Json.Serialization;
using Tandem.Records.Json;

namespace Tandem.Harness.Configuration;

/// <summary>A command-line agent that the tasks' images hold.</summary>
public sealed record CommandSettings
{
    /// <summary>
    /// A line for <c>sh -c</c>, run at the repository. <c>{task_file}</c>, <c>{model}</c>, <c>{case}</c>, <c>{agent_id}</c>,
    /// <c>{peers}</c>, <c>{seed}</c>, <c>{submission_file}</c> and <c>{usage_file}</c> stand for values, which are quoted as one word each.
    /// </summary>
    public string? Run { get; init; }

    /// <summary>Names of variables of the harness that the command gets, such as its model's key. Whatever runs in the sandbox can read
    /// them.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>What exit codes mean; default 0 is <c>Submitted</c>, every other <c>Error</c>.</summary>
    public IReadOnlyDictionary<string, ExitMeaning> ExitCodes { get; init; } = new Dictionary<string, ExitMeaning>();
}

/// <summary>What an exit code of a command-line agent means.</summary>
[JsonConverter(typeof(StrictEnumConverter<ExitMeaning>))]
public enum ExitMeaning
{
    /// <summary>It handed in its work.</summary>
    Submitted,

    /// <summary>A limit that it sets itself ended it.</summary>
    LimitsExceeded,

    /// <summary>It crashed.</summary>
    Error,

    /// <summary>It could not reach its model, or met another fault that is not its own: missing data, tried again.</summary>
    Infrastructure,
}
