using System.Globalization;
using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Cases;

namespace Tandem.Harness.TaskSets;

/// <summary>One repository state with its features: the folder <c>REPO/taskID</c> of a task set.</summary>
public sealed class CodingTask
{
    private readonly Lazy<string> _digest;
    private readonly Lazy<string> _buildDigest;
    private readonly TaskSetOptions _options;

    internal CodingTask(string repo, int taskId, string folder, IReadOnlyList<Feature> features, TaskSetOptions options)
    {
        (Repo, TaskId, Folder, Features, _options) = (repo, taskId, folder, features, options);
        _digest = new Lazy<string>(() => DigestOf(Files(_ => true)) is var digest && options.SandboxPerFeature
            ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{digest} sandbox_per_feature"))) : digest);
        _buildDigest = new Lazy<string>(() => DigestOf(Files(IsBuildInput)));
    }

    /// <summary>The repository's folder name, for example <c>pallets_click_task</c>.</summary>
    public string Repo { get; }

    /// <summary>The task's number, from 0.</summary>
    public int TaskId { get; }

    /// <summary>The folder, absolute.</summary>
    public string Folder { get; }

    /// <summary>Its usable features, ascending.</summary>
    public IReadOnlyList<Feature> Features { get; }

    /// <summary>The language of the repository; null if the task set does not say.</summary>
    public string? Language => _options.LanguageOf(Repo);

    /// <summary>The script that applies patches and runs the tests.</summary>
    public string RunnerFile => Path.Combine(Folder, "runner.sh");

    /// <summary>The gold patch of all features together.</summary>
    public string CombinedPatchFile => Path.Combine(Folder, "combined.patch");

    /// <summary>SHA-256 over the names and bytes of all files of the folder, over where its links lead, and over what the task set says
    /// that changes verdicts; lower-case hex.</summary>
    public string Digest => _digest.Value;

    /// <summary>What the task's sandboxes start from.</summary>
    public SandboxImageSource Image => new(
        _options.ImageName(Repo, TaskId),
        Folder,
        _options.BuildsImages ? _buildDigest.Value : null,
        _options.AllowProcessSandbox,
        IsBuildInput);

    /// <summary>All pairs of its features, ascending.</summary>
    public IEnumerable<TaskPair> Pairs() =>
        from first in Features
        from second in Features
        where first.Id < second.Id
        select new TaskPair(this, FeatureSet.Create([first.Id, second.Id]));

    /// <summary>The feature of that number.</summary>
    /// <exception cref="TaskSetException">There is none.</exception>
    public Feature Feature(int id) => Features.FirstOrDefault(feature => feature.Id == id)
        ?? throw new TaskSetException($"{Folder} has no usable feature {id}.");

    /// <summary>
    /// Whether a file of the folder may go into the image's build: all but the features (their descriptions, gold patches and tests) and
    /// the combined gold patch, so that no Dockerfile can put the answer where an agent works.
    /// </summary>
    /// <param name="relativePath">With '/'.</param>
    public static bool IsBuildInput(string relativePath) =>
        relativePath != "combined.patch"
            && !(relativePath.StartsWith("feature", StringComparison.Ordinal) && relativePath.Length > 7
            && char.IsAsciiDigit(relativePath[7]));

    /// <summary>The task as people read it: <c>pallets_click_task/2068</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Repo}/{TaskId}");

    /// <summary>Files and links, wherever these lead: a link out of the folder, into a circle or to nowhere is as good as any in a
    /// repository.</summary>
    private IEnumerable<(string Name, string Path, string? LinkTarget)> Files(Func<string, bool> filter) =>
        new FileSystemEnumerable<FileSystemInfo>(
            Folder,
            (ref FileSystemEntry entry) => entry.ToFileSystemInfo(),
            new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false })
        {
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        }
            .Select(item => (Name: Path.GetRelativePath(Folder, item.FullName).Replace('\\', '/'), Path: item.FullName, item.LinkTarget,
            IsFolder: item is DirectoryInfo))
            .Where(item => item.LinkTarget is not null || !item.IsFolder)
            .Select(file => (file.Name, file.Path, file.LinkTarget))
            .Where(file => filter(file.Name))
            .OrderBy(file => file.Name, StringComparer.Ordinal);

    /// <summary>File.Exists says yes of a link to nowhere.</summary>
    private static bool LeadsToFile(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: true) is { } end && File.Exists(end.FullName);
        }
        catch (IOException)
        {
            // Links in a circle.
            return false;
        }
    }

    private static string DigestOf(IEnumerable<(string Name, string Path, string? LinkTarget)> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[128 * 1024];
        foreach ((string name, string path, string? target) in files)
        {
            if (target is not null)
                hash.AppendData(Encoding.UTF8.GetBytes($"{name}\0link\0{target}\0"));
            // What a link to a file leads to counts too: a feature's patch may be one.
            if (target is not null && !LeadsToFile(path))
                continue;
            using FileStream content = File.OpenRead(path);
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{name}\0{content.Length}\0")));
            for (int read; (read = content.Read(buffer)) > 0;)
                hash.AppendData(buffer, 0, read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>One part of a task: the folder <c>featureN</c>.</summary>
/// <param name="Id">Its number, from 1.</param>
/// <param name="Folder">The folder, absolute.</param>
public sealed record Feature(int Id, string Folder)
{
    /// <summary>The description that an agent gets as its task.</summary>
    public string DescriptionFile => Path.Combine(Folder, "feature.md");

    /// <summary>The reference implementation.</summary>
    public string GoldPatchFile => Path.Combine(Folder, "feature.patch");

    /// <summary>The tests, as a patch.</summary>
    public string TestsPatchFile => Path.Combine(Folder, "tests.patch");
}

/// <summary>Two features of one task.</summary>
/// <param name="Task">The task.</param>
/// <param name="Features">The features, ascending.</param>
public sealed record TaskPair(CodingTask Task, FeatureSet Features)
{
    /// <summary>The case of this pair in a setting and seed.</summary>
    public CaseId Case(Setting setting, int seed) => new(setting, Task.Repo, Task.TaskId, Features, seed);
}
