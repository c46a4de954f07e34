namespace Tandem.Harness.Tests.Servers;

/// <summary>How a server is made and run.</summary>
internal sealed record ServerRecipe
{
    /// <summary>The image's name without its tag. The tag is the digest of the Dockerfile: it is built once on a machine.</summary>
    public required string Image { get; init; }

    /// <summary>Builds the image, without a context. It starts from a base that can be made locally: no registry may answer.</summary>
    public required string Dockerfile { get; init; }

    /// <summary>What it runs.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>The port inside.</summary>
    public required int Port { get; init; }

    /// <summary>What it logs when it can be used: a regular expression.</summary>
    public required string ReadyMessage { get; init; }

    /// <summary>Its variables.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
