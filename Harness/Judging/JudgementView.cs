using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Judging.Evidences;
using Tandem.Harness.Judging.Rubrics;
using Tandem.Harness.Judging.Rules;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Judging;

/// <summary>A judgement and where it stands.</summary>
public sealed record SelectedJudgement
{
    internal SelectedJudgement(JudgementId id, JudgeStatus status, IReadOnlyList<JudgementRecord> records, Rubric rubric,
        NamedJudge judge, RunRecord? run) =>
        (Id, Status, Records, Rubric, Judge, Run) = (id, status, records, rubric, judge, run);

    /// <summary>Names it.</summary>
    public JudgementId Id { get; }

    /// <summary>Its status when the store was read.</summary>
    public JudgeStatus Status { get; }

    /// <summary>Its records then, in the order of its attempts.</summary>
    internal IReadOnlyList<JudgementRecord> Records { get; }

    internal Rubric Rubric { get; }

    /// <summary>How a command names its rubric: by its name, or by the absolute path of a folder that is not in <c>rubrics/</c>.</summary>
    public string RubricWord => Rubric.Word;

    internal NamedJudge Judge { get; }

    /// <summary>The record of the run that counts; null if none does.</summary>
    internal RunRecord? Run { get; }
}

/// <summary>
/// The judgements of an experiment's runs before anybody judges: run x rubric x judge x repetition, each with its status. Comes from files
/// alone, and writes none.
/// </summary>
public sealed class JudgementView
{
    private readonly Dictionary<JudgementId, SelectedJudgement> _byId;

    private JudgementView(ExperimentView experiment, JudgementSelection selection, IReadOnlyList<SelectedJudgement> judgements) =>
        (Experiment, Selection, Judgements, _byId) = (experiment, selection, judgements, judgements.ToDictionary(one => one.Id));

    /// <summary>The experiment with its selected cases.</summary>
    public ExperimentView Experiment { get; }

    /// <summary>What was selected.</summary>
    public JudgementSelection Selection { get; }

    /// <summary>The selected judgements: rubric by rubric, judge by judge, repetition by repetition, in the order of the plan. Those of
    /// runs with nothing to judge are among them.</summary>
    public IReadOnlyList<SelectedJudgement> Judgements { get; }

    /// <summary>What a judge would be asked for: what is missing or was not finished; with a status named, all that stands so and can be
    /// judged.</summary>
    public IEnumerable<SelectedJudgement> Due => Judgements.Where(one => Selection.IsDue(one.Status));

    /// <summary>Lines of judgements that cannot be read; they count as not there.</summary>
    public int Faults { get; private init; }

    /// <summary>How many of the selected runs that a rubric may be for have no record that counts, so that nobody can judge them. They are
    /// not among the judgements.</summary>
    public int RunsWithoutResult { get; private init; }

    /// <summary>Folders of <c>rubrics/</c> that cannot be used and were left out; none where rubrics are named.</summary>
    public IReadOnlyList<BrokenRubric> Broken { get; private init; } = [];

    /// <summary>Rubrics by which the store has judgements, and which neither are in <c>rubrics/</c> nor were named.</summary>
    public IReadOnlyList<string> ForeignRubrics { get; private init; } = [];

    /// <summary>The judgement of an id; null if it is not selected.</summary>
    public SelectedJudgement? Find(JudgementId id) => _byId.GetValueOrDefault(id);

