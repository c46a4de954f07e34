using System.Globalization;
using Tandem.Harness.Configuration;

namespace Tandem.Harness.Admission;

/// <summary>What one invocation may spend, of money and of time. Past it no further attempt begins; what runs is brought to its end.
/// Travels to the test process in two variables.</summary>
/// <param name="MaxCostUsd">USD that this invocation may spend on agents; null is no bound.</param>
/// <param name="MaxTime">Wall clock from its begin; null is no bound.</param>
public sealed record RunBounds(decimal? MaxCostUsd, TimeSpan? MaxTime)
{
    /// <summary>Names the variable with the money, USD from 0.</summary>
    public const string CostVariable = "TANDEM_MAX_COST";

    /// <summary>Names the variable with the time, minutes from 0.</summary>
    public const string MinutesVariable = "TANDEM_MAX_MINUTES";

    /// <summary>What the reason of each case begins with that is left alone for a bound, so that it is known from other reasons.</summary>
    public const string Mark = "a bound of this run is reached";

    private const double MostMinutes = 525_600;

    /// <summary>No bounds.</summary>
    public static RunBounds None { get; } = new(null, null);

    /// <summary>Whether there is a bound.</summary>
    public bool Any => MaxCostUsd is not null || MaxTime is not null;

    /// <summary>Reads the variables.</summary>
    /// <exception cref="SettingsException">A value is no number in its range.</exception>
    public static RunBounds Parse(IReadOnlyDictionary<string, string> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        try
        {
            return new RunBounds(
                Value(environment, CostVariable) is string cost ? ParseCost(CostVariable, cost) : null,
                Value(environment, MinutesVariable) is string minutes ? ParseMinutes(MinutesVariable, minutes) : null);
        }
        catch (FormatException exception)
        {
            throw new SettingsException("The environment", [exception.Message]);
        }
    }

    /// <summary>Reads an amount of money.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static decimal ParseCost(string name, string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal usd)
            && usd >= 0 ? usd : throw new FormatException($"{name} {text}: an amount of USD from 0 is expected, for example 2.50.");

    /// <summary>Reads a time in minutes.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static TimeSpan ParseMinutes(string name, string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double minutes)
            && minutes is >= 0 and <= MostMinutes
            ? TimeSpan.FromMinutes(minutes)
            : throw new FormatException($"{name} {text}: minutes from 0 are expected, for example 90 or 0.5.");

    /// <summary>Why no further attempt begins after so long; null if one may.</summary>
    public string? WhyOver(TimeSpan elapsed) => MaxTime is TimeSpan most && elapsed >= most
        ? string.Create(CultureInfo.InvariantCulture,
        $"{Mark}: its {most.TotalMinutes:0.##} minutes are over (--max-minutes, {MinutesVariable})")
        : null;

    private static string? Value(IReadOnlyDictionary<string, string> environment, string name) =>
        environment.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;
}
