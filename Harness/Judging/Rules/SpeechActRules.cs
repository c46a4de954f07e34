using System.Text.Json.Nodes;
using Tandem.Harness.Judging.Evidences;
using Tandem.Harness.Judging.Rubrics;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Harness.Judging.Rules;

/// <summary>Speech acts by <see cref="SpeechActReader"/>: the same words as in the analysis.</summary>
internal static class SpeechActRules
{
    private const string Other = "other";

    public static JsonObject Answer(Evidence evidence)
    {
        var reader = new SpeechActReader([.. evidence.Messages.Select(message => message.Message)]);
        return new JsonObject
        {
            [AnswerSchema.Messages] = new JsonArray([.. evidence.Messages.Select(message => Label(message, reader.Read(message.Message)))]),
        };
    }

    private static JsonObject Label(EvidenceMessage message, MessageActs acts)
    {
        string text = message.Message.Message;
        string? quote = acts.Act == SpeechAct.Question ? Passages.Line(text, static line => MessageText.HasQuestion(line)) : null;
        quote ??= Passages.FirstLine(text);
        return new JsonObject
        {
            [AnswerSchema.Message] = message.Number,
            [AnswerSchema.Label] = quote is null ? Other : EnumNames.NameOf(acts.Act),
            [AnswerSchema.Quotes] = quote is null ? [] : new JsonArray(quote),
        };
    }
}
