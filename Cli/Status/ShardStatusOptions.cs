using System.CommandLine;
using System.Text.Json;
using Tandem.Harness.Experiments;
using Tandem.Records.Store;

namespace Tandem.Cli.Status;

/// <summary><c>status --shards</c>: its options and its output.</summary>
internal static class ShardStatusOptions
{
    public static readonly Option<bool> Shards = new("--shards")
    {
        Description = "Show how the shards stand instead, which are incomplete, and the tasks of an array to submit again",
    };

    public static readonly Option<int?> MostArraySize = CommonOptions.Number("--max-array",
        $"With --shards: the cluster's limit of an array's indices, which are below it (Slurm's MaxArraySize) [default: "
        + $"{TaskWindow.UsualMost}]", least: 2);

    /// <summary>What would leave cases out, or show something else.</summary>
    private static readonly IReadOnlyList<Option> s_foreign = [RunOptions.Status, RunOptions.Setting, RunOptions.Repo, RunOptions.Task,
        RunOptions.Pair, RunOptions.Subset, RunOptions.Seed, RunOptions.Smoke, RunOptions.Shard];

    /// <summary>Prints the shards of experiments.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="experiments">Experiments of pair runs, each in its store.</param>
    /// <param name="isJson">Whether one line of JSON is wanted.</param>
    /// <exception cref="UsageException">Another option does not go with it, or an experiment has no shards.</exception>
    public static string TextOf(ParseResult parsed, IReadOnlyList<StoreLayout> experiments, bool isJson)
    {
        if (s_foreign.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is Option foreign)
            throw new UsageException(
                $"--shards is about all cases of each shard, and {foreign.Name} selects cases. Leave one of them out.");
        ShardStatus[] all = [.. experiments.Select(layout =>
        {
            var status = new StoreStatus(layout);
            status.Refresh();
            return ShardStatus.Of(StatusView.Of(status, _ => true, new CaseSelection()), layout,
                parsed.GetValue(MostArraySize) ?? TaskWindow.UsualMost);
        })];
        return isJson ? JsonSerializer.Serialize(new { Experiments = all.Select(one => one.ToJson()) }, StatusJson.Options) + "\n"
            : string.Concat(all.Select(one => one.ToText()));
    }
}
