using System.Text.Json;
using Tandem.Harness.Configuration;
using Tandem.Records.Judgements;

namespace Tandem.Harness.Judging;

/// <summary>
/// Which judgements of the selected runs: by what rubrics, judges and repetitions. Travels to the test process as JSON in the variable
/// <see cref="Variable"/>.
/// </summary>
public sealed record JudgementSelection
{
    /// <summary>Name of the variable that carries a selection.</summary>
    public const string Variable = "TANDEM_JUDGEMENTS";

    /// <summary>What the variable holds where nothing is to be judged.</summary>
    public const string Nothing = "none";

    /// <summary>The most repetitions.</summary>
    public const int MostRepetitions = 100;

    /// <summary>Rubrics, by name or by the path of a folder; empty is all of the project that a judge can answer.</summary>
    public IReadOnlyList<string> Rubrics { get; init; } = [];

    /// <summary>Judges: models, aliases or <c>builtin:rules</c>; empty is what <see cref="JudgementView"/> says.</summary>
    public IReadOnlyList<string> Judges { get; init; } = [];

    /// <summary>Judges that come beside those that have judged already.</summary>
    public IReadOnlyList<string> AddedJudges { get; init; } = [];

    /// <summary>How often each judge reads each run, 1 to <see cref="MostRepetitions"/>.</summary>
    public int Repetitions { get; init; } = 1;

    /// <summary>Only judgements that stand so; naming one makes those that are complete or have failed run again, too.</summary>
    public IReadOnlyList<JudgeStatus> Statuses { get; init; } = [];

    /// <summary>Only what is due: what is complete or has failed, and is not asked for, is left out.</summary>
    public bool DueOnly { get; init; }

    /// <summary>Whether a judgement that stands so is selected.</summary>
    internal bool Selects(JudgeStatus status) => (Statuses.Count == 0 || Statuses.Contains(status)) && (!DueOnly || IsDue(status));

    /// <summary>Whether a judge is to be asked for a judgement that stands so.</summary>
    internal bool IsDue(JudgeStatus status) => status != JudgeStatus.AgentFailed
        && (Statuses.Contains(status) || (Statuses.Count == 0 && status is JudgeStatus.Missing or JudgeStatus.Partial));

    /// <summary>The selection as one line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ConfigurationJson.Options);

    /// <summary>Reads what <see cref="ToJson"/> wrote. No text is a selection that names nothing, and <see cref="Nothing"/> is
    /// null.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static JudgementSelection? Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return new JudgementSelection();
        if (text == Nothing)
            return null;
        try
        {
            return JsonSerializer.Deserialize<JudgementSelection>(text, ConfigurationJson.Options) ?? new JudgementSelection();
        }
        catch (JsonException exception)
        {
            throw new FormatException($"{Variable} is not a selection of judgements: {exception.Message}", exception);
        }
    }
}
