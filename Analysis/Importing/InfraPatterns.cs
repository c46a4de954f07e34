using System.Text.RegularExpressions;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Importing;

/// <summary>
/// Whether the infrastructure failed, by an error's text. Only for imported results of status <c>Error</c> that do not say it
/// themselves: our own records are classed where the fault arises, by its type.
/// </summary>
internal static partial class InfraPatterns
{
    private static readonly (Regex Pattern, ErrorClass Class)[] s_patterns =
    [
        (RateLimit(), ErrorClass.RateLimit),
        (Transport(), ErrorClass.ModelTransport),
        (Memory(), ErrorClass.HostMemory),
        (Engine(), ErrorClass.Engine),
        (TimeOut(), ErrorClass.HarnessTimeout),
    ];

    /// <summary>The class of the first pattern that the text has; null if it has none: then the agent itself crashed.</summary>
    public static ErrorClass? Of(string text)
    {
        foreach ((Regex pattern, ErrorClass errorClass) in s_patterns)
        {
            if (pattern.IsMatch(text))
                return errorClass;
        }
        return null;
    }

    [GeneratedRegex(@"\b429\b|rate.?limit", RegexOptions.IgnoreCase)]
    private static partial Regex RateLimit();

    [GeneratedRegex(@"connection|\b50[23]\b", RegexOptions.IgnoreCase)]
    private static partial Regex Transport();

    [GeneratedRegex(@"\bOOM|out of memory|\bkilled\b", RegexOptions.IgnoreCase)]
    private static partial Regex Memory();

    [GeneratedRegex("docker|container", RegexOptions.IgnoreCase)]
    private static partial Regex Engine();

    // Python says of its own time limits that a command "timed out".
    [GeneratedRegex("time.?out|timed out", RegexOptions.IgnoreCase)]
    private static partial Regex TimeOut();
}
