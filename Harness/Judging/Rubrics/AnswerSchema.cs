using System.Text.Json.Nodes;

namespace Tandem.Harness.Judging.Rubrics;

/// <summary>
/// The schema of a rubric's answers. The file <c>answer.schema.json</c> shows it to judges and to people; it must say what the check of
/// answers does, so it is compared with what the rubric implies. Titles and descriptions in it are free.
/// </summary>
internal static class AnswerSchema
{
    public const string Label = "label";
    public const string Primary = "primary";
    public const string Secondary = "secondary";
    public const string Messages = "messages";
    public const string Message = "message";
    public const string Score = "score";
    public const string Quotes = "quotes";
    public const string Reason = "reason";

    private static readonly string[] s_free = ["$schema", "$id", "$comment", "title", "description"];

    /// <summary>The schema that a rubric implies.</summary>
    public static JsonObject Of(RubricDefinition rubric)
    {
        string[] labels = [.. rubric.Labels.Select(label => label.Name)];
        string[] orNone = rubric.None is null ? labels : [.. labels, RubricDefinition.NoLabel];
        return rubric.Answer switch
        {
            AnswerForm.OneLabel => Object((Label, Names(orNone)), (Quotes, Texts), (Reason, Text)),
            AnswerForm.PrimarySecondary => Object(
                (Primary, Object((Label, Names(labels)), (Quotes, Texts), (Reason, Text))),
                (Secondary, Object((Label, Names([.. labels, RubricDefinition.NoLabel])), (Quotes, Texts), (Reason, Text)))),
            AnswerForm.LabelPerMessage => Object((Messages, List(Object(
                (Message, new JsonObject { ["type"] = "integer", ["minimum"] = 1 }), (Label, Names(labels)), (Quotes, Texts))))),
            AnswerForm.Score => Object(
                (Score, new JsonObject { ["type"] = "number", ["minimum"] = rubric.Score?.Min, ["maximum"] = rubric.Score?.Max }),
                (Quotes, Texts), (Reason, Text)),
            _ => throw new ArgumentOutOfRangeException(nameof(rubric), rubric.Answer, "No such form."),
        };
    }

    /// <summary>Where two schemas differ, as <c>properties.label.enum: expected ..., found ...</c>.</summary>
    public static IEnumerable<string> Differences(JsonNode? expected, JsonNode? found, string path = "")
    {
        if (expected is JsonObject wanted && found is JsonObject given)
        {
            foreach ((string name, JsonNode? value) in wanted)
            {
                string at = path.Length == 0 ? name : $"{path}.{name}";
                if (!given.ContainsKey(name))
                    yield return $"{at}: it is missing; write {value?.ToJsonString()}";
                else
                {
                    foreach (string difference in Differences(value, given[name], at))
                        yield return difference;
                }
            }
            foreach (string name in given.Select(member => member.Key).Where(name => !wanted.ContainsKey(name) && !IsFree(name, path)))
                yield return $"{(path.Length == 0 ? name : $"{path}.{name}")}: the rubric does not imply it; take it out";
        }
        else if (!Same(expected, found))
        {
            yield return $"{path}: it is {found?.ToJsonString() ?? "null"}; write {expected?.ToJsonString()}";
        }
    }

    // A member of properties is the name of a member of answers, whatever it is called.
    private static bool IsFree(string name, string path) =>
        s_free.Contains(name) && !path.EndsWith("properties", StringComparison.Ordinal);

    // The order of names says nothing.
    private static bool Same(JsonNode? expected, JsonNode? found) => expected is JsonArray wanted && found is JsonArray given
        ? wanted.Count == given.Count
            && wanted.Select(item => item?.ToJsonString()).Order(StringComparer.Ordinal)
                .SequenceEqual(given.Select(item => item?.ToJsonString()).Order(StringComparer.Ordinal))
        : JsonNode.DeepEquals(expected, found);

    private static JsonObject Text => new() { ["type"] = "string" };

    private static JsonObject Texts => List(Text);

    private static JsonObject List(JsonObject items) => new() { ["type"] = "array", ["items"] = items };

    private static JsonObject Names(IEnumerable<string> names) =>
        new() { ["type"] = "string", ["enum"] = new JsonArray([.. names.Select(name => JsonValue.Create(name))]) };

    private static JsonObject Object(params (string Name, JsonObject Schema)[] members) => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject(members.Select(member => KeyValuePair.Create(member.Name, (JsonNode?)member.Schema))),
        ["required"] = new JsonArray([.. members.Select(member => JsonValue.Create(member.Name))]),
        ["additionalProperties"] = false,
    };
}
