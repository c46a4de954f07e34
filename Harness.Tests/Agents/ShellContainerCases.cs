using System.Text;
using Tandem.FakeModel;
using Tandem.Harness.Agents;
using Tandem.Harness.Configuration;
using Tandem.Harness.Tests.Evaluation;
using Tandem.Harness.Tests.Faults;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Tests.Agents;

/// <summary>Whole cases of the shell agent in containers without a network, against a scripted model.</summary>
public abstract class ShellContainerCases(TinyTasks tiny) : FaultTests(tiny)
{
    private protected static CaseId Comm { get; } = CaseId.Parse("coop-comm/tiny_task/1/f1_f2/seed0");

    private protected static AgentKind Shell { get; } = AgentCatalog.Find("shell")!;

    private protected async Task<FakeModelServer> StartAsync(Func<FakeRequest, FakeAnswer> script)
    {
        FakeModelServer server = await FakeModelServer.StartAsync(script);
        Cases.Configuration = Cases.Configuration with
        {
            Agent = new AgentSettings { Kind = "shell" },
            Model = new ModelSettings { Name = "fake", BaseUrl = server.BaseUrl.ToString() },
        };
        return server;
    }

    /// <summary>The work on the feature of who asks.</summary>
    private protected static string WorkOf(FakeRequest request) => request.AgentId switch
    {
        "agent1" => FaultCases.Work.Split(';')[0],
        "agent2" => FaultCases.Work.Split(';')[1],
        _ => FaultCases.Work,
    };

    private protected string Folder(CaseId caseId) => Cases.Layout.AttemptFolder(caseId, 1);

    private protected TrajectoryEvent[] Events(CaseId caseId) =>
        [.. File.ReadLines(Path.Combine(Folder(caseId), StoreLayout.TrajectoryFile))
            .Select(line => StoreJson.Read<TrajectoryEvent>(Encoding.UTF8.GetBytes(line)))];

    private protected TrajectoryEvent[] Commands(CaseId caseId) => [.. Events(caseId).Where(e => e.Kind == "command")];
}
