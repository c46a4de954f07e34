using System.Text.Json;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Runs;

/// <summary>The work of agents that an earlier attempt left on disk.</summary>
internal static class EarlierWork
{
    /// <summary>The work in an attempt's folder; null if its agents had not come to an end.</summary>
    public static AgentPhaseResult? TryRead(string folder)
    {
        try
        {
            AgentsReport report = StoreJson.Read<AgentsReport>(File.ReadAllBytes(Path.Combine(folder, StoreLayout.AgentsFile)));
            return new AgentPhaseResult
            {
                Agents = report.Agents,
                Patches = [.. report.Agents.Select(agent => ReadIfThere(Path.Combine(folder, StoreLayout.RawPatch(agent.AgentId))))],
                Messages = report.Messages,
                BaseCommit = report.BaseCommit,
                Image = report.Image is string image && report.ImageId is string id ? new SandboxImage(image, id) : null,
                Sandboxes = report.Sandboxes,
                ProvisionSeconds = report.Time.Provision,
                AgentSeconds = report.Time.Agent,
            };
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Takes the work of an earlier attempt over into one that only evaluates it; files are copied, so that the new attempt stands by itself.</summary>
    public static AgentPhaseResult TakeOver(StoreLayout layout, Attempt attempt, int earlier)
    {
        string folder = layout.AttemptFolder(attempt.Intent.CaseId, earlier);
        AgentPhaseResult work = TryRead(folder) ?? throw new IOException($"{folder} holds no work of agents that could be evaluated.");
        foreach (string name in work.Agents.Select(agent => StoreLayout.RawPatch(agent.AgentId)).Append(StoreLayout.TrajectoryFile).Append(StoreLayout.ConversationFile).Append(StoreLayout.AgentsFile))
        {
            if (ReadIfThere(Path.Combine(folder, name)) is byte[] content)
                attempt.Write(name, content);
        }
        return work;
    }

    private static byte[]? ReadIfThere(string path) => File.Exists(path) ? File.ReadAllBytes(path) : null;
}
