using System.Globalization;
using System.Text.Json.Nodes;
using Tandem.FakeModel;
using Tandem.Harness.Experiments;
using Tandem.Harness.Scenarios;
using Tandem.Harness.Scenarios.Definitions;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Harness.Tests.Scenarios;

/// <summary>A small scenario experiment as files, with a store: two variants, two scenarios.</summary>
internal sealed class ScenarioFolder : IDisposable
{
    public const string Name = "talk";

    /// <summary>A call of the tool <c>find</c>, which the scenario <c>ask</c> expects.</summary>
    public static readonly FakeAnswer Finds = new FakeAnswer.Says(null, [new FakeToolCall("find", """{"name": "Ada"}""")]);

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("tandem-scenarios-");

    /// <param name="model">The model's name.</param>
    public ScenarioFolder(string model = "gpt-4o")
    {
        Folder = Path.Combine(_root.FullName, Name);
        Directory.CreateDirectory(Path.Combine(Folder, "variants"));
        Write("experiment.json", $$"""
            {
              "kind": "scenarios",
              "model": { "name": "{{model}}", "retries": 0 },
              "repetitions": 3,
              "reference": "plain",
              "limits": { "max_turns": 3, "max_cost_usd": 50 },
              "run": { "reruns": 2, "rerun_pause_seconds": 0, "concurrency": 1 }
            }
            """);
        Write("scenarios.json", """
            {
              "fixed_timestamp": "2026-03-02T09:00:00+01:00",
              "scenarios": [
                { "id": "ask", "user": "Who is Ada?", "tags": ["people"],
                  "expect": [
                    { "check": "tool_called", "tool": "find", "arguments": { "name": "Ada" } },
                    { "check": "text_contains", "text": "countess" }
                  ] },
                { "id": "greet", "user": "Hello!", "tags": ["small", "people"],
                  "expect": [{ "check": "no_tool" }, { "check": "text_not_empty" }] }
              ]
            }
            """);
        foreach (string variant in new[] { "plain", "terse" })
        {
            Write($"variants/{variant}.json", $$"""
                {
                  "system_prompt": ["You are {{variant}}.", "It is {now}."],
                  "tools": [
                    { "name": "find", "description": "Finds a person.",
                      "parameters": { "type": "object", "properties": { "name": { "type": "string" } }, "required": ["name"] },
                      "answers": [
                        { "by": "name", "table": { "ada": { "title": "countess" }, "Bob": "a builder" } },
                        { "when": { "name": "Nobody" }, "answer": "nobody of this name" }
                      ] },
                    { "name": "mute", "description": "Says nothing.", "parameters": { "type": "object" } }
                  ]
                }
                """);
        }
        Layout = new StoreLayout(Path.Combine(_root.FullName, "store"), Name);
    }

    public string Folder { get; }

    public StoreLayout Layout { get; }

    public void Dispose() => _root.Delete(recursive: true);

    public void Write(string file, string text) => File.WriteAllText(Path.Combine(Folder, file), text);

    /// <summary>Changes a text in a file.</summary>
    public void Replace(string file, string old, string text)
    {
        string path = Path.Combine(Folder, file);
        string before = File.ReadAllText(path);
        Write(file, before.Contains(old, StringComparison.Ordinal) ? before.Replace(old, text, StringComparison.Ordinal)
            : throw new InvalidOperationException($"{file} has no '{old}'."));
    }

    public ScenarioExperiment Read(params (string Name, string Value)[] variables) => ScenarioExperimentReader.Read(
        Path.Combine(Folder, "experiment.json"), variables.ToDictionary(one => one.Name, one => one.Value));

    public ScenarioView View(ScenarioSelection? selection = null, params (string Name, string Value)[] variables)
    {
        Dictionary<string, string> environment = variables.ToDictionary(one => one.Name, one => one.Value);
        environment[ExperimentView.ExperimentVariable] = Folder;
        environment[ScenarioSelection.Variable] = (selection ?? new ScenarioSelection()).ToJson();
        return ScenarioView.Load(environment, Layout.StoreFolder, TimeProvider.System);
    }

    /// <summary>Runs the selected cases one after the other, as one process.</summary>
    public async Task<ScenarioResult[]> RunAsync(FakeModelServer server, ScenarioSelection? selection = null, List<string>? notices = null,
        CancellationToken cancellationToken = default, params (string Name, string Value)[] variables)
    {
        ScenarioView view = View(selection, [.. At(server), .. variables]);
        using ScenarioEnvironment environment = await ScenarioEnvironment.OpenAsync(view, Guid.NewGuid().ToString("n")[..12],
            TimeProvider.System, line => notices?.Add(line), cancellationToken);
        var runner = new ScenarioRunner(environment);
        var results = new List<ScenarioResult>();
        foreach (SelectedScenario selected in view.Cases)
            results.Add(await runner.RunAsync(selected, cancellationToken));
        return [.. results];
    }

    /// <summary>All records, in the order of case, attempt and revision.</summary>
    public IReadOnlyList<ScenarioRecord> Records()
    {
        var reader = new ScenarioReader(Layout);
        ScenarioRecord[] records = [.. reader.Read().Select(stored => stored.Record)
            .OrderBy(record => record.CaseId.ToString(), StringComparer.Ordinal).ThenBy(record => record.Attempt)
            .ThenBy(record => record.Revision)];
        // What a killed process leaves behind is no fault of the store.
        return reader.Faults.All(fault => fault.IsTornEnd) ? records : throw new InvalidDataException(string.Join("; ", reader.Faults));
    }

    /// <summary>The variables by which a model is reached at a server.</summary>
    public static (string Name, string Value)[] At(FakeModelServer server, double requestSeconds = 60) =>
    [
        ("TANDEM__Model__BaseUrl", server.BaseUrl.ToString()),
        ("TANDEM__Model__RequestSeconds", requestSeconds.ToString(CultureInfo.InvariantCulture)),
    ];

    /// <summary>Answers each scenario as it is expected: a tool, then what it said.</summary>
    public static FakeAnswer Good(FakeRequest request)
    {
        JsonNode last = request.Messages[^1]!;
        return (string?)last["role"] == "tool" ? new FakeAnswer.Says("She is a countess.")
            : last["content"]!.ToString().Contains("Ada", StringComparison.Ordinal) ? Finds : new FakeAnswer.Says("Hello, and welcome.");
    }
}
