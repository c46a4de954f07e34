using System.Globalization;
using Tandem.Records.Runs;

namespace Tandem.Harness.Agents.Simulated;

/// <summary>
/// What one of two simulated agents says and hears in coop-comm: plans first; then the agent of the larger feature asks whether both may
/// write the same where they meet; then the other answers. Everything that it knows of the other's work it has from messages.
/// </summary>
internal sealed class Conversation(AgentContext context, Fortune fortune, GoldPatches gold)
{
    /// <summary>How far off the lines are that an agent names by mistake.</summary>
    private const int WrongBy = 17;

    private readonly int _feature = context.Features[0];
    private readonly string _peer = context.Mailbox!.Peers[0];
    private readonly PatchText _own = gold.Of(context.Features[0]);
    private WorkPlan? _theirPlan;
    private Proposal? _asked;
    private Proposal? _wasAsked;
    private bool _isAgreed;

    private bool Asks => _feature == context.CaseId.Features[^1];

    private Fitting? Fitting => _theirPlan is null ? null : new Fitting(gold, context.CaseId.Features, _own, _theirPlan);

    /// <summary>The names that the other is going to change, as far as it has said so.</summary>
    public IEnumerable<string> TheirNames => _theirPlan?.Names.Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>();

    /// <summary>A proposal that waits for an answer; null if there is none.</summary>
    public Proposal? OpenQuestion => _isAgreed || fortune.Slip == Slip.DoesNotAnswer ? null : _wasAsked;

    /// <summary>Takes what was delivered by a step.</summary>
    public void Hear(IReadOnlyList<MessageRecord> messages)
    {
        foreach (string text in messages.Select(message => message.Message))
        {
            if (Proposal.TryParse(text) is Proposal proposal)
                _wasAsked = proposal;
            else if (text.StartsWith("Answer: yes", StringComparison.Ordinal))
                _isAgreed = _asked is not null;
            else
                _theirPlan ??= WorkPlan.TryParse(text);
        }
    }

    /// <summary>Sends the plan, at the time for it.</summary>
    public async Task TellPlanAsync(CancellationToken cancellationToken)
    {
        if (fortune.Slip != Slip.SendsLate)
            await SayAsync(Plan().ToMessage($"Plan: I build feature {_feature}. I will work at these places:"), cancellationToken);
    }

    /// <summary>Sends the plan once more, if it is one who does, and the plan that it has not sent in time, if it is that one.</summary>
    public async Task TellPlanAgainAsync(bool isDone, CancellationToken cancellationToken)
    {
        if (fortune.Slip == Slip.SendsLate && isDone)
            await SayAsync(Plan().ToMessage($"Update: this is what I have changed for feature {_feature}:"), cancellationToken);
        else if (fortune.Slip != Slip.SendsLate && fortune.RepeatsItself && !isDone)
            await TellPlanAsync(cancellationToken);
    }

    /// <summary>Once it knows the other's plan: asks about the places where both meet, or says that there are none.</summary>
    public async Task AskAsync(CancellationToken cancellationToken)
    {
        if (!Asks || fortune.Slip == Slip.SendsLate || Fitting?.Common() is not Proposal common)
            return;
        if (common.Texts.Count == 0)
        {
            await SayAsync("Thanks, I have seen your plan. There is no place where we must write the same.", cancellationToken);
            return;
        }
        _asked = fortune.Slip == Slip.NamesWrongLines ? common.Shifted(WrongBy) : common;
        await SayAsync(_asked.ToMessage(), cancellationToken);
    }

    /// <param name="doesItFit">Whether the proposed text can be put into the files as they are.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task AnswerAsync(bool doesItFit, CancellationToken cancellationToken)
    {
        _isAgreed = doesItFit
            && _wasAsked!.Texts.All(text => _own.Find(text.Path)?.Edits.Any(edit => edit.Place.Touches(text.Place)) == true);
        await SayAsync(
            _isAgreed ? "Answer: yes, I write exactly that there, and leave out what I had planned."
                : "Answer: no, these are not the lines that I change. I keep to my plan.",
            cancellationToken);
    }

    /// <summary>Makes the work fit what was said, and says what else is done differently because of it.</summary>
    /// <param name="work">What the agent would hand in without a teammate.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<PatchText> SettleAsync(PatchText work, CancellationToken cancellationToken)
    {
        if (Fitting is not Fitting fitting || work.Files.Count == 0)
            return work;
        (work, IReadOnlyList<string> reasons) = fitting.Adapt(work);
        if (_isAgreed && fortune.Slip != Slip.BreaksItsWord)
            work = (Asks ? _asked : _wasAsked)!.Texts
                .Aggregate(work, (patch, text) => _own.Find(text.Path) is FilePatch file ? text.PutInto(patch, file) : patch);
        foreach ((string path, Edit from, Edit to) in Asks ? fitting.Moves() : [])
        {
            if (work.Find(path) is not FilePatch file)
                continue;
            work = work.With(path, file.WithEdits(file.Edits
                .Select(edit => edit.Line == from.Line && edit.Added.SequenceEqual(from.Added) ? to : edit)));
            reasons = [.. reasons, string.Create(CultureInfo.InvariantCulture,
                $"we both add to `{path}` {PlaceText.Write(from.Place)}, so I add mine one line higher")];
        }
        if (reasons.Count > 0)
            await SayAsync($"Update: {string.Join("; ", reasons)}.", cancellationToken);
        return work;
    }

    public Task ReportAsync(bool doTestsPass, CancellationToken cancellationToken) =>
        SayAsync($"Update: feature {_feature} is done, and the library's tests {(doTestsPass ? "pass" : "do not all pass")} with it. I "
            + $"hand it in now.", cancellationToken);

    private WorkPlan Plan() => fortune.Slip == Slip.NamesWrongLines ? WorkPlan.Of(_own).Shifted(WrongBy) : WorkPlan.Of(_own);

    private Task<string?> SayAsync(string text, CancellationToken cancellationToken) => context.SendAsync(_peer, text, cancellationToken);
}
