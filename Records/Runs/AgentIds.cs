using System.Text.Json;
using Tandem.Records.Cases;

namespace Tandem.Records.Runs;

/// <summary>Ids of agents become parts of paths, so that none may lead out of its attempt's folder.</summary>
internal static class AgentIds
{
    /// <exception cref="JsonException">One cannot be part of a path.</exception>
    public static void Require(IEnumerable<string> ids)
    {
        foreach (string id in ids)
            Require(id);
    }

    /// <exception cref="JsonException">It cannot be part of a path.</exception>
    public static void Require(string id)
    {
        if (!SafeSegment.IsSafe(id))
            throw new JsonException($"The agent id '{id}' cannot be part of a path ({SafeSegment.Rule}).");
    }
}