    /// <summary>Loads the judgements of an experiment's selected cases.</summary>
    /// <param name="experiment">The experiment; its selection names no status.</param>
    /// <param name="selection">Where it names no judge, <c>judges.default</c> judges; with a status named, those that have judged before
    /// as well. Without a default only those.</param>
    /// <exception cref="SettingsException">A rubric that is named cannot be used, or a judge cannot answer it.</exception>
    public static JudgementView Load(ExperimentView experiment, JudgementSelection selection)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(selection);
        var status = new StoreStatus(experiment.Layout, [.. experiment.Cases.Select(one => one.CaseId)]);
        status.Refresh();
        var stored = StoredJudgements.Read(experiment.Layout);
        var rubrics = RubricChoice.Of(selection);
        return new JudgementView(experiment, selection, [.. rubrics.Usable.SelectMany(rubric => Classify(
            rubric, Judges(rubric, experiment.Configuration, selection, stored), selection, status.Cases, stored))])
        {
            Faults = stored.Faults,
            Broken = rubrics.Broken,
            ForeignRubrics = selection.Rubrics.Count > 0 ? []
                : [.. stored.Rubrics.Except(rubrics.Usable.Select(rubric => rubric.Name)).Except(rubrics.Broken.Select(one => one.Name))],
            RunsWithoutResult = status.Cases.Count(one => one.Counting is null
                && rubrics.Usable.Any(rubric => IsFor(rubric, one.CaseId.Setting))),
        };
    }

    /// <summary>The selected judgements by one rubric, each with its status.</summary>
    internal static IEnumerable<SelectedJudgement> Classify(Rubric rubric, IReadOnlyList<NamedJudge> judges, JudgementSelection selection,
        IEnumerable<CaseStanding> standings, StoredJudgements stored)
    {
        RubricCase[] cases = judges.Count == 0 ? [] : [.. RubricCase.Of(rubric, standings)];
        foreach (NamedJudge judge in judges)
        {
            string segment = JudgeSegment.Of(judge.Identity.Model);
            foreach (int repetition in Enumerable.Range(1, selection.Repetitions))
            {
                foreach (RubricCase one in cases)
                {
                    var id = new JudgementId(rubric.Name, segment, repetition, one.CaseId);
                    IReadOnlyList<JudgementRecord> own = stored.Find(id);
                    // A run that was never made is no judgement that lacks something.
                    if (one.Run is null && own.Count == 0 && stored.BegunAttempt(id) is null)
                        continue;
                    JudgeStatus stands = one.SourceDigest is null ? JudgeStatus.AgentFailed : JudgeStatusReader.Of(one.Run, own,
                        Judgement.InputsOf(rubric, judge.Identity, one.SourceDigest), stored.BegunAttempt(id));
                    if (selection.Selects(stands))
                        yield return new SelectedJudgement(id, stands, own, rubric, judge, one.Run);
                }
            }
        }
    }

    private static bool IsFor(Rubric rubric, Setting setting) =>
        rubric.Definition.Runs.Settings is { Count: 0 } || rubric.Definition.Runs.Settings.Contains(setting);

    private static NamedJudge[] Judges(Rubric rubric, ExperimentConfiguration configuration, JudgementSelection selection,
        StoredJudgements stored)
    {
        bool isNamed = selection.Judges.Count > 0;
        string[] fallback = configuration.Judges.Default is string name ? [name] : [];
        IEnumerable<string> HaveJudged() => stored.JudgesOf(rubric.Name);
        IEnumerable<string> names = isNamed ? selection.Judges.Concat(selection.AddedJudges)
            : selection.AddedJudges.Count > 0 ? HaveJudged().Concat(selection.AddedJudges)
            : selection.Statuses.Count > 0 || fallback.Length == 0 ? HaveJudged().Concat(fallback)
            : fallback;
        // The same judge may be named by its alias, too.
        NamedJudge[] judges = [.. names.Select(one => NamedJudge.Of(one, configuration)).DistinctBy(judge => judge.Identity.Model)];
        NamedJudge[] able = [.. judges.Where(judge => judge.Answers(rubric.Name))];
        return able.Length == judges.Length || selection.Rubrics.Count == 0 ? able
            : throw new SettingsException($"The judge '{judges.Except(able).First().Identity.Named}'",
                [$"It has no rules for the rubric {rubric.Name}; it has some for {string.Join(", ", WordRules.Rubrics)}. "
                    + "Name a model as the judge, or another rubric."]);
    }

    /// <summary>A run as one rubric sees it.</summary>
    /// <param name="CaseId">The case.</param>
    /// <param name="Run">Its record that counts.</param>
    /// <param name="SourceDigest">Of what the evidence is made from; null where there is nothing to judge.</param>
    private sealed record RubricCase(CaseId CaseId, RunRecord? Run, string? SourceDigest)
    {
        public static IEnumerable<RubricCase> Of(Rubric rubric, IEnumerable<CaseStanding> cases)
        {
            foreach (CaseStanding standing in cases.Where(one => IsFor(rubric, one.CaseId.Setting)))
            {
                if (standing.Counting is not RunRecord run || run.AgentStatus == AgentStatus.Error)
                    yield return new RubricCase(standing.CaseId, standing.Counting, null);
                else if (rubric.AppliesTo(run))
                    yield return new RubricCase(standing.CaseId, run, EvidenceSource.DigestOf(rubric, run));
            }
        }
    }
}
