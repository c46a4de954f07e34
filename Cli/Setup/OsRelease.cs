namespace Tandem.Cli.Setup;

/// <summary>Which Linux this is, from <c>/etc/os-release</c>.</summary>
/// <param name="Id">As <c>debian</c>; empty if unknown.</param>
/// <param name="Name">As people say it: <c>Debian GNU/Linux 12 (bookworm)</c>.</param>
internal sealed record OsRelease(string Id, string Name)
{
    private static readonly string[] s_files = ["/etc/os-release", "/usr/lib/os-release"];

    /// <summary>Whether <c>docker.io</c> is a package of it. Derivatives are not taken for their parents: their archives differ.</summary>
    public bool HasDebianPackages => Id is "debian" or "ubuntu";

    /// <summary>This machine's; null where it is not Linux.</summary>
    public static OsRelease? ReadHost()
    {
        if (!OperatingSystem.IsLinux())
            return null;
        string? file = s_files.FirstOrDefault(File.Exists);
        return Parse(file is null ? [] : File.ReadLines(file));
    }

    /// <summary>Reads lines of the form <c>KEY=value</c> or <c>KEY="value"</c>.</summary>
    public static OsRelease Parse(IEnumerable<string> lines)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            if (line.Split('=', 2) is [string key, string value])
                values[key.Trim()] = value.Trim().Trim('"', '\'');
        }
        string id = values.GetValueOrDefault("ID", "");
        return new OsRelease(id, values.GetValueOrDefault("PRETTY_NAME") ?? (id.Length > 0 ? id : "this Linux"));
    }
}
