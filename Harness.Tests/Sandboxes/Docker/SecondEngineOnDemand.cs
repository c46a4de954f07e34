using Tandem.Bench.Sandboxes;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>A second engine for tests, only on demand.</summary>
internal static class SecondEngineOnDemand
{
    /// <summary>Prepares one, not started; skips the test where it cannot be, or is not asked for.</summary>
    public static SecondEngine PrepareOrSkip()
    {
        Tier.RequireSlow("starts an engine");
        Assert.SkipUnless(Environment.GetEnvironmentVariable("TANDEM_TEST_DAEMON") == "1",
            "starts a second engine: TANDEM_TEST_DAEMON=1 asks for it");
        Assert.SkipWhen(SecondEngine.WhyNot is not null, SecondEngine.WhyNot ?? "");
        return SecondEngine.Prepare();
    }
}
