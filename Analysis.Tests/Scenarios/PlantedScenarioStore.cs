using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Tandem.Analysis.Commands;
using Tandem.Analysis.Scenarios;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Analysis.Tests.Scenarios;

/// <summary>Builds the store of a scenario experiment, through the real writer: a plan first, then records.</summary>
internal sealed class PlantedScenarioStore : IDisposable
{
    public const string Check = "tool_called book_table";
    public const string OtherCheck = "text_contains booked";

    private readonly TempFolder? _own;

    /// <summary>Makes the plan of scenarios <c>s1</c>, <c>s2</c>, ... under variants.</summary>
    /// <param name="scenarios">How many.</param>
    /// <param name="variants">Their names.</param>
    /// <param name="repetitions">Of each.</param>
    /// <param name="name">The experiment's name.</param>
    /// <param name="store">The store's folder; null for one of its own.</param>
    public PlantedScenarioStore(int scenarios = 2, string[]? variants = null, int repetitions = 2, string name = "talks",
        string? store = null)
    {
        _own = store is null ? new TempFolder() : null;
        Layout = new StoreLayout(store ?? _own!.File("store"), name);
        string[] ids = [.. Enumerable.Range(1, scenarios).Select(number => $"s{number}")];
        variants ??= ["plain", "formal"];
        Plan = new ScenarioPlan
        {
            Kind = ScenarioPlan.ScenariosKind,
            SchemaVersion = ScenarioRecord.CurrentSchemaVersion,
            Experiment = name,
            CreatedAt = FixedClock.Time,
            Model = "acme-1",
            Simulated = false,
            ModelDigest = Digest("acme-1"),
            AllowsEmptyText = false,
            ScenarioPassRate = null,
            Repetitions = repetitions,
            Settings = JsonDocument.Parse("""{"temperature":0.2}""").RootElement,
            DefinitionDigests = new Dictionary<string, string> { ["scenarios.json"] = Digest("scenarios") },
            Variants = [.. variants.Select(variant => new PlannedVariant(variant, null, ["book_table", "find_table"]))],
            Scenarios = [.. ids.Select(id => new PlannedScenario(id, $"Book a table ({id})", ["booking"], null, null))],
            Conversations = [.. ids.SelectMany(id => variants.Select(variant => new PlannedConversation(
                id, variant, Digest($"{id} {variant} acme-1"), Digest($"{id} {variant} expectations"), [Check, OtherCheck])))],
        };
        WritePlan(plan => plan);
    }

    public StoreLayout Layout { get; }

    public ScenarioPlan Plan { get; private set; }

    /// <summary>A sound store: every case has a record, and all pass but where the last scenario is asked in the second variant.</summary>
    public static PlantedScenarioStore Sound(int scenarios = 2, string[]? variants = null, int repetitions = 2, string name = "talks",
        string? store = null)
    {
        var planted = new PlantedScenarioStore(scenarios, variants, repetitions, name, store);
        planted.Fill((id, _) => id.Variant == planted.Plan.Variants[0].Name || id.Scenario != $"s{scenarios}");
        return planted;
    }

    /// <summary>A record for each case of the plan.</summary>
    /// <param name="passed">Whether it passes; null for an infrastructure error.</param>
    public PlantedScenarioStore Fill(Func<ScenarioCaseId, int, bool?> passed)
    {
        Add([.. Plan.Cases.Select((id, place) => passed(id, place) is bool verdict ? Record(id, verdict) : Failed(id))]);
        return this;
    }

    public PlantedScenarioStore WritePlan(Func<ScenarioPlan, ScenarioPlan> change)
    {
        Plan = change(Plan);
        DurableFile.Write(Layout.PlanFile, StoreJson.ToFile(Plan));
        return this;
    }

    /// <summary>Appends records, to the file of their variant and repetition, which has a fixed name.</summary>
    public PlantedScenarioStore Add(params IReadOnlyList<ScenarioRecord> records) => Append(Layout.RunsFolder,
        ScenarioMetadata.ResultsKind, metadata => metadata, records);

    /// <summary>Appends records to files with other first lines.</summary>
    public PlantedScenarioStore AddWith(Func<ScenarioMetadata, ScenarioMetadata> change, params IReadOnlyList<ScenarioRecord> records) =>
        Append(Layout.RunsFolder, ScenarioMetadata.ResultsKind, change, records);

    /// <summary>Appends what stood on disk before a conversation.</summary>
    public PlantedScenarioStore Begin(params IReadOnlyList<ScenarioRecord> records) =>
        Append(Layout.ScenarioCallsFolder, ScenarioMetadata.CallsKind, metadata => metadata, records);

