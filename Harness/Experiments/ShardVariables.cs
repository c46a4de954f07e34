using System.Globalization;
using Tandem.Harness.Configuration;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Harness.Experiments;

/// <summary>The variables that say into how many shards an experiment is divided, and which of them this process runs: ours, and those that
/// Slurm, Kubernetes and CI services set.</summary>
public static class ShardVariables
{
    /// <summary>Names a shard: <c>3/16</c>. <see cref="Whole"/> runs all cases, whatever an engine's variables say.</summary>
    public const string Shard = "TANDEM_SHARD";

    /// <summary>How many shards there are, where an engine's variable names the shard, or none is named.</summary>
    public const string Count = "TANDEM_SHARDS";

    /// <summary>How cases are divided: <c>hash</c> or <c>time</c>.</summary>
    public const string Way = "TANDEM_SHARD_BY";

    /// <summary>Added to an engine's index: for arrays that are longer than a cluster allows.</summary>
    public const string Offset = "TANDEM_SHARD_OFFSET";

    /// <summary>The value of <see cref="Shard"/> for all cases.</summary>
    public const string Whole = "1/1";

    internal const string SlurmTask = "SLURM_ARRAY_TASK_ID";
    internal const string SlurmCount = "SLURM_ARRAY_TASK_COUNT";
    internal const string SlurmFirst = "SLURM_ARRAY_TASK_MIN";
    internal const string SlurmLast = "SLURM_ARRAY_TASK_MAX";
    internal const string SlurmStep = "SLURM_ARRAY_TASK_STEP";
    internal const string KubernetesIndex = "JOB_COMPLETION_INDEX";
    internal const string CiIndex = "CI_NODE_INDEX";
    internal const string CiTotal = "CI_NODE_TOTAL";

    /// <summary>The way that is asked for; null if none is.</summary>
    /// <exception cref="SettingsException">There is no such way.</exception>
    internal static ShardWay? WayOf(IReadOnlyDictionary<string, string> environment) => Text(environment, Way) is not string text ? null
        : EnumNames.TryParse(text, out ShardWay way) ? way
        : throw Fault($"--shard-by ({Way}) {text}: there is no such way; there are {string.Join(", ", EnumNames.AllNames<ShardWay>())}.");

    /// <summary>The shard of <see cref="Shard"/>; null if it is not set.</summary>
    /// <exception cref="SettingsException">It is no shard.</exception>
    internal static Shard? ShardOf(IReadOnlyDictionary<string, string> environment)
    {
        try
        {
            return Text(environment, Shard) is string text ? Records.Cases.Shard.Parse(text) : null;
        }
        catch (FormatException exception)
        {
            throw Fault($"--shard ({Shard}): {exception.Message}");
        }
    }

    /// <summary>How many shards <see cref="Count"/> asks for; null if it is not set.</summary>
    /// <exception cref="SettingsException">It is no such number.</exception>
    internal static int? CountOf(IReadOnlyDictionary<string, string> environment) =>
        (int?)Number(environment, Count, least: 1, most: Records.Cases.Shard.MostShards);

    /// <summary>A whole number in a variable; null if it is not set.</summary>
    /// <exception cref="SettingsException">It is something else, or out of range.</exception>
    internal static long? Number(IReadOnlyDictionary<string, string> environment, string name, long least = 0, long most = int.MaxValue) =>
        Text(environment, name) is not string text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most
        ? number
        : throw Fault(string.Create(CultureInfo.InvariantCulture,
            $"{name}={text}: a whole number from {least} to {most} is expected."));

    internal static SettingsException Fault(string what) => new("The choice of a shard", [what]);

    private static string? Text(IReadOnlyDictionary<string, string> environment, string name) =>
        environment.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;
}
