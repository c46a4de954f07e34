using System.Text.Json.Nodes;
using Tandem.Harness.Gateway.Dialects;

namespace Tandem.Harness.Gateway.Calls;

/// <summary>
/// Messages of teammates in an agent's conversation. The agent does not know of them, so that each further request gets them again, each
/// behind the turns that stood before it: the model sees one conversation, and a provider's cache its unchanged begin. What an agent that
/// has shortened its conversation left out is left out. One thread at a time.
/// </summary>
internal sealed class Insertions
{
    private readonly List<(int Turns, string Text)> _all = [];

    /// <summary>Adds messages behind what the conversation holds now.</summary>
    public void Add(int turns, IEnumerable<string> texts) => _all.AddRange(texts.Select(text => (turns, text)));

    /// <summary>Puts all of them into a conversation.</summary>
    /// <returns>Whether there was any.</returns>
    public bool Insert(Dialect dialect, JsonArray turns)
    {
        int length = turns.Count;
        (int Turns, string Text)[] fit = [.. _all.Where(one => one.Turns <= length)];
        // From the end, so that the places before stay right.
        foreach (IGrouping<int, (int Turns, string Text)> place in fit.GroupBy(one => one.Turns).OrderByDescending(one => one.Key))
            dialect.Insert(turns, place.Key, string.Join("\n\n", place.Select(one => one.Text)));
        return fit.Length > 0;
    }
}
