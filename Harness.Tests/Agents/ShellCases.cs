using System.Text.Json.Nodes;
using Tandem.FakeModel;
using Tandem.Harness.Agents;
using Tandem.Harness.Configuration;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Harness.Tests.Agents;

/// <summary>Cases of the shell agent against a scripted model over real HTTP. The model 'priced' costs 1 USD per million tokens, so that an
/// answer's cost in millionths is its tokens.</summary>
internal sealed class ShellCases : IAsyncDisposable
{
    /// <summary>An answer's usage: 100 tokens in, of which 60 cached, 10 out.</summary>
    public static JsonObject Usage =>
        new()
        {
            ["prompt_tokens"] = 100,
            ["completion_tokens"] = 10,
            ["prompt_tokens_details"] = new JsonObject
            { ["cached_tokens"] = 60 }
        };

    /// <summary>The cost of such an answer in USD.</summary>
    public const decimal Cost = 110e-6m;

    private readonly string _prices = Path.GetTempFileName();
    private readonly FakeModelServer? _server;

    private ShellCases(FakeModelServer? server, string? folder, Uri baseUrl)
    {
        _server = server;
        Runs = new RunsFixture(folder);
        File.WriteAllText(_prices,
            """{ "date": "2026-01-01", "source": "test", "models": { "priced": { "input": 1, "output": 1 }, "dear": { "input": 1000,"""
                + """ "output": 1000 }, "cached": { "input": 1, "output": 1, "cache_read": 0.1, "cache_write": 1.25 } } }""");
        Runs.Configuration = Runs.Configuration with
        {
            Agent = new AgentSettings { Kind = "shell" },
            Model = new ModelSettings { Name = "priced", BaseUrl = baseUrl.ToString(), Retries = 1, Prices = _prices },
            Limits = Runs.Configuration.Limits with { MaxCostUsd = new CostLimit(null) },
            Run = Runs.Configuration.Run with { Attempts = 1 },
        };
    }

    public RunsFixture Runs { get; }

    public FakeModelServer Server => _server ?? throw new InvalidOperationException("The model is another process's.");

    public ExperimentConfiguration Configuration
    {
        get => Runs.Configuration;
        set => Runs.Configuration = value;
    }

    public static AgentKind Shell { get; } = AgentCatalog.Find("shell")!;

    public static AgentKind Replay { get; } = AgentCatalog.Find("replay")!;

    public static async Task<ShellCases> StartAsync(Func<FakeRequest, FakeAnswer> script)
    {
        FakeModelServer server = await FakeModelServer.StartAsync(script);
        return new ShellCases(server, null, server.BaseUrl);
    }

    /// <summary>The cases of another process, as a process that is started beside it sees them.</summary>
    public static ShellCases Join(string folder, Uri baseUrl) => new(null, folder, baseUrl);

    /// <summary>One list of commands for whoever asks; past its end the agent submits.</summary>
    public static Task<ShellCases> StartAsync(params string[] commands) =>
        StartAsync(request => request.Turn < commands.Length ? Says(commands[request.Turn]) : Says(FakeAnswer.SubmitCommand));

    /// <summary>Calls the tool, with the usage above.</summary>
    public static FakeAnswer Says(string command) => new FakeAnswer.Says(null, [FakeToolCall.Bash(command)], Usage);

    public Task<RunRecord> RecordAsync(CaseId caseId) => Runs.RecordAsync(caseId, Shell);

    public async ValueTask DisposeAsync()
    {
        await Runs.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        File.Delete(_prices);
    }
}
