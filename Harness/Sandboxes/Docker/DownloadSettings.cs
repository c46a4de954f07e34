using System.Collections;

namespace Tandem.Harness.Sandboxes.Docker;

/// <summary>What of the host's environment downloads need behind a proxy or with a registry of one's own. It goes into the container that
/// makes programs, for the time of its script, and is recorded nowhere.</summary>
internal sealed class DownloadSettings
{
    private const string Folder = "/run/tandem-certificates";
    private const int LeastSecret = 8;
    private const long MostBytes = 10_000_000;

    private static readonly string[] s_names = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_PROXY"];

    // Not all that npm reads: what npm itself sets for its children names folders of the host.
    private static readonly string[] s_npmNames = ["registry", "proxy", "https_proxy", "http_proxy", "noproxy", "strict_ssl", "ca",
        "_auth", "_authtoken", "always_auth", "fetch_retries", "fetch_timeout", "maxsockets"];

    // Their values are files of certificates, which must come along.
    private static readonly string[] s_fileNames =
        ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "npm_config_cafile", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];

    private readonly List<string> _hidden = [];

    private DownloadSettings(Dictionary<string, string> environment, List<SandboxFile> files) =>
        (Environment, Files) = (environment, files);

    /// <summary>The variables.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>The files that they name.</summary>
    public IReadOnlyList<SandboxFile> Files { get; }

    /// <summary>Those of this process.</summary>
    public static DownloadSettings OfHost() => Of(System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? ""));

    /// <summary>Those of some variables.</summary>
    public static DownloadSettings Of(IReadOnlyDictionary<string, string> variables)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["DEBIAN_FRONTEND"] = "noninteractive" };
        var files = new List<SandboxFile>();
        var hidden = new List<string>();
        foreach ((string name, string value) in variables.Where(variable => variable.Value.Length > 0)
            .OrderBy(variable => variable.Key, StringComparer.Ordinal))
        {
            if (IsFile(name))
            {
                if (!File.Exists(value) || new FileInfo(value).Length > MostBytes)
                    continue;
                string path = $"{Folder}/{name}.pem";
                files.Add(new SandboxFile(path, File.ReadAllBytes(value)));
                environment[name] = path;
            }
            else if (IsPassedOn(name))
            {
                environment[name] = value;
                hidden.Add(value.TrimEnd('/'));
            }
        }
        var settings = new DownloadSettings(environment, files);
        settings._hidden.AddRange(hidden.Where(value => value.Length >= LeastSecret).OrderByDescending(value => value.Length));
        return settings;
    }

    /// <summary>A text without the values.</summary>
    public string Clean(string text)
    {
        foreach (string value in _hidden)
            text = text.Replace(value, "[setting]", StringComparison.OrdinalIgnoreCase);
        return text;
    }

    private static bool IsFile(string name) => s_fileNames.Contains(name, StringComparer.OrdinalIgnoreCase);

    private static bool IsPassedOn(string name)
    {
        const string npm = "npm_config_";
        return s_names.Contains(name, StringComparer.OrdinalIgnoreCase)
            || (name.StartsWith(npm, StringComparison.OrdinalIgnoreCase)
                && (s_npmNames.Contains(name[npm.Length..].ToLowerInvariant().Replace('-', '_')) || name[npm.Length..].StartsWith("//",
                    StringComparison.Ordinal)));
    }
}
