using System.Net;
using Tandem.Harness.Configuration;

namespace Tandem.Harness.Models;

/// <summary>Finds the key that an endpoint needs, in the one place where it may stand.</summary>
internal static class ModelKey
{
    /// <summary>The key, without white space around it; null if its variable is not set.</summary>
    public static string? Find(ModelSettings settings, Func<string, string?> variable) =>
        variable(settings.KeyVariable)?.Trim() is { Length: > 0 } key ? key : null;

    /// <summary>What is missing; null if nothing is.</summary>
    public static string? Fault(ModelSettings settings, Func<string, string?> variable)
    {
        if (settings.Name is null)
            return "No model is named: give --model NAME, or set model.name in the experiment.";
        string? key = Find(settings, variable);
        if (key is null && !IsOnThisMachine(settings.BaseUrl))
            return $"The environment variable {settings.KeyVariable} is not set: put the key for {settings.BaseUrl} there, or name "
                + $"another variable in model.key_variable.";
        if (key is not null && key.Any(c => c is < '!' or > '~'))
            return $"What stands in the environment variable {settings.KeyVariable} is no key: it holds white space or letters outside "
                + $"ASCII. Put the key for {settings.BaseUrl} there.";
        return null;
    }

    private static bool IsOnThisMachine(string baseUrl) =>
        Uri.TryCreate(baseUrl, UriKind.Absolute, out Uri? url)
            && (url.IsLoopback || (IPAddress.TryParse(url.Host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address)));
}
