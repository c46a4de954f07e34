using System.Reflection;
using DotNet.Testcontainers.Containers;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>The libraries that carry sandboxes, by name and version.</summary>
internal static class EngineLibraries
{
    /// <summary>Testcontainers with its version: "Testcontainers 4.16.0".</summary>
    public static string Testcontainers { get; } = $"Testcontainers {VersionOf(typeof(DockerContainer).Assembly)}";

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "of unknown version";
}
