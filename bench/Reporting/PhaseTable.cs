using System.Globalization;
using Tandem.Bench.Measuring;

namespace Tandem.Bench.Reporting;

/// <summary>Where a side's time goes.</summary>
internal static class PhaseTable
{
    /// <summary>A row for each phase: how often in a lap, and how long all of them together.</summary>
    public static Table Of(SideLaps side, string caption) => new(
        caption,
        ["phase", "times", "ms a lap, together"],
        [.. side.PhaseNames.Select(name => (IReadOnlyList<string>)[name, Times(side, name), Wording.Ms(side.Phase(name))])]);

    private static string Times(SideLaps side, string name) =>
        side.Laps[0].Phases.Count(phase => phase.Name == name).ToString(CultureInfo.InvariantCulture);
}
