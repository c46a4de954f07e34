using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Tandem.Harness.Configuration;

/// <summary>Takes out of a file what has not the shape that it must have, so that one such fault does not hide those of the rest.</summary>
internal static class ShapeRepair
{
    private const int MostRounds = 1000;

    /// <summary>The value of what is left; null if nothing can be read. A member that must be there and is missing has its initial value,
    /// where its type gives it one.</summary>
    public static T? TryRead<T>(JsonObject file)
        where T : class
    {
        var root = (JsonObject)file.DeepClone();
        JsonTypeInfo type = Relaxed<T>.Type;
        for (int round = 0; round < MostRounds; round++)
        {
            var faults = new List<string>();
            ConfigurationReader.Check(root, type, "", faults);
            // Elements that were taken out are no faults again.
            faults.RemoveAll(fault => NodeAt(root, PathOf(fault)) is { IsNull: true, IsElement: true });
            if (faults.Count == 0)
                break;
            if (faults.All(fault => !Remove(root, PathOf(fault))))
                return null;
        }
        try
        {
            return (T?)root.Deserialize(type);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The type with all members that have an initial value left to choice.</summary>
    private static class Relaxed<T>
        where T : class
    {
        public static JsonTypeInfo Type { get; } = Make();

        private static JsonTypeInfo Make()
        {
            var resolver = new DefaultJsonTypeInfoResolver();
            resolver.Modifiers.Add(type =>
            {
                if (type.Type != typeof(T) || typeof(T).GetConstructor([]) is null)
                    return;
                T initial = Activator.CreateInstance<T>();
                foreach (JsonPropertyInfo member in type.Properties.Where(member => member.Get?.Invoke(initial) is not null))
                    member.IsRequired = false;
            });
            return new JsonSerializerOptions(ConfigurationJson.Options) { TypeInfoResolver = resolver }.GetTypeInfo(typeof(T));
        }
    }

    private static string PathOf(string fault) => fault.Split(": ", 2)[0];

    /// <summary>Takes out the member at a path; where it is missing, the element of a list that should have it.</summary>
    private static bool Remove(JsonObject root, string path)
    {
        for (string at = path; at.Length > 0; at = at[..Math.Max(0, at.LastIndexOfAny(['.', '[']))])
        {
            (JsonNode? holder, string? key, int index, bool _, bool isThere) = Find(root, at);
            if (!isThere)
                continue;
            if (holder is JsonArray list && list[index] is not null)
            {
                list[index] = null;
                return true;
            }
            if (holder is JsonObject member && key is not null && at == path)
                return member.Remove(key);
        }
        return false;
    }

    private static (bool IsNull, bool IsElement) NodeAt(JsonObject root, string path)
    {
        (JsonNode? holder, string? key, int index, bool isElement, bool isThere) = Find(root, path);
        return (isThere && (isElement ? ((JsonArray)holder!)[index] : ((JsonObject)holder!)[key!]) is null, isElement);
    }

    private static (JsonNode? Holder, string? Key, int Index, bool IsElement, bool IsThere) Find(JsonObject root, string path)
    {
        JsonNode? holder = null;
        JsonNode? node = root;
        (string? key, int index, bool isElement) = (null, 0, false);
        foreach (string part in path.Replace("[", ".[", StringComparison.Ordinal).Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            holder = node;
            isElement = part[0] == '[';
            if (isElement && holder is JsonArray list && int.TryParse(part.Trim('[', ']'), out index) && index < list.Count)
                node = list[index];
            else if (!isElement && holder is JsonObject members && members.TryGetPropertyValue(part, out JsonNode? value))
                (key, node) = (part, value);
            else
                return (null, null, 0, false, false);
        }
        return (holder, key, index, isElement, holder is not null);
    }
}
