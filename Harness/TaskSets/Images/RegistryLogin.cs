using Docker.DotNet.Models;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>What a registry is shown with a pull, and what a reader must know where it refuses.</summary>
/// <param name="Registry">The registry's host as images name it; <c>docker.io</c> is Docker Hub.</param>
/// <param name="Credentials">Null is an anonymous pull.</param>
/// <param name="Account">Where they came from, or why there are none: a sentence that holds no secret.</param>
/// <param name="ReadAt">When they were read, by the clock's timestamp.</param>
internal sealed record RegistryLogin(string Registry, AuthConfig? Credentials, string Account, long ReadAt)
{
    /// <summary>What to do where the registry refuses: a sentence.</summary>
    public string Remedy => Credentials is null
        ? $"If the image is private, run `docker login{Host}`."
        : $"Run `docker login{Host}` with an account that may read the image.";

    private string Host => RegistryKeys.IsDockerHub(Registry) ? "" : " " + Registry;

    /// <summary>Whether a registry could not know the two apart.</summary>
    public bool ShowsTheSameAs(RegistryLogin other) => Shown == other.Shown;

    private (string?, string?, string?, string?) Shown =>
        (Credentials?.Username, Credentials?.Password, Credentials?.IdentityToken, Credentials?.RegistryToken);
}
