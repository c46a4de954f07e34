using Tandem.Bench.Reporting;

namespace Tandem.Bench.Benchmarks;

/// <summary>One benchmark, by a name that the command line takes.</summary>
internal interface IBenchmark
{
    /// <summary>Its name.</summary>
    string Name { get; }

    /// <summary>What it compares, in a line.</summary>
    string Description { get; }

    /// <summary>Whether it needs an engine.</summary>
    bool NeedsEngine { get; }

    /// <summary>Whether it uses an engine where there is one.</summary>
    bool UsesEngine => NeedsEngine;

    /// <summary>Why this host cannot measure it; null if it can.</summary>
    string? WhyNot => null;

    /// <summary>How many rounds count where nothing is said.</summary>
    int UsualRuns { get; }

    /// <summary>Whether a round that does not count comes first.</summary>
    bool WarmsUp => true;

    /// <summary>Measures.</summary>
    Task<BenchResult> RunAsync(BenchContext context, CancellationToken cancellationToken);
}

/// <summary>All benchmarks, in the order in which they are run and reported. A new one is added here.</summary>
internal static class BenchCatalog
{
    public static IReadOnlyList<IBenchmark> All { get; } =
    [
        new SandboxCycle(), new EvaluationOverhead(), new CaseOverhead(), new CaseThroughput(), new EngineCpu(), new AgentStep(),
            new GatewayCalls(), new SharedMatrix(), new ClaimCost(), new FleetMakespan(),
            new StoreSpeed(), new Regeneration(), new JudgeStatusSpeed(), new AnalysisSpeed(),
    ];
}
