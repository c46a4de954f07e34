using System.Text.Json;

namespace Tandem.Harness.Judging.Answers;

/// <summary>A JSON object of an answer, whose members must be exactly those that the rubric names.</summary>
internal sealed class AnswerObject
{
    private readonly JsonElement _json;
    private readonly string _where;

    /// <param name="json">The value.</param>
    /// <param name="where">How it is called in reasons, such as <c>the answer</c>.</param>
    /// <param name="members">The names of its members.</param>
    /// <exception cref="AnswerException">It is no object, a member is missing, or one is there that is not named.</exception>
    public AnswerObject(JsonElement json, string where, params string[] members)
    {
        (_json, _where) = (json, where);
        if (json.ValueKind != JsonValueKind.Object)
            throw new AnswerException($"In {where} an object with {string.Join(", ", members)} was expected.");
        string[] given = [.. json.EnumerateObject().Select(NameOf)];
        if (given.Except(members).FirstOrDefault() is string extra)
            throw new AnswerException(
                $"In {where} stands '{AnswerText.Begin(extra)}', which the rubric does not have; it has {string.Join(", ", members)}.");
        if (members.Except(given).FirstOrDefault() is string missing)
            throw new AnswerException($"In {where} the part '{missing}' was left out.");
    }

    public JsonElement this[string name] => _json.GetProperty(name);

    /// <exception cref="AnswerException">It is no text.</exception>
    public string Text(string name) => TextOf(this[name], $"'{name}' in {_where}");

    /// <exception cref="AnswerException">It is no list of texts.</exception>
    public IReadOnlyList<string> Texts(string name) =>
        [.. List(name).Select(item => TextOf(item, $"an element of '{name}' in {_where}"))];

    /// <exception cref="AnswerException">It is no list.</exception>
    public IEnumerable<JsonElement> List(string name) => this[name].ValueKind == JsonValueKind.Array
        ? this[name].EnumerateArray()
        : throw new AnswerException($"'{name}' in {_where} must be a list.");

    private static string TextOf(JsonElement json, string what)
    {
        try
        {
            return json.ValueKind == JsonValueKind.String
                ? json.GetString()! : throw new AnswerException($"A text was expected for {what}.");
        }
        catch (InvalidOperationException)
        {
            throw new AnswerException($"For {what} stands half a character, which is no text.");
        }
    }

    private static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            throw new AnswerException("The name of a part holds half a character, which is no text.");
        }
    }
}
