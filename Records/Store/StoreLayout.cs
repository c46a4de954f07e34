using System.Globalization;
using Tandem.Records.Cases;
using Tandem.Records.Json;

namespace Tandem.Records.Store;

/// <summary>Where everything of one experiment is in a store: <c>STORE/EXPERIMENT/...</c>. Makes no folder.</summary>
public sealed class StoreLayout
{
    /// <param name="storeFolder">The store's folder.</param>
    /// <param name="experiment">The experiment's name, a safe segment.</param>
    /// <exception cref="FormatException">The name cannot be a folder's.</exception>
    public StoreLayout(string storeFolder, string experiment)
    {
        ArgumentException.ThrowIfNullOrEmpty(storeFolder);
        if (!SafeSegment.IsSafe(experiment))
            throw new FormatException($"'{experiment}' cannot name an experiment: {SafeSegment.Rule}.");
        StoreFolder = Path.GetFullPath(storeFolder);
        Experiment = experiment;
    }

    /// <summary>Name of the file that makes a folder an experiment: its plan.</summary>
    public const string PlanName = "experiment.json";

    /// <summary>Name of the intent in an attempt's folder; primary.</summary>
    public const string AttemptFile = "attempt.json";

    internal const string AttemptPrefix = "attempt";
    internal const string GatewayName = "gateway";

    /// <summary>Name of the phases' journal; primary.</summary>
    public const string EventsFile = "events.jsonl";

    /// <summary>Name of the agents' trajectory; primary.</summary>
    public const string TrajectoryFile = "trajectory.jsonl";

    /// <summary>Name of the messages' file (coop-comm only); derived: the record holds the messages, too.</summary>
    public const string ConversationFile = "conversation.json";

    /// <summary>Name of the agents' report; derived.</summary>
    public const string AgentsFile = "agent.json";

    /// <summary>Name of the merged change; derived.</summary>
    public const string MergedFile = "merged.patch";

    /// <summary>Name of the evaluation's report; derived.</summary>
    public const string EvaluationFile = "eval.json";

    /// <summary>Name of the record's copy; derived.</summary>
    public const string ResultFile = "result.json";

    /// <summary>Name of the file with the division into shards.</summary>
    public const string ShardsName = "shards.json";

    /// <summary>The store, absolute.</summary>
    public string StoreFolder { get; }

    public string Experiment { get; }

    public string ExperimentFolder => Path.Combine(StoreFolder, Experiment);

    public string PlanFile => Path.Combine(ExperimentFolder, PlanName);

    /// <summary>Into which shards the cases are divided; only where they are.</summary>
    public string ShardsFile => Path.Combine(ExperimentFolder, ShardsName);

    public string RunsFolder => Path.Combine(ExperimentFolder, "runs");

    /// <summary>The records of judges.</summary>
    public string JudgementsFolder => Path.Combine(ExperimentFolder, "judgements");

    /// <summary>What judges were being asked: see <see cref="JudgementFileWriter.OfCalls"/>.</summary>
    public string JudgementCallsFolder => Path.Combine(JudgementsFolder, "calls");

    /// <summary>Labels that were imported, beneath the records of judges.</summary>
    public string LabelsFolder => Path.Combine(JudgementsFolder, "labels");

    /// <summary>Conversations of scenarios that had begun: see <see cref="ScenarioFileWriter"/>.</summary>
    public string ScenarioCallsFolder => Path.Combine(ExperimentFolder, "calls");

    public string ArtifactsFolder => Path.Combine(ExperimentFolder, "artifacts");

    /// <summary>Lock files, one per case; never deleted.</summary>
    public string ClaimsFolder => Path.Combine(ExperimentFolder, "claims");

    /// <summary>What <c>collect</c> writes.</summary>
    public string ResultsFile => Path.Combine(ExperimentFolder, "results.json");

    public string CaseFolder(CaseId caseId) => Path.Combine(ArtifactsFolder, caseId.ToString().Replace('/', Path.DirectorySeparatorChar));

    public string AttemptFolder(CaseId caseId, int attempt) =>
        Path.Combine(CaseFolder(caseId), string.Create(CultureInfo.InvariantCulture, $"{AttemptPrefix}{attempt}"));

    /// <summary>The name of a patch as the agent left it; primary.</summary>
    public static string RawPatch(string agentId) => agentId + ".patch";

    /// <summary>The name of a submission file that was not graded, since it does not apply; primary.</summary>
    public static string RefusedSubmission(string agentId) => agentId + ".submission.patch";

    /// <summary>The name of an agent's patch without changes of test files; derived.</summary>
    public static string GradedPatch(string agentId) => agentId + ".graded.patch";

    /// <summary>The name of the output of a feature's tests; derived.</summary>
    public static string TestOutput(int feature) => string.Create(CultureInfo.InvariantCulture, $"tests_f{feature}.log");

