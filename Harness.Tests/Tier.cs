using Xunit;
using Xunit.v3;

namespace Tandem.Harness.Tests;

/// <summary>Marks tests that <c>./run.sh test --quick</c> leaves out: those that use an engine, start our programs, run cases, or
/// need seconds each. Derived classes inherit it.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class SlowAttribute : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new(Tier.Trait, Tier.Slow)];
}

/// <summary>Marks tests that take long or need the network. <c>./run.sh test --all</c> runs them, and so does CI. Derived classes
/// inherit it.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class LongAttribute : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new(Tier.Trait, "Long")];
}

/// <summary>The rule behind <see cref="SlowAttribute"/>: whatever opens the engine or starts our programs asks here, so that a test
/// without the mark fails in every run.</summary>
internal static class Tier
{
    public const string Trait = "Tier";
    public const string Slow = "Slow";

    /// <summary>Fails a test that is not marked as slow; lets code pass that runs for no test.</summary>
    /// <param name="what">What the test does: "uses the engine".</param>
    public static void RequireSlow(string what)
    {
        ITestContext context = TestContext.Current;
        IReadOnlyDictionary<string, IReadOnlyCollection<string>>? traits = context.Test?.Traits ?? context.TestClass?.Traits;
        if (traits is not null && !(traits.TryGetValue(Trait, out IReadOnlyCollection<string>? tiers) && tiers.Contains(Slow)))
            Assert.Fail($"{context.Test?.TestDisplayName ?? context.TestClass?.TestClassName} {what} and is not marked with [Slow].");
    }
}
