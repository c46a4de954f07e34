using System.Globalization;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>Which images the tasks of a set need: those that they run on, and the bases of those.</summary>
internal sealed class ImageNeeds
{
    private readonly Dictionary<string, CodingTask> _byReference = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CodingTask> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Name, string Inputs), CodingTask> _byInputs = [];
    private readonly List<string> _bases = [];

    /// <summary>Reads the tasks' names and Dockerfiles.</summary>
    /// <param name="tasks">Those of the set.</param>
    /// <param name="references">What their images are called here, in their order; null where a base is not here, so that nobody can
    /// say.</param>
    public static ImageNeeds Of(IReadOnlyList<CodingTask> tasks, IReadOnlyList<string?> references)
    {
        var needs = new ImageNeeds();
        foreach ((CodingTask task, string? reference) in tasks.Zip(references))
        {
            SandboxImageSource source = task.Image;
            if (reference is not null)
                needs._byReference.TryAdd(reference, task);
            else
                needs._byInputs.TryAdd((source.Name, source.BuildDigest!), task);
            needs._byName.TryAdd(source.Name, task);
            string dockerfile = Path.Combine(task.Folder, "Dockerfile");
            if (File.Exists(dockerfile))
                needs._bases.AddRange(DockerfileFacts.Read(File.ReadAllText(dockerfile)).Sources);
        }
        return needs;
    }

    /// <summary>Says what the task set has to do with an image.</summary>
    public OwnImage Judge(OwnImage image)
    {
        int buildsOnIt = _bases.Count(name => ImageName.AreSame(name, image.Reference));
        if (_byReference.TryGetValue(image.Reference, out CodingTask? task)
            || _byInputs.TryGetValue((image.Source, image.Inputs), out task))
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
