using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Tandem.Harness.Sandboxes;

/// <summary>How the programs of an agent are made, once for each engine.</summary>
/// <param name="Name">What the agent is called; a safe path segment.</param>
/// <param name="Run">Lines of one script for <c>sh -e</c>, run as root with a network; <c>{programs}</c> stands for
/// <see cref="ProgramVolume.Folder"/>.</param>
/// <param name="Check">The program and arguments that print the version without a network.</param>
/// <param name="Says">A text that the check prints.</param>
public sealed record ProgramRecipe(string Name, IReadOnlyList<string> Run, IReadOnlyList<string> Check, string Says)
{
    /// <summary>The image in which they are made: that of the built-in tasks. Its C library is old enough for programs that are to run on
    /// newer images.</summary>
    public string Image { get; init; } = "debian:bookworm-slim";

    /// <summary>About how much disk they need, MB; does not count for the digest.</summary>
    public int SizeMb { get; init; }

    /// <summary>SHA-256 of what decides over the programs, lower-case hex.</summary>
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        new JsonArray(Image, Array(Run), Array(Check), Says).ToJsonString())));

    private static JsonArray Array(IReadOnlyList<string> words) => new([.. words.Select(word => JsonValue.Create(word))]);
}

/// <summary>The programs of an agent, checked, in a place that sandboxes mount at <see cref="Folder"/> and cannot write.</summary>
/// <param name="Name">The engine's name of the volume.</param>
/// <param name="Digest">The recipe's.</param>
public sealed record ProgramVolume(string Name, string Digest)
{
    /// <summary>Where sandboxes see them.</summary>
    public const string Folder = "/opt/tandem-agent";
}
