using System.Globalization;
using Tandem.Harness.TaskSets.Images;

namespace Tandem.Cli.Images;

/// <summary>Removes the images that nobody needs, and prints a line for each image that the task set does not need.</summary>
internal sealed class ImagePruning(OwnImages images, TextWriter output)
{
    /// <summary>Removes those of a list that are unneeded.</summary>
    /// <param name="own">What <see cref="OwnImages.ListAsync"/> gave.</param>
    /// <param name="isDryRun">Whether to print alone.</param>
    /// <param name="cancellationToken">Ends it between two images.</param>
    public async Task RunAsync(IReadOnlyList<OwnImage> own, bool isDryRun, CancellationToken cancellationToken)
    {
        OwnImage[] unneeded = [.. own.Where(image => image.IsUnneeded)];
        foreach (OwnImage image in own.Where(image => image.Standing != ImageStanding.Current && image.Containers > 0))
            await PrintAsync("kept", image, ImageTable.Describe(image));
        if (unneeded.Length == 0)
        {
            await output.WriteLineAsync($"Nothing to remove: {Count(own.Count)} made here, all of them needed.");
            return;
        }
        await (isDryRun ? AnnounceAsync(unneeded, cancellationToken) : RemoveAsync(unneeded, cancellationToken));
    }

    private async Task AnnounceAsync(OwnImage[] unneeded, CancellationToken cancellationToken)
    {
        foreach (OwnImage image in unneeded)
            await PrintAsync("would remove", image, ImageTable.Describe(image));
        string freed = await images.MeasureOwnLayersAsync(unneeded, cancellationToken) is long bytes
            ? $", which frees at least {ImageTable.Size(bytes)}" : "";
        await output.WriteLineAsync($"Would remove {Count(unneeded.Length)}{freed}.");
    }

    private async Task RemoveAsync(OwnImage[] unneeded, CancellationToken cancellationToken)
    {
        long? before = await images.MeasureAsync(cancellationToken);
        int removed = 0;
        foreach (OwnImage image in unneeded)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string? whyNot = await images.TryRemoveAsync(image, cancellationToken);
            removed += whyNot is null ? 1 : 0;
            await PrintAsync(whyNot is null ? "removed" : "kept", image, whyNot ?? ImageTable.Describe(image));
        }
        long? after = await images.MeasureAsync(cancellationToken);
        // Somebody else may be building meanwhile.
        string freed = before - after is long bytes and >= 0
            ? $", which freed {ImageTable.Size(bytes)} (layers that others share stay)" : "";
        await output.WriteLineAsync($"Removed {Count(removed)}{freed}.");
    }

    private Task PrintAsync(string what, OwnImage image, string why) =>
        output.WriteLineAsync($"{what} {image.Reference}: {why}, {ImageTable.Size(image.Bytes)}");

    private static string Count(int images) =>
        string.Create(CultureInfo.InvariantCulture, $"{images} {(images == 1 ? "image" : "images")}");
}
