using System.Text.Json;
using Tandem.Records.Cases;

namespace Tandem.Records.Runs;

/// <summary>Ids of agents become parts of paths: none leads out of its attempt's folder.</summary>
internal static class SafeNames
{
    /// <exception cref="JsonException">One cannot be part of a path.</exception>
    public static void RequireAgents(IEnumerable<string> ids)
    {
        foreach (string id in ids)
            RequireAgent(id);
    }

    /// <exception cref="JsonException">It cannot be part of a path.</exception>
    public static void RequireAgent(string id)
    {
        if (!SafeSegment.IsSafe(id))
            throw new JsonException($"The agent id '{id}' cannot be part of a path ({SafeSegment.Rule}).");
    }
}
