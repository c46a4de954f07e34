using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Tandem.Harness.Configuration;
using Tandem.Harness.Judging.Answers;
using Tandem.Harness.Models;
using Tandem.Records.Json;

namespace Tandem.Harness.Judging;

/// <summary>A model as a judge: one call, and where its answer cannot be read, one reminder that says why. Both are counted and
/// paid.</summary>
/// <param name="model">The model.</param>
/// <param name="identity">Who it is: see <see cref="IdentityOf"/>.</param>
internal sealed class ModelJudge(IChatModel model, JudgeIdentity identity) : IJudge
{
    public JudgeIdentity Identity => identity;

    /// <summary>Who a model is as a judge. Where it is reached does not change its answers; what is sent with a request does.</summary>
    /// <param name="named">As the judge was named.</param>
    /// <param name="settings">Name the model after all aliases.</param>
    /// <exception cref="SettingsException">They name no model.</exception>
    public static JudgeIdentity IdentityOf(string named, ModelSettings settings)
    {
        if (settings.Name is not string name)
            throw new SettingsException("The judge", ["No model is named: set model.name."]);
        string text = string.Create(CultureInfo.InvariantCulture,
            $"model {name}\n{settings.Temperature}\n{settings.Seed}\n{settings.MaxOutputTokens}\n{settings.ReasoningEffort}\n");
        // The default adds nothing, so that judges of earlier versions are the same.
        if (settings.Provider != ProviderChoice.OpenAi)
            text += $"provider {EnumNames.NameOf(settings.Provider)}\n";
        return new JudgeIdentity(named, name, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), Simulated: false);
    }

    public async Task<JudgeResult> JudgeAsync(JudgeRequest request, JudgeTally tally, CancellationToken cancellationToken)
    {
        JsonArray asked = JudgePrompt.Messages(request.Rubric, request.Evidence);
        (JudgeResult result, ChatReply reply) = await AskAsync(asked, request, tally, cancellationToken);
        if (result is not JudgeResult.Failed failed)
            return result;
        JsonArray again = JudgePrompt.Again(asked, reply.Content, failed.Reason);
        (result, _) = await AskAsync(again, request, tally, cancellationToken);
        return result is JudgeResult.Failed twice
            ? twice with { Reason = $"{twice.Reason} It was asked twice." } : result;
    }

    private async Task<(JudgeResult Result, ChatReply Reply)> AskAsync(
        JsonArray messages, JudgeRequest request, JudgeTally tally, CancellationToken cancellationToken)
    {
        tally.Asks();
        ChatReply reply = await model.CompleteAsync(
            new ChatRequest { Messages = messages, Tools = [], Seed = request.Repetition - 1, GoesOn = false }, cancellationToken);
        tally.Answered(reply);
        return (reply.ToolCalls.Count > 0
            ? new JudgeResult.Failed("The judge called a tool, and there is none.")
            : JudgeAnswer.Check(request.Rubric, request.Evidence, reply.Content, reply.FinishReason), reply);
    }
}
