using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker;
using Tandem.Harness.TaskSets.Images;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>The engine that the tests run against, found once.</summary>
internal static class DockerEngine
{
    /// <summary>What the tests' sandboxes start from.</summary>
    public const string BaseImage = "debian:bookworm-slim";

    private static readonly Lazy<Task<DockerSandboxProvider>> s_provider =
        new(() => DockerSandboxes.ConnectAsync(time: null, storeFolder: null, CancellationToken.None));
    private static readonly Lazy<Task<SandboxImage>> s_image = new(async () =>
        await (await s_provider.Value)
            .PrepareImageAsync(new SandboxImageSource(BaseImage, BuildFolder: null, BuildDigest: null, AllowsProcessSandbox: false),
            CancellationToken.None));

    /// <summary>Gives the provider; skips the test with the reason where no engine answers, or fails it if
    /// <c>TANDEM_REQUIRE_DOCKER=1</c>.</summary>
    public static async Task<DockerSandboxProvider> RequireOrSkip()
    {
        Tier.RequireSlow("uses the engine");
        try
        {
            return await s_provider.Value;
        }
        catch (SandboxException exception) when (Environment.GetEnvironmentVariable("TANDEM_REQUIRE_DOCKER") != "1")
        {
            Assert.Skip(exception.Message);
            throw;
        }
    }

    /// <summary>The provider with a usable image.</summary>
    public static async Task<SandboxSubject> SubjectAsync() => new(await RequireOrSkip(), await s_image.Value);

    /// <summary>A sandbox of a store.</summary>
    public static async Task<ISandbox> CreateAsync(string store)
    {
        SandboxSubject subject = await SubjectAsync();
        return await subject.Provider.CreateAsync(Spec(store, subject.Image), TestContext.Current.CancellationToken);
    }

    /// <summary>What a sandbox of a store is to be; each has another name.</summary>
    public static SandboxSpec Spec(string store, SandboxImage image) => new()
    {
        Image = image,
        Name = "test-" + Guid.NewGuid().ToString("N")[..16],
        Owner = new SandboxOwner(store, "test", "solo/none/0/f1/seed0", "attempt1", "agent1"),
        TimeToLive = TimeSpan.FromMinutes(5),
    };
}
