using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>
/// The logins that <c>docker login</c> keeps, in the CLI's <c>config.json</c> or with a credential helper, chosen as the CLI does:
/// <c>credHelpers</c>, else <c>credsStore</c>, else <c>auths</c>. Each registry's is read once,
/// and again where the registry has refused it. A file or a helper that is broken is no fault: most images are public. Safe for concurrent
/// use.
/// </summary>
/// <param name="configFile">The CLI's configuration; it need not be there.</param>
/// <param name="helper">How helpers are asked.</param>
/// <param name="time">The clock.</param>
internal sealed class RegistryLogins(string configFile, CredentialHelper helper, TimeProvider time)
{
    // A registry refuses images that do not exist, too: many such pulls in a row are no reason to ask a slow helper each time.
    private static readonly TimeSpan LeastAge = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Lazy<Task<RegistryLogin>>> _logins = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Those of the user who runs this process.</summary>
    public static RegistryLogins OfUser(TimeProvider time)
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string folder = EngineEndpointFinder.ConfigFolder(Environment.GetEnvironmentVariable, home);
        return new RegistryLogins(Path.Combine(folder, "config.json"), new CredentialHelper(), time);
    }

    /// <param name="registry">Its host as images name it.</param>
    /// <param name="cancellationToken">Ends the waiting; the reading goes on for others.</param>
    public Task<RegistryLogin> FindAsync(string registry, CancellationToken cancellationToken) =>
        Hold(registry).Value.WaitAsync(cancellationToken);

    /// <summary>
    /// The login of a registry that has refused one: read again, since the user may have logged in meanwhile, or a token may have run out.
    /// What is only seconds old is not read again.
    /// </summary>
    public async Task<RegistryLogin> RenewAsync(RegistryLogin refused, CancellationToken cancellationToken)
    {
        Lazy<Task<RegistryLogin>> held = Hold(refused.Registry);
        RegistryLogin current = await held.Value.WaitAsync(cancellationToken);
        // Another pull may have been refused, and have asked, before this one.
        if (!ReferenceEquals(current, refused) || time.GetElapsedTime(refused.ReadAt) < LeastAge)
            return current;
        _logins.TryRemove(KeyValuePair.Create(refused.Registry, held));
        return await FindAsync(refused.Registry, cancellationToken);
    }

    private Lazy<Task<RegistryLogin>> Hold(string registry) =>
        _logins.GetOrAdd(registry, static (key, self) => new Lazy<Task<RegistryLogin>>(() => Task.Run(() => self.ReadAsync(key))), this);

    private async Task<RegistryLogin> ReadAsync(string registry)
    {
        (AuthConfig? credentials, string account) = await LookAsync(registry);
        return new RegistryLogin(registry, credentials, account, time.GetTimestamp());
    }

    private async Task<(AuthConfig? Credentials, string Account)> LookAsync(string registry)
    {
        CliLogins? logins;
        try
        {
            string text = await File.ReadAllTextAsync(configFile);
            logins = JsonSerializer.Deserialize(text, EngineJson.Default.CliLogins);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, $"No login was shown: there is no file {configFile}.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (null, $"No login was shown: {configFile} cannot be read ({exception.Message.TrimEnd('.')}).");
        }
        catch (JsonException exception)
        {
            // Its message may quote the file.
            string where = $"line {exception.LineNumber + 1} of {configFile}";
            return (null, $"No login was shown: {where} is not as the docker CLI writes it. Repair or remove the file.");
        }
        string? name = RegistryKeys.Find(logins?.Helpers, registry) ?? logins?.Store;
        return string.IsNullOrEmpty(name)
            ? Decode(RegistryKeys.Find(logins?.Entries, registry), registry)
            : await AskAsync(name, registry);
    }

    private async Task<(AuthConfig? Credentials, string Account)> AskAsync(string name, string registry)
    {
        HelperReply reply = await helper.AskAsync(name, RegistryKeys.ServerOf(registry));
        string who = $"{CredentialHelper.ProgramOf(name)}, which {configFile} names,";
        return reply switch
        {
            { Credentials: not null } => (reply.Credentials, $"The login that {who} gave was shown."),
            { Trouble: { } trouble } => (null, $"No login was shown: {who} {trouble}. Repair the helper, or take it out of the file."),
            _ => (null, $"No login was shown: {who} has none for {registry}."),
        };
    }

    private (AuthConfig? Credentials, string Account) Decode(CliLogin? entry, string registry)
    {
        if (entry is null || entry.IsEmpty)
            return (null, $"No login was shown: {configFile} has none for {registry}.");
        var credentials = new AuthConfig
        {
            Username = entry.Username,
            Password = entry.Password,
            IdentityToken = entry.IdentityToken,
            RegistryToken = entry.RegistryToken,
            ServerAddress = RegistryKeys.ServerOf(registry),
        };
        if (!string.IsNullOrEmpty(entry.Auth))
        {
            byte[] bytes = new byte[entry.Auth.Length];
            bool isText = Convert.TryFromBase64String(entry.Auth, bytes, out int length);
            string text = isText ? Encoding.UTF8.GetString(bytes.AsSpan(0, length)) : "";
            int colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
                return (null, $"No login was shown: the entry for {registry} in {configFile} cannot be decoded.");
            (credentials.Username, credentials.Password) = (text[..colon], text[(colon + 1)..].Trim('\0'));
        }
        return (credentials, $"The login in {configFile} was shown.");
    }
}
