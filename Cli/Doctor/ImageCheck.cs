using System.Net;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Cli.Doctor;

/// <summary>Is the image there from which those of the built-in tasks are built, or a registry that has it?</summary>
internal static class ImageCheck
{
    private const string BaseImage = "debian:bookworm-slim";
    private static readonly TimeSpan s_registryLimit = TimeSpan.FromSeconds(5);

    /// <exception cref="SandboxException">The engine does not answer.</exception>
    public static async Task<Finding> ExamineAsync(EngineClient engine, CancellationToken cancellationToken)
    {
        return await engine.FindImageAsync(BaseImage, cancellationToken) is null
            ? Judge(await AskRegistryAsync(engine, cancellationToken))
            : Finding.Ok("IMAGE", $"{BaseImage} is here");
    }

    /// <param name="whyNoRegistry">Why no registry gives the image; null if one does.</param>
    public static Finding Judge(string? whyNoRegistry) => whyNoRegistry is null
        ? Finding.Ok("IMAGE", $"{BaseImage} is not here yet; the first run pulls it from its registry")
        : new Finding(
            "IMAGE",
            Severity.Note,
            $"{BaseImage} is not here, and no registry has it ({whyNoRegistry}). The first run makes it from Debian's packages, in about a "
                + "minute");

    /// <returns>Null if the registry has it, else why not.</returns>
    private static async Task<string?> AskRegistryAsync(EngineClient engine, CancellationToken cancellationToken)
    {
        try
        {
            var call = new EngineCall($"looking for {BaseImage}") { Limit = s_registryLimit, NotFound = SandboxFault.Image };
            await engine.SendAsync(call, (docker, token) => docker.Distribution.InspectAsync(BaseImage, token), cancellationToken);
            return null;
        }
        catch (SandboxException exception)
        {
            return EngineErrors.StatusOf(exception) == HttpStatusCode.NotFound ? "not found" : exception.Message;
        }
    }
}
