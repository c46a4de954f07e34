using System.Text;
using Tandem.Records.Runs;

namespace Tandem.Harness.Evaluation;

/// <summary>What an evaluation has found so far. It becomes a result at any point, so that a fault loses nothing of what came
/// before.</summary>
internal sealed class EvaluationDraft(EvaluationRequest request)
{
    private GradedPatch[] _graded = GradeBy(request, DroppedPaths.None);
    private PatchMerge? _merge;

    /// <summary>What the case's tests bring.</summary>
    public DroppedPaths Tests { get; private set; } = DroppedPaths.None;

    public IReadOnlyList<AgentPatch> Graded =>
        [.. request.Patches.Zip(_graded, (patch, graded) => patch with { Content = graded.Content })];

    /// <summary>Where the evaluation is: a fault belongs to this phase.</summary>
    public CasePhase Phase { get; set; } = CasePhase.Merge;

    /// <summary>What became of the patches. What of them only git could read is dropped from then on.</summary>
    public PatchMerge? Merge
    {
        get => _merge;
        set
        {
            _merge = value;
            if (value is { Escaped: [_, ..] escaped })
                _graded = [.. _graded.Select(graded => graded with { Dropped = With(graded, escaped) })];
        }
    }

    /// <summary>The runs so far, in the order of the features.</summary>
    public List<TestRun> Runs { get; } = [];

    public double MergeSeconds { get; set; }

    public double? TestsSeconds { get; set; }

    public RunError? Error { get; set; }

    /// <summary>Whether another evaluation would come to the same error.</summary>
    public bool IsSettled { get; set; }

    /// <summary>Marks of the verdicts; null where no feature passed.</summary>
    public IReadOnlyList<SuspectMark>? Suspect { get; set; }

    /// <summary>Grades the patches by what the case's tests bring.</summary>
    public void GradeBy(DroppedPaths tests) => (Tests, _graded) = (tests, GradeBy(request, tests));

    public EvaluationResult Finish(SandboxReport? sandbox, DateTimeOffset now) => new()
    {
        Report = Report(now),
        Error = Error,
        IsSettled = IsSettled,
        GradedPatches = [.. _graded.Select(graded => graded.Content)],
        MergedDiff = Merge?.Diff,
        TestOutputs = [.. Runs.Select(run => run.Output)],
        BaseCommit = Merge?.BaseCommit,
        Sandbox = sandbox,
        MergeSeconds = MergeSeconds,
        TestsSeconds = TestsSeconds,
    };

    private EvaluationReport Report(DateTimeOffset now) => new()
    {
        SchemaVersion = RunRecord.CurrentSchemaVersion,
        CaseId = request.CaseId,
        ApplyStatus = Merge?.ApplyStatus ?? [],
        Dropped = _graded.Any(graded => graded.Dropped.Count > 0) ? [.. _graded.Select(graded => graded.Dropped)] : null,
        MergeOutcome = Merge?.Outcome,
        // Where the patches were not reached, upstream's word for it; a single patch has no merge.
        MergeStatus = Merge is not null ? Merge.Status : request.Patches.Count > 1 ? MergeStatus.Error : null,
        MergeStrategy = Merge?.Strategy,
        NaiveConflict = Merge?.NaiveConflict,
        MergeOutput = Merge?.Transcript,
        Tests = Verdicts(),
        Suspect = Error is null ? Suspect : null,
        EvalError = Error?.Message,
        EvaluatedAt = now,
    };

    /// <summary>Which agent brought a path is known of a single one, else by the file's name in its patch.</summary>
    private IReadOnlyList<PatchOmission> With(GradedPatch graded, IReadOnlyList<PatchOmission> escaped) => PatchOmission.Bounded(
        [.. graded.Dropped, .. escaped.Where(omission => _graded.Length == 1
            || graded.Content.Span.IndexOf(Encoding.UTF8.GetBytes(Path.GetFileName(omission.Path))) >= 0)]);

    private static GradedPatch[] GradeBy(EvaluationRequest request, DroppedPaths tests) =>
        [.. request.Patches.Select(patch => PatchFilter.Grade(patch.Content, tests))];

    private IReadOnlyList<FeatureTestReport> Verdicts() =>
        Error is not null ? [.. Runs.Select(run => run.ToReport() with { Passed = null })]
        : Merge is { Diff: null }
        ? [.. request.CaseId.Features.Select(id =>
        new FeatureTestReport(id, false, null, null, null, null, TestFailureReason.NotMerged, null))]
        : [.. Runs.Select(run => run.ToReport())];
}
