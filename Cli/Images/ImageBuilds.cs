using System.Globalization;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Harness.TaskSets.Images;

namespace Tandem.Cli.Images;

/// <summary>Makes the images of tasks, several at once, and prints a line for each.</summary>
internal sealed class ImageBuilds(ImageStore store, TextWriter output, TimeProvider time)
{
    private readonly Lock _gate = new();
    private int _made;
    private int _present;
    private int _failed;

    /// <summary>Makes them; one that fails does not keep the others from being made.</summary>
    /// <returns>Whether all are usable now.</returns>
    public async Task<bool> RunAsync(IReadOnlyList<CodingTask> tasks, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        // No more than the store builds at once, so that no task's time includes a wait for others.
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ImageStore.MostBuilds, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(tasks, parallel, async (task, token) => await MakeAsync(task, token));
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{tasks.Count} {(tasks.Count == 1 ? "task" : "tasks")}: {_made} made, {_present} present, {_failed} failed in "
                + $"{time.GetElapsedTime(started).TotalSeconds:0.0} s"));
        return _failed == 0;
    }

    private async Task MakeAsync(CodingTask task, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        try
        {
            MadeImage made = await store.MakeAsync(task.Image, cancellationToken);
            lock (_gate)
            {
                _ = made.Origin == ImageOrigin.Present ? _present++ : _made++;
                Print(made.Origin switch
                {
                    ImageOrigin.Present => "present",
                    ImageOrigin.Pulled => "pulled",
                    ImageOrigin.Built => "built",
                    _ => throw new InvalidOperationException($"Unknown origin {made.Origin}."),
                }, task, made.Image.Reference, started);
            }
        }
        catch (SandboxException exception)
        {
            lock (_gate)
            {
                _failed++;
                Print("FAILED", task, task.Image.Name, started);
                output.WriteLine("  " + exception.Message.ReplaceLineEndings(output.NewLine + "  "));
            }
        }
    }

    private void Print(string outcome, CodingTask task, string reference, long started) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{outcome,-8} {task}  {reference}  {time.GetElapsedTime(started).TotalSeconds:0.0} s"));
}
