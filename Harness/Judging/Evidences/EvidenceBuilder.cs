using System.Globalization;
using Tandem.Harness.Judging.Rubrics;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Judging.Evidences;

/// <summary>
/// Makes of one run what a judge reads: the parts that the rubric names, each within its size. A file that is missing or cannot be read
/// takes nothing else with it; its section says so.
/// </summary>
internal sealed class EvidenceBuilder
{
    private readonly RunRecord _run;
    private readonly RunFiles _files;
    private readonly NameBlinder _blinder;
    private readonly string? _taskText;

    // Of the section that is being made.
    private long _leftOut;

    private EvidenceBuilder(StoreLayout layout, RunRecord run, string? taskText, IReadOnlyList<ShownName> shown) =>
        (_run, _files, _blinder, _taskText) = (run, new RunFiles(layout, run), NameBlinder.Of(layout, run, shown), taskText);

    /// <param name="rubric">Says which parts, and how much of each.</param>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="run">The record of the run that is judged.</param>
    /// <param name="taskText">What the agents were asked to build; null if the task set is not at hand.</param>
    public static Evidence Build(Rubric rubric, StoreLayout layout, RunRecord run, string? taskText)
    {
        var builder = new EvidenceBuilder(layout, run, taskText, rubric.Definition.Show);
        var messages = new List<EvidenceMessage>();
        EvidenceSection[] sections = [.. rubric.Evidence.Select(part => builder.Section(part.Part, part.Bytes, messages))];
        return new Evidence(sections, messages, NameBlinder.Shown(run, rubric.Definition.Show));
    }

    private EvidenceSection Section(EvidencePart part, int bytes, List<EvidenceMessage> messages)
    {
        if (part == EvidencePart.Conversation)
        {
            (EvidenceSection section, IReadOnlyList<EvidenceMessage> shown) = Conversation(bytes);
            messages.AddRange(shown);
            return section;
        }
        _leftOut = 0;
        EvidenceBlock[] blocks = [.. part switch
        {
            EvidencePart.Task => _taskText is null
                ? Nothing("The text of the task is not at hand.")
                : Fit(_taskText, bytes).Blocks("what the agents were asked to build"),
            EvidencePart.Patches => Patches(bytes),
            EvidencePart.Merge => Merge(bytes),
            EvidencePart.Tests => Tests(bytes),
            EvidencePart.Trajectory => Trajectory(bytes),
            _ => throw new ArgumentOutOfRangeException(nameof(part), part, "No such part."),
        }];
        return new EvidenceSection(part, blocks, _leftOut);
    }

    private (EvidenceSection Section, IReadOnlyList<EvidenceMessage> Messages) Conversation(int bytes)
    {
        if (_files.Find(StoreLayout.ConversationFile) is not string path)
            return ConversationSection.Of(null, "There is no conversation.", bytes, Readable);
        return ConversationSection.Of(RunFiles.ReadJson<IReadOnlyList<MessageRecord>>(path), "The conversation cannot be read.", bytes,
            Readable);
    }

    private EvidenceBlock[] Patches(int bytes)
    {
        string[] agents = [.. _run.Agents.Select(agent => agent.AgentId)];
        if (agents.Length == 0)
            return Nothing("No agent came to leave a patch.");
        return [.. agents.SelectMany(agent => Patch(agent, bytes / agents.Length))];
    }

    private IEnumerable<EvidenceBlock> Patch(string agent, int bytes)
    {
        if (_files.Find(StoreLayout.RawPatch(agent)) is not string path || Read(path, bytes) is not FittedText patch)
            return Nothing($"patch of {agent}: there is none");
        if (patch.Head.Length == 0)
            return Nothing($"patch of {agent}: it is empty");
        bool isGradedOtherwise = _files.Find($"{agent}.graded.patch") is string graded
            && new FileInfo(graded).Length != new FileInfo(path).Length;
        string note = isGradedOtherwise ? " (the tests ran without its changes of test files)" : "";
        return patch.Blocks($"patch of {agent}{note}");
    }

    private IEnumerable<EvidenceBlock> Merge(int bytes)
    {
        EvaluationReport? report = _files.Find(StoreLayout.EvaluationFile) is string path
            ? RunFiles.ReadJson<EvaluationReport>(path) : null;
        string outcome = _run.MergeOutcome is MergeOutcome merge ? EnumNames.NameOf(merge) : "not reached";
        string naive = _run.NaiveConflict is bool conflicted ? $"; git's own merge {(conflicted ? "conflicted" : "worked")}" : "";
        string applied = string.Concat(_run.Agents.Where(agent => agent.ApplyStatus is not null)
            .Select(agent => $"; patch of {agent.AgentId}: {EnumNames.NameOf(agent.ApplyStatus!.Value)}"));
        string header = $"merge: {outcome}{naive}{applied}";
        if (report is null)
            return Nothing(header + "; what git said is not at hand");
        return Fit(report.MergeOutput ?? "", bytes).Blocks(header);
    }

    private EvidenceBlock[] Tests(int bytes)
    {
        if (_run.Tests.Count == 0)
            return Nothing("The tests were not reached.");
        return [.. _run.Tests.SelectMany(test => Log(test, bytes / _run.Tests.Count))];
    }

    private IEnumerable<EvidenceBlock> Log(FeatureTestReport test, int bytes)
    {
        string verdict = test.Passed switch { true => "passed", false => "failed", null => "no verdict" };
        string counts = test.TestsPassed is null && test.TestsFailed is null ? "" : string.Create(CultureInfo.InvariantCulture,
            $"; {test.TestsPassed ?? 0} tests passed, {test.TestsFailed ?? 0} failed");
        string reason = test.Reason is TestFailureReason why ? $"; {EnumNames.NameOf(why)}" : "";
        string header = string.Create(CultureInfo.InvariantCulture, $"tests of feature {test.FeatureId}: {verdict}{counts}{reason}");
        string name = string.Create(CultureInfo.InvariantCulture, $"tests_f{test.FeatureId}.log");
        return _files.Find(name) is string path && Read(path, bytes) is FittedText log
            ? log.Blocks(header)
            : Nothing(header + "; their output is not at hand");
    }

    private IEnumerable<EvidenceBlock> Trajectory(int bytes)
    {
        if (_files.Find(StoreLayout.TrajectoryFile) is not string path)
            return Nothing("There is no trajectory.");
        TrajectorySummary? summary = TrajectorySummary.Read(path, bytes, Readable);
        _leftOut = summary?.LeftOutBytes ?? 0;
        return summary?.Blocks ?? Nothing("The trajectory cannot be read.");
    }

    private FittedText Fit(string text, int bytes) => Counted(EvidenceText.Fit(Readable(text), bytes));

    private FittedText? Read(string path, int bytes) =>
        RunFiles.Read(path, bytes, _blinder.Blind) is FittedText text ? Counted(text) : null;

    private FittedText Counted(FittedText text)
    {
        _leftOut += text.LeftOutBytes;
        return text;
    }

    private string Readable(string text) => _blinder.Blind(EvidenceText.Clean(text));

    private static EvidenceBlock[] Nothing(string header) => [new EvidenceBlock(header, "")];
}
