using System.Globalization;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>Which images the tasks of a set need: those that they run on, and the bases of those.</summary>
internal sealed class ImageNeeds
{
    private readonly Dictionary<string, CodingTask> _byReference = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CodingTask> _byName = new(StringComparer.Ordinal);
    private readonly List<string> _bases = [];

    /// <summary>Reads the tasks' names and Dockerfiles.</summary>
    public static ImageNeeds Of(IReadOnlyList<CodingTask> tasks)
    {
        var needs = new ImageNeeds();
        foreach (CodingTask task in tasks)
        {
            SandboxImageSource source = task.Image;
            needs._byReference.TryAdd(ImageName.ReferenceOf(source), task);
            needs._byName.TryAdd(source.Name, task);
            string dockerfile = Path.Combine(task.Folder, "Dockerfile");
            if (File.Exists(dockerfile))
                needs._bases.AddRange(DockerfileFacts.Read(File.ReadAllText(dockerfile)).Bases);
        }
        return needs;
    }

    /// <summary>Says what the task set has to do with an image.</summary>
    public OwnImage Judge(OwnImage image)
    {
        int buildsOnIt = _bases.Count(name => ImageName.AreSame(name, image.Reference));
        if (_byReference.TryGetValue(image.Reference, out CodingTask? task))
            return image with { Standing = ImageStanding.Current, UsedFor = task.ToString() };
        if (buildsOnIt > 0)
            return image with
            {
                Standing = ImageStanding.Current,
                UsedFor = string.Create(CultureInfo.InvariantCulture, $"base of {buildsOnIt} {(buildsOnIt == 1 ? "task" : "tasks")}")
            };
        return _byName.TryGetValue(image.Source, out CodingTask? changed)
            ? image with { Standing = ImageStanding.Outdated, UsedFor = changed.ToString() }
            : image;
    }
}
