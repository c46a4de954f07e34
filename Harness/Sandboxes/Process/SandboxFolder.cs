using System.Globalization;
using Tandem.Records.Runs;

namespace Tandem.Harness.Sandboxes.Process;

/// <summary>
/// The folder of one process sandbox: <c>owner</c>, which says whose it is, and <c>repo</c>, <c>patches</c> and <c>scratch</c>. The owner
/// is written first, so that the next start knows what a crash left.
/// </summary>
internal sealed class SandboxFolder
{
    /// <summary>Name of the file that says whose it is.</summary>
    public const string OwnerFile = "owner";

    private SandboxFolder(string root) => Root = root;

    /// <summary>Its absolute path.</summary>
    public string Root { get; }

    public SandboxPaths Paths => new(Root + "/repo", Root + "/patches", Root + "/scratch");

    /// <summary>Where commands have their home, and their temporary files; both go with the sandbox.</summary>
    public string Home => Root + "/scratch/home";

    public string Temporary => Root + "/scratch/tmp";

    /// <summary>The entry of the environment by which every process of this sandbox is known. The path is unique while the folder is
    /// there.</summary>
    public string Marker => $"{ProcessSandbox.MarkerVariable}={Root}";

    public bool Exists => Directory.Exists(Root);

    public static SandboxFolder At(string root) => new(root);

    /// <summary>Makes it, with nothing in it yet.</summary>
    /// <exception cref="IOException">It is there already, or cannot be written; then nothing is left.</exception>
    public static SandboxFolder Make(string root, SandboxOwner owner, DateTimeOffset expires)
    {
        if (Directory.Exists(root))
            throw new IOException($"{root} is there already.");
        var folder = new SandboxFolder(root);
        try
        {
            Directory.CreateDirectory(root);
            folder.WriteOwner(owner, expires);
            foreach (string inside in new[] { folder.Paths.Repo, folder.Paths.Patches, folder.Home, folder.Temporary })
                Directory.CreateDirectory(inside);
            return folder;
        }
        catch
        {
            if (folder.Exists)
                Directory.Delete(root, recursive: true);
            throw;
        }
    }

    /// <summary>Whose it is, as far as its owner file says.</summary>
    public FolderOwner ReadOwner()
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            foreach (string line in File.ReadLines(Path.Combine(Root, OwnerFile)))
            {
                if (line.Split('=', 2) is [string name, string value])
                    fields[name] = value;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It died before it wrote the file, or somebody removes it right now.
        }
        return new FolderOwner(
            ProcessIdentity.TryParse(fields.GetValueOrDefault("process")),
            fields.GetValueOrDefault("store"),
            string.Join(' ', fields.GetValueOrDefault("case"), fields.GetValueOrDefault("role")).Trim(),
            long.TryParse(fields.GetValueOrDefault("expires"), NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
                ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null);
    }

    private void WriteOwner(SandboxOwner owner, DateTimeOffset expires) => File.WriteAllLines(
        Path.Combine(Root, OwnerFile),
        new[]
        {
            $"process={ProcessIdentity.Current}",
            $"store={owner.Store}",
            $"experiment={owner.Experiment}",
            $"case={owner.Case}",
            $"attempt={owner.Attempt}",
            $"role={owner.Role}",
            string.Create(CultureInfo.InvariantCulture, $"expires={expires.ToUnixTimeSeconds()}"),
        }.Select(line => line.ReplaceLineEndings(" ")));
}

/// <summary>What an owner file says; null where it does not.</summary>
/// <param name="Process">Who made the sandbox.</param>
/// <param name="Store">For which store.</param>
/// <param name="Text">Case and role.</param>
/// <param name="Expires">End of its time to live.</param>
internal sealed record FolderOwner(ProcessIdentity? Process, string? Store, string Text, DateTimeOffset? Expires);
