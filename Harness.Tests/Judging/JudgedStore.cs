using System.Globalization;
using System.Text.Json.Nodes;
using Tandem.FakeModel;
using Tandem.Harness.Experiments;
using Tandem.Harness.Judging;
using Tandem.Records.Cases;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Tests.Judging;

/// <summary>A store with failed runs of two agents that wrote to each other, for judges to read: the ten pairs of the built-in subset in
/// some seeds, all with the same conversation.</summary>
internal sealed class JudgedStore : IDisposable
{
    public const string Experiment = "judged";

    /// <summary>A communication error that its conversation bears.</summary>
    public const string Error = """{"label": "C1b", "quotes": ["Which lines do you change?", "I wait for it."], "reason": "x"}""";

    /// <summary>Symptoms that its evidence bears.</summary>
    public const string Symptoms = """
        {"primary": {"label": "unresponsiveness", "quotes": ["Which lines do you change?"], "reason": "x"},
         "secondary": {"label": "none", "quotes": [], "reason": "x"}}
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tandem-judged-");
    private readonly JudgedRun _template = new("Which lines do you change?", "I wait for it.");

    /// <param name="seeds">From 1; ten runs each.</param>
    /// <param name="settings">Further keys of the experiment.</param>
    public JudgedStore(int seeds = 1, JsonObject? settings = null)
    {
        ExperimentFile = Path.Combine(_folder.FullName, $"{Experiment}.json");
        JsonObject file = settings ?? [];
        file["name"] = Experiment;
        file["tasks"] = new JsonObject { ["path"] = "tasks", ["subset"] = "lite" };
        file["settings"] = new JsonArray("coop-comm");
        file["seeds"] = new JsonObject { ["coop-comm"] = new JsonArray([.. Enumerable.Range(0, seeds).Select(seed => (JsonNode)seed)]) };
        file["agent"] = new JsonObject { ["kind"] = "simulated" };
        File.WriteAllText(ExperimentFile, file.ToJsonString());
        Layout = new StoreLayout(Path.Combine(_folder.FullName, "store"), Experiment);
        ExperimentPlan plan = ExperimentPlanner.Freeze(View().Plan, Layout);
        using var writer = new RunFileWriter(Layout, "run-1", "0.1.0", TimeProvider.System);
        foreach (CaseId caseId in plan.Cases)
        {
            string attempt = Layout.AttemptFolder(caseId, 1);
            Directory.CreateDirectory(attempt);
            foreach (string path in Directory.EnumerateFiles(Path.GetDirectoryName(_template.PathOf("x"))!))
                File.Copy(path, Path.Combine(attempt, Path.GetFileName(path)));
            writer.Append(RunOf(caseId));
        }
    }

    public string ExperimentFile { get; }

    public StoreLayout Layout { get; }

    public void Dispose()
    {
        _template.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>A sound record of a run with the files of the template.</summary>
    public RunRecord RunOf(CaseId caseId) => _template.Run with
    {
        Experiment = Experiment,
        CaseId = caseId,
        AttemptId = $"attempt-{caseId.ToString().Replace('/', '-')}",
        Agent = "simulated",
        Model = null,
        Simulated = true,
        Repo = caseId.Repo,
        TaskId = caseId.TaskId,
        Features = caseId.Features,
        Setting = caseId.Setting,
        Seed = caseId.Seed,
        RunName = $"{Experiment}-coop-comm",
    };

    /// <summary>Appends a record, as another process would.</summary>
    public void Append(RunRecord record)
    {
        using var writer = new RunFileWriter(Layout, "run-2", "0.1.0", TimeProvider.System);
        writer.Append(record);
    }

    /// <summary>The judgements as they stand now.</summary>
    /// <param name="selection">Which.</param>
    /// <param name="variables">Further variables, such as overrides.</param>
    public JudgementView Judgements(JudgementSelection selection, params (string Name, string Value)[] variables) =>
        JudgementView.Load(View(variables), selection);

    /// <summary>All records, in the order of id and attempt.</summary>
    public IReadOnlyList<JudgementRecord> Records()
    {
        var reader = new JudgementReader(Layout);
        JudgementRecord[] records = [.. reader.Read().Select(stored => stored.Record)
            .OrderBy(record => record.JudgementId.ToString(), StringComparer.Ordinal).ThenBy(record => record.Attempt)];
        return reader.Faults.Count == 0 ? records : throw new InvalidDataException(string.Join("; ", reader.Faults));
    }

    /// <summary>Answers by the question: each judge gives what its evidence bears.</summary>
    public static FakeAnswer Good(FakeRequest request) =>
        new FakeAnswer.Says(IsAboutSymptoms(request) ? Symptoms : Error);

    public static bool IsAboutSymptoms(FakeRequest request) =>
        request.Messages[1]!["content"]!.ToString().Contains("\"primary\"", StringComparison.Ordinal);

    private ExperimentView View(params (string Name, string Value)[] variables)
    {
        Dictionary<string, string> environment = variables.ToDictionary(one => one.Name, one => one.Value);
        environment[ExperimentView.ExperimentVariable] = ExperimentFile;
        // Layout is set once the plan is; before, the experiment is planned anew.
        return ExperimentView.Load(environment, Path.Combine(_folder.FullName, "store"), TimeProvider.System,
            asStored: File.Exists(Layout.PlanFile));
    }

    /// <summary>The variables by which judges reach a server.</summary>
    public static (string Name, string Value)[] At(FakeModelServer server, double requestSeconds = 60) =>
    [
        ("TANDEM__Model__BaseUrl", server.BaseUrl.ToString()),
        ("TANDEM__Model__RequestSeconds", requestSeconds.ToString(CultureInfo.InvariantCulture)),
        ("TANDEM__Model__Retries", "0"),
        ("TANDEM__Run__RetryPauseSeconds", "0"),
        ("TANDEM__Limits__MaxCostUsd", "unlimited"),
    ];
}
