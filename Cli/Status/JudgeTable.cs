using System.Globalization;
using System.Text;
using Tandem.Harness.Judging;
using Tandem.Records.Json;
using Tandem.Records.Judgements;
using Tandem.Records.Store;
using Tandem.Records.Text;

namespace Tandem.Cli.Status;

/// <summary>How the judgements of an experiment stand, for people and as JSON.</summary>
internal sealed class JudgeTable(JudgementView view)
{
    private const int ReasonsShown = 3;
    private const int LongestReason = 160;

    private string Experiment => view.Experiment.Configuration.Name;

    private IEnumerable<IGrouping<(string Rubric, string Judge), SelectedJudgement>> Groups =>
        view.Judgements.GroupBy(one => (one.Id.Rubric, one.Judge.Identity.Model));

    /// <summary>A line for each rubric and judge, with the reasons of what failed, and what to type next.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        int rubric = Math.Max(8, view.Judgements.Select(one => one.Id.Rubric.Length).DefaultIfEmpty().Max() + 2);
        int judge = Math.Max(8, view.Judgements.Select(one => one.Judge.Identity.Model.Length).DefaultIfEmpty().Max() + 2);
        text.AppendLine(Experiment);
        text.Append("rubric".PadRight(rubric)).Append("judge".PadRight(judge)).Append(CultureInfo.InvariantCulture, $"{"judgements",10}");
        foreach (string status in EnumNames.AllNames<JudgeStatus>())
            text.Append(CultureInfo.InvariantCulture, $"{status,14}");
        text.AppendLine(CultureInfo.InvariantCulture, $"{"cost USD",12}");
        foreach (IGrouping<(string Rubric, string Judge), SelectedJudgement> group in Groups)
        {
            text.Append(group.Key.Rubric.PadRight(rubric)).Append(group.Key.Judge.PadRight(judge))
                .Append(CultureInfo.InvariantCulture, $"{group.Count(),10}");
            foreach (JudgeStatus status in Enum.GetValues<JudgeStatus>())
                text.Append(CultureInfo.InvariantCulture, $"{group.Count(one => one.Status == status),14}");
            text.AppendLine(CultureInfo.InvariantCulture, $"{StatusText.Cost(SpentOn(group)),12}");
            WriteReasons(text, group);
        }
        if (view.Judgements.Any(one => one.Judge.Identity.Simulated))
            text.AppendLine($"({RulesJudge.Name} is a simulation: it goes by word lists and understands nothing)");
        if (view.Faults > 0)
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{view.Faults} {(view.Faults == 1 ? "line" : "lines")} of judgements cannot be read and count as missing; "
                + $"{Command($"validate {Experiment}")} names them. Put them back before judges are paid again.");
        text.AppendLine("(failed: no answer that can be read, or quotes that do not bear the label; agent_failed: nothing to judge)");
        WriteLeftOut(text);
        return text.ToString();
    }

    /// <summary>What has no line in the table, and why.</summary>
    private void WriteLeftOut(StringBuilder text)
    {
        foreach (SelectedJudgement one in view.Judgements.DistinctBy(one => one.Id.Rubric).Where(one => one.RubricWord != one.Id.Rubric))
            text.AppendLine($"({one.Id.Rubric} is the rubric in {one.RubricWord})");
        if (view.RunsWithoutResult is > 0 and int runs)
            text.AppendLine(CultureInfo.InvariantCulture, $"not run: {runs} {(runs == 1 ? "run has" : "runs have")} no result that could "
                + $"be judged; {RunCommand} makes {(runs == 1 ? "it" : "them")}.");
        foreach (BrokenRubric broken in view.Broken)
            text.AppendLine(broken.LeftOut);
        foreach (string rubric in view.ForeignRubrics)
            text.AppendLine($"The store has judgements by the rubric '{rubric}', which is not in rubrics/; name its folder to see them: "
                + Command($"status {Experiment} --judges --rubric FOLDER"));
    }

    /// <summary>The command that makes runs. The file of an experiment may stand anywhere, and the store does not say where.</summary>
    public string RunCommand => File.Exists(Project.Find().ExperimentFile(Experiment)) ? Command($"run --experiment {Experiment}")
        : Command("run --experiment FILE");

    /// <summary>The commands that ask for what is not there; nothing where all is complete.</summary>
    public string Remedies()
    {
        var text = new StringBuilder();
        foreach (IGrouping<(string Rubric, string Judge), SelectedJudgement> group in Groups)
        {
            int due = group.Count(one => one.Status is JudgeStatus.Missing or JudgeStatus.Partial);
            int failed = group.Count(one => one.Status == JudgeStatus.Failed);
            string words = $"judge {Experiment} --rubric {ShellWord.Quote(group.First().RubricWord)} "
                + $"--judge-model {ShellWord.Quote(group.Key.Judge)}"
                + (view.Selection.Repetitions == 1 ? "" : $" --repetitions {view.Selection.Repetitions}");
            if (due > 0)
                text.AppendLine($"{due} to be judged: {Command(words)}");
            if (failed > 0)
                text.AppendLine($"{failed} failed; asked again only by: {Command(words + " --status failed")}");
        }
        return text.ToString();
    }

    /// <summary>A line for each judgement: id, status, and what its latest record says.</summary>
    public string List()
    {
        var text = new StringBuilder();
        int width = view.Judgements.Select(one => one.Id.ToString().Length).DefaultIfEmpty().Max();
        foreach (SelectedJudgement one in view.Judgements)
            text.AppendLine(string.Join("  ", one.Id.ToString().PadRight(width), EnumNames.NameOf(one.Status).PadRight(12),
                one.Records.Count == 0 ? "-" : JudgementText.Of(one.Records[^1])).TrimEnd());
        return text.ToString();
    }

    /// <summary>The same facts as one object.</summary>
    public object ToJson(bool withJudgements) => new
    {
        Experiment,
        Judges = Groups.Select(group => new
        {
            group.Key.Rubric,
            group.Key.Judge,
            group.First().Judge.Identity.Simulated,
            Judgements = group.Count(),
            Status = Enum.GetValues<JudgeStatus>().ToDictionary(EnumNames.NameOf, status => group.Count(one => one.Status == status)),
            CostUsd = SpentOn(group).Usd,
            UnpricedAttempts = SpentOn(group).Unpriced,
        }),
        view.RunsWithoutResult,
        BrokenRubrics = view.Broken.Select(one => new { Rubric = one.Name, one.Faults }),
        Judgements = withJudgements ? view.Judgements.Select(one => new
        {
            JudgementId = one.Id.ToString(),
            Status = EnumNames.NameOf(one.Status),
            Attempts = one.Records.Count,
            Latest = one.Records.Count == 0 ? null : JudgementText.Of(one.Records[^1]),
        }) : null,
    };

    private string Command(string words) => Project.CommandFor(words, view.Experiment.Layout.StoreFolder);

    private static Spending SpentOn(IEnumerable<SelectedJudgement> judgements) =>
        judgements.Aggregate(default(Spending), (sum, one) => sum + Spending.OfJudgement(one.Records));

    private static void WriteReasons(StringBuilder text, IEnumerable<SelectedJudgement> judgements)
    {
        (string Reason, int Count)[] reasons = [.. judgements.Where(one => one.Status == JudgeStatus.Failed)
            .Select(one => JudgementText.Of(one.Records[^1])).GroupBy(reason => reason)
            .Select(alike => (alike.Key, alike.Count())).OrderByDescending(reason => reason.Item2)];
        foreach ((string reason, int count) in reasons.Take(ReasonsShown))
            text.AppendLine(CultureInfo.InvariantCulture, $"  {count} x {StatusText.FirstLine(Cut(reason))}");
        if (reasons.Length > ReasonsShown)
            text.AppendLine(CultureInfo.InvariantCulture, $"  and {reasons.Length - ReasonsShown} other reasons; --list shows each");
    }

    private static string Cut(string text) => text.Length <= LongestReason ? text : text[..LongestReason] + " ...";
}
