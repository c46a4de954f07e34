namespace Tandem.Harness.Agents.Simulated;

/// <summary>
/// Stands in for a coding agent where none can be paid: it looks around, edits and tests through real commands and really talks to its
/// teammate, but its changes come from the task's gold patches. How well it does is drawn from pair, seed and agent (see
/// <see cref="Fortune"/>); what becomes of its work is not: that is for the merge and the tests to say.
/// </summary>
internal sealed class SimulatedAgent : IAgent
{
    private const int MostEditSteps = 8;

    public async Task<AgentEnd> RunAsync(AgentContext context, CancellationToken cancellationToken)
    {
        var fortune = Fortune.Draw(context.CaseId, context.AgentId, context.Features, context.Settings);
        var gold = new GoldPatches(context.Task);
        var own = new PatchText([.. context.Features.SelectMany(id => gold.Of(id).Files)]);
        Conversation? talk = context.Mailbox is { Peers.Count: > 0 } ? new Conversation(context, fortune, gold) : null;
        var hands = new Hands(context, talk, cancellationToken);
        context.Note("response", fortune.Explain(canTalk: talk is not null));

        await hands.LookAsync("git log --oneline -n 5 && git ls-files");
        await hands.LookAsync(Commands.Search(own.ChangedNames));
        await hands.LookAsync(Commands.Read(own));

        PatchText[] work = WorkOf(fortune, gold);
        if (talk is not null)
        {
            // What is said in one step is heard in the next: both plans, then the question, then the answer.
            await talk.TellPlanAsync(cancellationToken);

            await hands.LookAsync(() => Commands.Search(talk.TheirNames));
            await talk.AskAsync(cancellationToken);

            await hands.ConsiderQuestionAsync();
            work = [await talk.SettleAsync(work[0], cancellationToken)];
            await talk.TellPlanAgainAsync(isDone: false, cancellationToken);
        }

        foreach (FilePatch[] files in InSteps([.. work.SelectMany(patch => patch.Files)]))
            await hands.EditAsync(files);

        bool doTestsPass = await hands.TestAsync(Commands.Test, Commands.TestTime);
        if (talk is not null)
            await talk.TellPlanAgainAsync(isDone: true, cancellationToken);

        await hands.LookAsync("git status --short");
        if (talk is not null)
            await talk.ReportAsync(doTestsPass, cancellationToken);
        return AgentEnd.Submitted;
    }

    /// <summary>
    /// The changes, in the order in which they are made. Who builds both features sees what they do to each other: if both turn out right,
    /// it is the combined patch. If not, what is right is made first, and of the rest what still fits.
    /// </summary>
    private static PatchText[] WorkOf(Fortune fortune, GoldPatches gold)
    {
        if (fortune.Features.Count > 1 && gold.Combined is not null && fortune.Features.All(feature => feature.Quality == Quality.Right))
            return [gold.Combined];
        return [.. fortune.Features.OrderBy(feature => feature.Quality).Select(feature => feature.Quality switch
        {
            Quality.Right => gold.Of(feature.FeatureId),
            Quality.Weakened => GoldPatches.Weaken(gold.Of(feature.FeatureId)),
            Quality.None => PatchText.Empty,
            _ => throw new InvalidOperationException($"Unknown quality {feature.Quality}."),
        })];
    }

    /// <summary>File by file, or several at once where there are many.</summary>
    private static IEnumerable<FilePatch[]> InSteps(IReadOnlyList<FilePatch> files) =>
        files.Chunk(Math.Max(1, (files.Count + MostEditSteps - 1) / MostEditSteps));
}
