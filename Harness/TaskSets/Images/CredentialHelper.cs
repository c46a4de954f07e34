using System.Text;
using System.Text.Json;
using Docker.DotNet.Models;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>
/// Asks the programs that keep logins for the docker CLI: <c>docker-credential-NAME get</c> reads a registry's name, and prints JSON.
/// </summary>
internal sealed class CredentialHelper
{
    private const int MostBytes = 64 * 1024;
    private const int MostWords = 200;
    // What helpers print where they have no login; their exit code is that of a failure.
    private const string NotFound = "credentials not found";
    // An access token instead of a password.
    private const string TokenUser = "<token>";

    // What keychains, password managers and the clouds' own tools need to find the user's login there, and no key of a model.
    private static readonly string[] Variables =
    [
        "DOCKER_CONFIG", "USER", "LOGNAME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR",
        "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "GNUPGHOME", "GPG_TTY", "PASSWORD_STORE_DIR",
        "USERPROFILE", "APPDATA", "LOCALAPPDATA", "SSL_CERT_FILE", "SSL_CERT_DIR",
        "http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
        "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_SDK_LOAD_CONFIG",
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE",
        "CLOUDSDK_CONFIG", "CLOUDSDK_ACTIVE_CONFIG_NAME", "GOOGLE_APPLICATION_CREDENTIALS",
        "AZURE_CONFIG_DIR", "AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET",
    ];

    /// <summary>Past it a helper is killed: some wait for a person who unlocks a keychain. Default 20 s.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>All that a helper sees; the default is chosen from the host's variables.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = ChildEnvironment.Usual(Variables);

    /// <summary>The program of a helper that the configuration names.</summary>
    public static string ProgramOf(string name) => "docker-credential-" + name;

    /// <summary>Asks for a registry's login.</summary>
    /// <param name="name">The helper as the configuration names it.</param>
    /// <param name="server">The registry as the CLI names it.</param>
    public async Task<HelperReply> AskAsync(string name, string server)
    {
        if (name.AsSpan().ContainsAny('/', '\\', '\0'))
            return HelperReply.Failed("is no program's name");
        var command = new ChildCommand(ProgramOf(name), "get")
        {
            Stdin = Encoding.UTF8.GetBytes(server + "\n"),
            Environment = Environment,
            TimeLimit = Limit,
            KeepBytes = MostBytes,
            MaxOutputBytes = MostBytes,
        };
        ChildResult result = await ChildProcess.RunAsync(command, CancellationToken.None);
        if (result.Outcome != ChildOutcome.Exited)
            return HelperReply.Failed(result.Detail ?? "did not run");
        if (result.Succeeded)
            return Read(result.Stdout.Text, server);
        return (result.Stdout.Text + result.Stderr.Text).Contains(NotFound, StringComparison.OrdinalIgnoreCase)
            ? HelperReply.None
            : HelperReply.Failed($"exited with code {result.ExitCode}{Words(result)}");
    }

    private static HelperReply Read(string output, string server)
    {
        HelperAnswer? answer = null;
        try
        {
            answer = JsonSerializer.Deserialize(output, EngineJson.Default.HelperAnswer);
        }
        catch (JsonException)
        {
            // Neither it nor the output is quoted: what is no JSON may still be a secret.
        }
        if (answer is not { Secret: { Length: > 0 } secret })
            return HelperReply.Failed("printed something else than a login");
        AuthConfig credentials = answer.Username == TokenUser
            ? new AuthConfig { IdentityToken = secret, ServerAddress = server }
            : new AuthConfig { Username = answer.Username, Password = secret, ServerAddress = server };
        return new HelperReply(credentials, null);
    }

    /// <summary>
    /// The first line of what a failed helper complains of; nothing where it seems to have printed a login before it failed.
    /// </summary>
    private static string Words(ChildResult result)
    {
        string output = result.Stdout.Text.Trim();
        string words = (output.Length > 0 ? output : result.Stderr.Text.Trim()).Split('\n')[0].Trim();
        bool mayBeSecret = output.Contains('{', StringComparison.Ordinal) || output.Contains("secret", StringComparison.OrdinalIgnoreCase);
        return words.Length == 0 || mayBeSecret ? "" : $" (\"{(words.Length > MostWords ? words[..MostWords] + "..." : words)}\")";
    }
}

/// <param name="Credentials">Null if it has none, or failed.</param>
/// <param name="Trouble">Null if it did not fail, else how: the rest of a sentence that begins with the helper, without any secret.</param>
internal sealed record HelperReply(AuthConfig? Credentials, string? Trouble)
{
    /// <summary>It works, and has no login for this registry.</summary>
    public static HelperReply None { get; } = new(null, null);

    public static HelperReply Failed(string how) => new(null, how);
}
