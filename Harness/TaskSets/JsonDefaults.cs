using System.Text.Json.Nodes;

namespace Tandem.Harness.TaskSets;

/// <summary>
/// Gives members that a file leaves out their defaults. Source-generated reading would not: it sets every <c>init</c> member, and those that the file leaves out to null or zero, whatever the
/// member's initialiser says.
/// </summary>
internal static class JsonDefaults
{
    /// <summary>Adds to an object, and to the objects in it, what it leaves out.</summary>
    public static void Fill(JsonObject given, JsonObject defaults)
    {
        foreach ((string name, JsonNode? value) in defaults)
        {
            if (!given.ContainsKey(name))
                given[name] = value?.DeepClone();
            else if (given[name] is JsonObject inner && value is JsonObject innerDefaults)
                Fill(inner, innerDefaults);
        }
    }
}
