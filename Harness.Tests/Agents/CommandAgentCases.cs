using System.Text;
using Tandem.Harness.Agents;
using Tandem.Harness.Configuration;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Harness.Tests.Agents;

/// <summary>Cases of the command agent in the process sandbox.</summary>
[Slow]
public abstract class CommandAgentCases : IAsyncDisposable
{
    private protected const string WritesUsage =
        "printf '{\"cost_usd\": 0.25, \"input_tokens\": 1000, \"output_tokens\": 50, \"cache_read_tokens\": 800}' > {usage_file}";

    private protected RunsFixture Runs { get; } = new();

    private protected CommandAgentCases() => Runs.Configuration = Runs.Configuration with
    {
        Model = new ModelSettings { Name = "it's a \"model\" $HOME `id`" },
        Limits = Runs.Configuration.Limits with { MaxCostUsd = new CostLimit(null) },
        Run = Runs.Configuration.Run with { Attempts = 1 },
    };

    private protected static AgentKind Command { get; } = AgentCatalog.Find("command")!;

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Runs.DisposeAsync();
    }

    private protected void Run(string command, Func<CommandSettings, CommandSettings>? with = null)
    {
        var settings = new CommandSettings { Run = command };
        Runs.Configuration = Runs.Configuration with
        { Agent = new AgentSettings { Kind = "command", Command = with?.Invoke(settings) ?? settings } };
    }

    private protected Task<RunRecord> RecordAsync(CaseId caseId) => Runs.RecordAsync(caseId, Command);

    private protected string Patch() => Encoding.UTF8.GetString(Runs.Artifact(RunsFixture.Solo, 1, "solo.patch")!);
}
