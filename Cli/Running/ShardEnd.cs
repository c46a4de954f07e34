using Tandem.Harness.Experiments;
using Tandem.Records.Store;

namespace Tandem.Cli.Running;

/// <summary>The end of a run of one shard. The others may still go on, or have stores of their own, so the store is neither validated nor
/// reported.</summary>
internal static class ShardEnd
{
    /// <summary>Prints the shard's table and what is to be done when all shards have ended.</summary>
    /// <param name="table">Of the shard's cases; nothing of it is printed for a shard without cases.</param>
    /// <param name="end">How the test host ended.</param>
    /// <param name="sharding">The division and the shard.</param>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="withoutImage">Lines about cases without an image; may be empty.</param>
    /// <param name="output">Where it is printed.</param>
    /// <param name="cancellationToken">Whether the run was interrupted.</param>
    /// <returns>The exit code of the run.</returns>
    /// <exception cref="OperationCanceledException">The run was interrupted; the table is printed.</exception>
    public static async Task<int> WriteAsync(RunTable table, HostEnd end, Sharding sharding, StoreLayout layout, string withoutImage,
        TextWriter output, CancellationToken cancellationToken)
    {
        if (!table.HasNoCase)
            await output.WriteAsync(table.ToText());
        await output.WriteLineAsync(Next(sharding, layout, "--shards"));
        cancellationToken.ThrowIfCancellationRequested();
        await output.WriteAsync(withoutImage);
        return CodeOf(end, table.Incomplete > 0);
    }

    /// <summary>The exit code of a run that is not validated.</summary>
    /// <param name="end">How the test host ended.</param>
    /// <param name="isIncomplete">Whether a case has no verdict.</param>
    public static int CodeOf(HostEnd end, bool isIncomplete) =>
        !end.IsFinished || (isIncomplete && !end.IsBoundReached) ? ExitCodes.Red
            : end.IsBoundReached ? ExitCodes.BoundReached : ExitCodes.Ok;

    /// <summary>What is left out, and with what it is made up for.</summary>
    /// <param name="sharding">The division and the shard.</param>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="options">How <c>status</c> shows all shards: scenarios have no table of shards.</param>
    public static string Next(Sharding sharding, StoreLayout layout, string options = "")
    {
        (string name, string store) = (layout.Experiment, layout.StoreFolder);
        return $"Shard {sharding.Shard} has ended; one shard is neither validated nor reported. "
            + $"{Project.CommandFor($"status {name} {options}".TrimEnd(), store)} shows all shards. When all are complete: "
            + $"{Project.CommandFor($"validate {name}", store)} and {Project.CommandFor($"report {name}", store)}; where shards have "
            + "stores of their own, './run.sh store merge A B ... INTO' joins them first.";
    }
}
