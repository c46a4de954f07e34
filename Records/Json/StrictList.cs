using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Tandem.Records.Json;

internal static class StrictList
{
    /// <summary>The serializer's strictness ends at lists: it lets a null through among their elements. Called by the types that have
    /// lists.</summary>
    /// <exception cref="JsonException">An element is null.</exception>
    public static void HoldsNoNull(IEnumerable<object?> list, [CallerArgumentExpression(nameof(list))] string name = "")
    {
        if (list.Contains(null))
            throw new JsonException($"{name} holds a null.");
    }
}
