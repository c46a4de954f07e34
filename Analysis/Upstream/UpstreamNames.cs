using System.Globalization;

namespace Tandem.Analysis.Upstream;

/// <summary>The files of upstream's log folders, for those who read them and those who write them.</summary>
internal static class UpstreamNames
{
    /// <summary>In a run's folder: what was asked for.</summary>
    public const string Config = "config.json";

    /// <summary>In a case's folder: the agents' outcome.</summary>
    public const string Result = "result.json";

    /// <summary>In a case's folder: the verdict.</summary>
    public const string Evaluation = "eval.json";

    /// <summary>In a coop case's folder: what was sent.</summary>
    public const string Conversation = "conversation.json";

    public const string SoloPatch = "solo.patch";

    /// <summary>In a coop case's folder. It is the feature that names the file, not the agent.</summary>
    public static string AgentPatch(int feature) => string.Create(CultureInfo.InvariantCulture, $"agent{feature}.patch");
}