    /// <summary>A conversation that called a tool and then answered.</summary>
    public ScenarioRecord Record(ScenarioCaseId id, bool passed = true, int attempt = 1)
    {
        PlannedConversation? planned = Plan.Find(id.Variant, id.Scenario);
        string tool = passed ? "book_table" : "find_table";
        JsonElement arguments = JsonDocument.Parse("""{"persons":2}""").RootElement;
        return new ScenarioRecord
        {
            Type = ScenarioRecord.ResultType,
            SchemaVersion = ScenarioRecord.CurrentSchemaVersion,
            RunId = "run-1",
            Experiment = Layout.Experiment,
            CaseId = id,
            ScenarioId = id.Scenario,
            Variant = id.Variant,
            Rep = id.Repetition,
            Attempt = attempt,
            Revision = 1,
            AttemptReason = AttemptReason.Due,
            StartedAt = FixedClock.Time,
            DurationSeconds = 2.5,
            Model = Plan.Model,
            Simulated = Plan.Simulated,
            Temperature = 0.2,
            ConversationDigest = planned?.ConversationDigest ?? Digest("none"),
            ExpectationsDigest = planned?.ExpectationsDigest ?? Digest("none"),
            ResponseText = passed ? "Your table is booked." : "Which day?",
            ToolCalls = [new ScenarioToolCall(1, "call-1", tool, """{"persons":2}""", arguments, null, "ok")],
            Turns =
            [
                new ScenarioTurn(1, null, 1, "tool_calls", new TokenCounts(100, 10, null, null), 0.001m, 1.0, 0),
                new ScenarioTurn(2, passed ? "Your table is booked." : "Which day?", 0, "stop", new TokenCounts(120, 20, null, null),
                    0.002m, 1.0, 0),
            ],
            FinishReason = "stop",
            EndedBy = ScenarioEnd.Answered,
            EndDetail = null,
            Usage = new TokenCounts(220, 30, null, null),
            Cost = 0.003m,
            LatencySeconds = 2.0,
            Calls = 2,
            Reruns = 0,
            FailedTries = [],
            Error = null,
            Interrupted = false,
            Checks = [new ScenarioCheck(Check, passed, passed ? null : "called find_table"), new ScenarioCheck(OtherCheck, true, null)],
            Passed = passed,
            Harness = "0.1.0+test",
        };
    }

    /// <summary>Lost to the infrastructure.</summary>
    public ScenarioRecord Failed(ScenarioCaseId id, int attempt = 1, ErrorClass error = ErrorClass.ModelTransport) => Record(id) with
    {
        Attempt = attempt,
        ResponseText = null,
        ToolCalls = [],
        Turns = [],
        FinishReason = null,
        EndedBy = null,
        Usage = null,
        Cost = null,
        LatencySeconds = null,
        Error = new ScenarioError(error, "The endpoint did not answer."),
        Checks = [],
        Passed = null,
    };

    /// <summary>Cut off by us.</summary>
    public ScenarioRecord Interrupted(ScenarioCaseId id, int attempt = 1) =>
        Failed(id, attempt) with { Error = null, Interrupted = true };

    /// <summary>The file of a variant and repetition, absolute.</summary>
    public string RunFile(string variant, int repetition = 1) => Path.Combine(Layout.RunsFolder, $"{variant}_run{repetition}.jsonl");

    public ScenarioDataset Read() => ScenarioDataset.Read(Layout);

    /// <summary>Calls the analysis program on this store.</summary>
    public (int ExitCode, string Output, string Error) Call(params IEnumerable<string> arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int exitCode = AnalysisProgram.Run([.. arguments, "--store", Layout.StoreFolder],
            new CommandHost(output, error, Layout.StoreFolder, _ => null) { Clock = new FixedClock() });
        return (exitCode, output.ToString(), error.ToString());
    }

    public void Dispose() => _own?.Dispose();

    public static ScenarioCaseId Id(string variant, string scenario, int repetition = 1) => new(variant, scenario, repetition);

    public static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    // The writer's names hold process ids and random parts; the tests' own are named by variant and repetition alone.
    private PlantedScenarioStore Append(string folder, string kind, Func<ScenarioMetadata, ScenarioMetadata> change,
        IReadOnlyList<ScenarioRecord> records)
    {
        foreach (IGrouping<(string Variant, int Rep), ScenarioRecord> file in records.GroupBy(record => (record.Variant, record.Rep)))
        {
            string written = "";
            using (var writer = new ScenarioFileWriter(folder, record => change(Metadata(record, kind)), new FixedClock()))
            {
                foreach (ScenarioRecord record in file)
                    written = writer.Append(record);
            }
            string named = Path.Combine(folder, Path.GetFileName(RunFile(file.Key.Variant, file.Key.Rep)));
            for (int next = 2; File.Exists(named); next++)
                named = Path.Combine(folder, $"{file.Key.Variant}_run{file.Key.Rep}_{next}.jsonl");
            File.Move(written, named);
        }
        return this;
    }

    private ScenarioMetadata Metadata(ScenarioRecord record, string kind) => new()
    {
        Type = ScenarioMetadata.MetadataType,
        SchemaVersion = ScenarioRecord.CurrentSchemaVersion,
        Kind = kind,
        RunId = record.RunId,
        Experiment = record.Experiment,
        GitCommit = null,
        Model = record.Model,
        Simulated = record.Simulated,
        Temperature = record.Temperature,
        FixedTimestamp = null,
        ZeroPersona = true,
        Variant = record.Variant,
        Rep = record.Rep,
        Repetitions = Plan.Repetitions,
        DefinitionDigests = Plan.DefinitionDigests,
        Writer = ProcessIdentity.Current,
        CreatedAt = FixedClock.Time,
        Harness = "0.1.0+test",
    };
}
