using System.Globalization;
using System.Text;
using Tandem.Harness.TaskSets;
using Tandem.Harness.TaskSets.Images;

namespace Tandem.Cli.Images;

internal static class ImageTable
{
    /// <summary>One line per image, and the commands that help.</summary>
    /// <param name="images">The images that were made here.</param>
    /// <param name="missing">Tasks that have none.</param>
    /// <param name="now">What ages count to.</param>
    public static string ToText(IReadOnlyList<OwnImage> images, IReadOnlyList<CodingTask> missing, DateTimeOffset now)
    {
        var text = new StringBuilder();
        if (images.Count == 0)
            text.AppendLine("No image was made here.");
        else
            AppendRows(text, images, now);
        if (missing.Count > 0)
            text.AppendLine(CultureInfo.InvariantCulture,
                $"No image yet: {string.Join(", ", missing)}. `./run.sh images build` makes these images, and so does a run that needs "
                + $"them.");
        if (images.Count(image => image.IsUnneeded) is var unneeded and > 0)
            text.AppendLine(CultureInfo.InvariantCulture, $"Images that nobody needs: {unneeded}. `./run.sh images prune` removes them.");
        return text.ToString();
    }

    /// <summary>Bytes as the docker CLI counts them, in powers of 1000: <c>200 MB</c>.</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0} kB"),
        < 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB"),
    };

    /// <summary>An age in its largest unit: <c>26 min</c>, <c>3 h</c>, <c>12 d</c>.</summary>
    public static string Age(TimeSpan age) =>
        age < TimeSpan.FromHours(1) ? string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (int)age.TotalMinutes)} min")
        : age < TimeSpan.FromDays(2) ? string.Create(CultureInfo.InvariantCulture, $"{(int)age.TotalHours} h")
        : string.Create(CultureInfo.InvariantCulture, $"{(int)age.TotalDays} d");

    /// <summary>As <c>outdated</c>, <c>foreign, used by 1 container</c>.</summary>
    public static string Describe(OwnImage image)
    {
        string standing = NameOf(image.Standing);
        return image.Containers == 0 ? standing
            : string.Create(CultureInfo.InvariantCulture,
            $"{standing}, used by {image.Containers} {(image.Containers == 1 ? "container" : "containers")}");
    }

    private static void AppendRows(StringBuilder text, IReadOnlyList<OwnImage> images, DateTimeOffset now)
    {
        int nameWidth = Math.Max("image".Length, images.Max(image => image.Reference.Length));
        int taskWidth = Math.Max("task".Length, images.Max(image => image.UsedFor?.Length ?? 1));
        Append("image", "task", "size", "age", "state", "containers");
        foreach (OwnImage image in images)
            Append(image.Reference, image.UsedFor ?? "-", Size(image.Bytes), Age(now - image.CreatedUtc), NameOf(image.Standing),
                image.Containers.ToString(CultureInfo.InvariantCulture));
        text.AppendLine("(size: with the layers that it shares with others; outdated: the task or its base image has changed since; "
            + "foreign: of no task in this task set)");

        void Append(string name, string task, string size, string age, string state, string containers) =>
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{name.PadRight(nameWidth)}  {task.PadRight(taskWidth)}{size,8}{age,8}  {state,-8}{containers,12}");
    }

    private static string NameOf(ImageStanding standing) => standing switch
    {
        ImageStanding.Current => "current",
        ImageStanding.Outdated => "outdated",
        ImageStanding.Foreign => "foreign",
        _ => throw new InvalidOperationException($"Unknown standing {standing}."),
    };
}
