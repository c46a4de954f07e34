using System.Globalization;
using Tandem.Records.Runs;

namespace Tandem.Harness.Sandboxes.Docker.Life;

/// <summary>The labels by which the next start finds what a dead process left.</summary>
internal static class SandboxLabels
{
    public const string Store = "tandem.store";

    /// <summary>The process that made it; whatever has this label is ours.</summary>
    public const string Owner = "tandem.owner";

    private const string Experiment = "tandem.experiment";
    private const string Case = "tandem.case";
    private const string Attempt = "tandem.attempt";
    private const string Role = "tandem.role";
    private const string Expires = "tandem.expires";

    /// <summary>All labels of a sandbox of this process.</summary>
    public static Dictionary<string, string> Of(SandboxOwner owner, DateTimeOffset expires) => new()
    {
        [Store] = owner.Store,
        [Experiment] = owner.Experiment,
        [Case] = owner.Case,
        [Attempt] = owner.Attempt,
        [Role] = owner.Role,
        [Owner] = ProcessIdentity.Current.ToString(),
        [Expires] = expires.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
    };

    /// <summary>Case and role, for people.</summary>
    public static string Describe(IDictionary<string, string> labels) =>
        $"{Value(labels, Case) ?? "unknown case"} ({Value(labels, Role) ?? "unknown role"})";

    /// <summary>After this time it has stopped by itself; null if the label is missing or unreadable.</summary>
    public static DateTimeOffset? ExpiryOf(IDictionary<string, string> labels) =>
        DateTimeOffset.TryParse(Value(labels, Expires), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
            out DateTimeOffset expires) ? expires : null;

    /// <summary>A label's value; null if it is missing.</summary>
    public static string? Value(IDictionary<string, string> labels, string name) =>
        labels.TryGetValue(name, out string? value) ? value : null;
}
