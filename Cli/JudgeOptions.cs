using System.CommandLine;
using Tandem.Harness.Judging;
using Tandem.Records.Json;
using Tandem.Records.Judgements;

namespace Tandem.Cli;

/// <summary>The options that choose judgements.</summary>
internal static class JudgeOptions
{
    public static readonly Option<string[]> Rubric = RunOptions.List("--rubric",
        "Rubrics, by the names of the folders in rubrics/, or the path of a folder [default: all that the judge can answer]", "name");

    public static readonly Option<string[]> Judge = RunOptions.List("--judge-model",
        "Judges: models, aliases of the experiment (judges.aliases), or builtin:rules, which simulates one by word lists "
        + "[default: judges.default]", "name");

    public static readonly Option<string[]> AddJudge = RunOptions.List("--add-judge", "Judges beside those that have judged already",
        "name");

    public static readonly Option<int?> Repetitions = CommonOptions.Number("--repetitions",
        "How often each judge reads each run [default: 1]", least: 1, most: JudgementSelection.MostRepetitions);

    public static readonly Option<string[]> Status = RunOptions.List("--status",
        $"Judgements with this status: {string.Join(", ", EnumNames.AllNames<JudgeStatus>())}. Without it those that are missing or were "
        + "not finished are made", "name");

    /// <summary>What the command line selects; options that the verb does not have select nothing.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="status">The option that holds names of status.</param>
    public static JudgementSelection SelectionOf(ParseResult parsed, Option<string[]> status) => new()
    {
        // A path starts at the current directory, which is not that of the test host.
        Rubrics = [.. RunOptions.Values(parsed, Rubric).Select(word =>
            word.Contains('/', StringComparison.Ordinal) || word.Contains('\\', StringComparison.Ordinal) ? Path.GetFullPath(word) : word)],
        Judges = RunOptions.Values(parsed, Judge),
        AddedJudges = RunOptions.Values(parsed, AddJudge),
        Repetitions = parsed.GetValue(Repetitions) ?? 1,
        Statuses = [.. RunOptions.Values(parsed, status).Select(name => RunOptions.Named<JudgeStatus>("--status", name))],
    };
}
