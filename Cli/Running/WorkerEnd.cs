using System.Globalization;
using Tandem.Harness.Admission.Postgres;
using Tandem.Records.Store;

namespace Tandem.Cli.Running;

/// <summary>The end of one of several workers that share a matrix, where cases are left in its store: others may be at work on them, or
/// have them in stores of their own, so the store is neither validated nor reported.</summary>
internal static class WorkerEnd
{
    /// <summary>Prints the table, and what is to be done when all cases are completed.</summary>
    /// <param name="table">Of the cases as this store has them.</param>
    /// <param name="end">How the test host ended.</param>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="withoutImage">Lines about cases without an image; may be empty.</param>
    /// <param name="output">Where it is printed.</param>
    /// <param name="cancellationToken">Whether the run was interrupted.</param>
    /// <returns>The exit code: red only for what this store itself shows, not for cases that other workers have.</returns>
    /// <exception cref="OperationCanceledException">The run was interrupted; the table is printed.</exception>
    public static async Task<int> WriteAsync(RunTable table, HostEnd end, StoreLayout layout, string withoutImage, TextWriter output,
        CancellationToken cancellationToken)
    {
        (string name, string store) = (layout.Experiment, layout.StoreFolder);
        await output.WriteAsync(table.ToText());
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"This worker has ended, and {table.Incomplete} cases have no verdict in its store: other workers have them, or they are due "
            + $"again. {Project.CommandFor($"status {name} --workers", store)}, with {PostgresMatrix.ConnectionVariable} as it is here, "
            + $"shows all workers. When all cases are completed: "
            + $"{Project.CommandFor($"validate {name}", store)} and {Project.CommandFor($"report {name}", store)}; where workers have "
            + $"stores of their own, './run.sh store merge A B ... INTO' joins them first."));
        cancellationToken.ThrowIfCancellationRequested();
        await output.WriteAsync(withoutImage);
        return ShardEnd.CodeOf(end, table.LackInfrastructure > 0);
    }
}
