using System.Text.Json.Nodes;
using FluentAssertions;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>Text that would steer a terminal, put into data that others write.</summary>
internal static class HostileText
{
    /// <summary>Escape sequences of both kinds, a carriage return, marks of direction, a line separator, a null.</summary>
    public const string Planted = "X\u001b[31m\u001b]0;title\u0007\u009b2J\u0085\rY\u202e\u2066\u200f\u2028\0Z";

    /// <summary>The document once for each text in it, with that text replaced by what is planted.</summary>
    public static IEnumerable<(string Where, string Json)> InEachTextOf(string json)
    {
        int texts = Texts(JsonNode.Parse(json)!).Count();
        for (int i = 0; i < texts; i++)
        {
            JsonNode document = JsonNode.Parse(json)!;
            JsonValue text = Texts(document).ElementAt(i);
            string where = text.GetPath();
            text.ReplaceWith(JsonValue.Create(Planted));
            yield return (where, document.ToJsonString());
        }
    }

    /// <summary>Nothing but line ends and tabs is left that a terminal obeys.</summary>
    public static void ShouldBePrintable(string printed, string where) => printed.Where((c, i) => c switch
    {
        '\n' or '\t' => false,
        '\r' => i + 1 >= printed.Length || printed[i + 1] != '\n',
        '\u2028' or '\u2029' or '\u061c' or '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') => true,
        _ => char.IsControl(c),
    }).Should().BeEmpty("{0} is printed so: {1}", where, printed);

    private static IEnumerable<JsonValue> Texts(JsonNode node) => node switch
    {
        JsonValue value => value.GetValueKind() == System.Text.Json.JsonValueKind.String ? [value] : [],
        JsonArray array => array.Where(item => item is not null).SelectMany(item => Texts(item!)),
        JsonObject members => members.Where(member => member.Value is not null).SelectMany(member => Texts(member.Value!)),
        _ => [],
    };
}
