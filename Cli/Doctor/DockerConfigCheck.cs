using System.Text.Json;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Cli.Doctor;

/// <summary>The docker CLI's <c>config.json</c>: it names the engine's context and the logins of registries. Where it is damaged, both are
/// passed over.</summary>
internal static class DockerConfigCheck
{
    /// <returns>Null if the file is sound or not there.</returns>
    public static Finding? Examine()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Examine(Path.Combine(EngineEndpointFinder.ConfigFolder(Environment.GetEnvironmentVariable, home), "config.json"));
    }

    /// <param name="file">The file, which may hold secrets: the finding does not quote it.</param>
    public static Finding? Examine(string file)
    {
        try
        {
            string text = File.ReadAllText(file);
            _ = JsonSerializer.Deserialize(text, EngineJson.Default.CliConfig);
            _ = JsonSerializer.Deserialize(text, EngineJson.Default.CliLogins);
            return null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException exception)
        {
            return Damaged($"line {exception.LineNumber + 1} of {file} is not as the docker CLI writes it");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Damaged($"{file} cannot be read: {exception.Message}");
        }
    }

    private static Finding Damaged(string what) => new("DOCKER-CLI", Severity.Warning,
        $"{what}; its context and its registry logins are not used", "repair or remove the file");
}
