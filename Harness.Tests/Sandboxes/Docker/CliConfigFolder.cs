using System.Text;
using System.Text.Json.Nodes;
using Tandem.Harness.Processes;
using Tandem.Harness.TaskSets.Images;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>
/// A folder as <c>DOCKER_CONFIG</c> names it, with a configuration of the docker CLI and helpers that are on the PATH of helpers alone.
/// </summary>
internal sealed class CliConfigFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tandem-cli-");

    /// <summary>The configuration; not there until it is written.</summary>
    public string File => Path.Combine(_folder.FullName, "config.json");

    /// <summary>Where helpers write what they were asked.</summary>
    public string Trace => Path.Combine(_folder.FullName, "trace");

    /// <summary>After it a helper is killed.</summary>
    public TimeSpan HelperLimit { get; set; } = TimeSpan.FromSeconds(20);

    public void Dispose() => _folder.Delete(recursive: true);

    public void Write(string json) => System.IO.File.WriteAllText(File, json);

    /// <summary>As <c>docker login</c> writes it without a helper.</summary>
    public void WriteLogin(string key, string user, string password)
    {
        string auth = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
        Write(new JsonObject { ["auths"] = new JsonObject { [key] = new JsonObject { ["auth"] = auth } } }.ToJsonString());
    }

    /// <summary>Adds <c>docker-credential-NAME</c>; skips the test where there is no shell to run it.</summary>
    public void AddHelper(string name, string script)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The helper is a shell script.");
        string path = Path.Combine(_folder.FullName, "docker-credential-" + name);
        System.IO.File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            System.IO.File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    /// <summary>A helper that has one login, and says of all others that it has none, as the published ones do.</summary>
    public void AddHelper(string name, string server, string user, string secret) => AddHelper(
        name,
        $$"""
        read -r server
        echo "$1 $server" >> {{Trace}}
        [ "$1 $server" = 'get {{server}}' ] || { echo 'credentials not found in native keychain'; exit 1; }
        echo '{"ServerURL":"{{server}}","Username":"{{user}}","Secret":"{{secret}}"}'
        """);

    public RegistryLogins Logins(TimeProvider? time = null)
    {
        Dictionary<string, string> environment = new(new CredentialHelper().Environment);
        environment["PATH"] = _folder.FullName + ":" + ChildEnvironment.Usual()["PATH"];
        var helper = new CredentialHelper { Environment = environment, Limit = HelperLimit };
        return new RegistryLogins(File, helper, time ?? TimeProvider.System);
    }
}