    /// <summary>The name of a derived artifact in a revision: <c>eval.json</c> first, <c>eval.r2.json</c> when it was made again.</summary>
    public static string Revised(string name, int revision) => revision == 1
        ? name
        : string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(name)}.r{revision}{Path.GetExtension(name)}");

    /// <summary>The folder of what a command-line agent asked through the gateway and was answered; primary.</summary>
    public static string GatewayFolder(string attemptFolder, string agentId) => Path.Combine(attemptFolder, GatewayName, agentId);

    /// <summary>The numbers of a case's attempts that have a folder, ascending.</summary>
    public IReadOnlyList<int> AttemptNumbers(CaseId caseId)
    {
        string folder = CaseFolder(caseId);
        if (!Directory.Exists(folder))
            return [];
        var numbers = new List<int>();
        foreach (string path in Directory.EnumerateDirectories(folder, AttemptPrefix + "*"))
        {
            if (int.TryParse(Path.GetFileName(path.AsSpan())[AttemptPrefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture,
                out int number) && number > 0)
                numbers.Add(number);
        }
        numbers.Sort();
        return numbers;
    }

    /// <summary>The run files, absolute, in ordinal order of their names; none if the experiment has no such folder.</summary>
    public IReadOnlyList<string> RunFiles() => LineFiles(RunsFolder);

    /// <summary>The judgement files, absolute, in ordinal order of their names; none if the experiment has no such folder.</summary>
    public IReadOnlyList<string> JudgementFiles() => LineFiles(JudgementsFolder);

    /// <summary>The files of calls to judges, absolute, in ordinal order of their names; none if there is no such folder.</summary>
    public IReadOnlyList<string> JudgementCallFiles() => LineFiles(JudgementCallsFolder);

    /// <summary>The files of imported labels, absolute, in ordinal order of their names; none if the experiment has no such
    /// folder.</summary>
    public IReadOnlyList<string> LabelFiles() => LineFiles(LabelsFolder);

    /// <summary>The files of scenarios' calls, absolute, in ordinal order of their names; none if there is no such folder.</summary>
    public IReadOnlyList<string> ScenarioCallFiles() => LineFiles(ScenarioCallsFolder);

    private static IReadOnlyList<string> LineFiles(string folder) => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*.jsonl").Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The file name of imported labels: <c>labels_0123456789abcdef.jsonl</c>.</summary>
    /// <param name="sha256">Digest of the file that they come from, lower-case hex.</param>
    public static string LabelFileName(string sha256) => $"labels_{sha256[..16]}.jsonl";

    /// <summary>The file name of a judgement file: <c>symptoms_gpt-4o_rep1_20260501T100000Z_host-4711-3f2a.jsonl</c>.</summary>
    /// <param name="rubric">The rubric's name.</param>
    /// <param name="judge">The judge, as <see cref="Judgements.JudgeSegment.Of"/> makes it.</param>
    /// <param name="repetition">From 1.</param>
    /// <param name="createdAt">When the file was begun.</param>
    /// <param name="writer">The process that writes it.</param>
    public static string JudgementFileName(string rubric, string judge, int repetition, DateTimeOffset createdAt, string writer) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{rubric}_{judge}_rep{repetition}_{createdAt.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}_{writer}.jsonl");

    /// <summary>The file name of a run file: <c>solo_seed0_20260501T100000Z_host-4711-3f2a.jsonl</c>.</summary>
    public static string RunFileName(Setting setting, int seed, DateTimeOffset createdAt, string writer) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{EnumNames.NameOf(setting)}_seed{seed}_{createdAt.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}_{writer}.jsonl");

    /// <summary>The file name of scenario results: <c>applike_run2_20260501T100000Z_host-4711-3f2a.jsonl</c>.</summary>
    /// <param name="variant">The variant's name.</param>
    /// <param name="repetition">From 1.</param>
    /// <param name="createdAt">When the file was begun.</param>
    /// <param name="writer">The process that writes it.</param>
    public static string ScenarioFileName(string variant, int repetition, DateTimeOffset createdAt, string writer) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{variant}_run{repetition}_{createdAt.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}_{writer}.jsonl");

    /// <summary>Where a store keeps the output of image builds that failed. Experiments share images; no experiment can have a name that
    /// starts with a dot.</summary>
    public static string ImageLogsFolder(string storeFolder) => Path.Combine(Path.GetFullPath(storeFolder), ".images");

    /// <summary>Where a store keeps whether the tests of features pass with their gold patches; experiments share the answers.</summary>
    public static string GoldFolder(string storeFolder) => Path.Combine(Path.GetFullPath(storeFolder), ".gold");

    /// <summary>The experiments of a store: its folders that hold a plan, in ordinal order.</summary>
    public static IReadOnlyList<string> Experiments(string storeFolder) => !Directory.Exists(storeFolder)
        ? []
        : [.. Directory.EnumerateDirectories(storeFolder)
            .Where(folder => File.Exists(Path.Combine(folder, PlanName)))
            .Select(folder => Path.GetFileName(folder))
            .Where(SafeSegment.IsSafe)
            .Order(StringComparer.Ordinal)];
}
