using Tandem.Harness.TaskSets;
using Tandem.Harness.TaskSets.Images;

namespace Tandem.Cli.Images;

/// <summary>Makes the images of tasks, several at once, and prints a line for each.</summary>
internal sealed class ImageBuilds(ImageStore store, TextWriter output, TimeProvider time)
{
    private const string Made = "made";

    /// <summary>Makes them; one that fails does not keep the others from being made.</summary>
    /// <returns>Whether all are usable now.</returns>
    public Task<bool> RunAsync(IReadOnlyList<CodingTask> tasks, CancellationToken cancellationToken)
    {
        store.OnNotice = notice => output.WriteLine($"note: {notice}");
        // No more than the store builds at once, so that no task's time includes a wait for others.
        return new TaskLines(output, time, Made, "present").RunAsync(tasks, ImageStore.MostBuilds, async (task, token) =>
        {
            MadeImage made = await store.MakeAsync(task.Image, token);
            return made.Origin switch
            {
                ImageOrigin.Present => new TaskLine("present", made.Image.Reference),
                ImageOrigin.Pulled => new TaskLine("pulled", made.Image.Reference, Made),
                ImageOrigin.Built => new TaskLine("built", made.Image.Reference, Made),
                _ => throw new InvalidOperationException($"Unknown origin {made.Origin}."),
            };
        }, cancellationToken);
    }
}
