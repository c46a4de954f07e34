using Tandem.Analysis.Data;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Analysis.Statistics;

/// <summary>Messages of one act.</summary>
/// <param name="Act">What they do foremost.</param>
/// <param name="Messages">How many.</param>
/// <param name="ShareOfMessages">Of all messages, 0 to 1.</param>
/// <param name="PerStep">Per step of the runs whose steps are known: the height of figure 5c.</param>
internal sealed record ActShare(SpeechAct Act, int Messages, double? ShareOfMessages, double? PerStep);

/// <summary>Runs of one kind, and how they wrote: what the paper finds to differ between pairs with and without conflicts.</summary>
/// <param name="Runs">With messages.</param>
/// <param name="Conflict">Whose naive merge conflicted, of those where it was tried.</param>
/// <param name="Passed">With success, of those with a verdict.</param>
/// <param name="PlansPerQuestion">Messages with a plan / messages with a question; null without questions.</param>
/// <param name="LinesPerRun">Mean number of line numbers named; null without runs.</param>
/// <param name="PathsPerRun">Mean number of file names named; null without runs.</param>
internal sealed record ConversationGroup(int Runs, Proportion Conflict, Proportion Passed, double? PlansPerQuestion, double? LinesPerRun,
    double? PathsPerRun);

/// <summary>
/// What the agents of coop-comm wrote to each other, over the runs that count (figure 5 of the CooperBench paper). Counts, steps and
/// deliveries are facts; plans, questions, answers, acts, files and lines are heuristics over words (<see cref="MessageText"/>) and are to
/// be labelled so wherever they are shown.
/// </summary>
internal sealed record CommunicationStatistics
{
    /// <summary>What to write beside the figures that are read off words.</summary>
    public const string HeuristicLabel = "heuristic: read off fixed English words, not understood";

    public required int Runs { get; init; }

    /// <summary>Of them with at least one message.</summary>
    public required int WithMessages { get; init; }

    /// <summary>Cases that do not count, by why.</summary>
    public required MissingCases Missing { get; init; }

    /// <summary>Agents that never asked to send or to read a message, of those of which it was counted.</summary>
    public required Proportion NeverAsked { get; init; }

    /// <summary>Messages per run, runs without any included.</summary>
    public required Distribution MessagesPerRun { get; init; }

    public required int Messages { get; init; }

    /// <summary>That stood in the recipient's prompt, of the messages of runs that recorded deliveries (imported ones did not).</summary>
    public required Proportion Delivered { get; init; }

    /// <summary>Messages / steps, over the runs whose steps are known; null if none is.</summary>
    public required double? MessagesPerStep { get; init; }

    /// <summary>Steps that sent at least one message / steps, over the runs where both are known: the overhead of figure 5c; null if none
    /// is.</summary>
    public required double? ShareOfSteps { get; init; }

    /// <summary>Runs of which the share of steps is known.</summary>
    public required int StepsKnown { get; init; }

    /// <summary>Heuristic. One for each act, in the order of declaration.</summary>
    public required IReadOnlyList<ActShare> Acts { get; init; }

    /// <summary>Heuristic. Messages with a plan in them.</summary>
    public required int WithPlan { get; init; }

    /// <summary>Heuristic. Messages with a question in them.</summary>
    public required int WithQuestion { get; init; }

    /// <summary>Heuristic. Questions whose recipient wrote back after it had been delivered, of all questions.</summary>
    public required Proportion QuestionsAnswered { get; init; }

    /// <summary>Heuristic. Runs whose first message has a plan, of those with messages.</summary>
    public required Proportion PlanFirst { get; init; }

    /// <summary>Heuristic. Names of files per run with messages.</summary>
    public required Distribution PathsPerRun { get; init; }

    /// <summary>Heuristic. Numbers of lines per run with messages.</summary>
    public required Distribution LinesPerRun { get; init; }

    public required ConversationGroup WithPlanFirst { get; init; }

    /// <summary>Runs with messages whose first has none.</summary>
    public required ConversationGroup WithoutPlanFirst { get; init; }

    public required ConversationGroup WithConflict { get; init; }

    /// <summary>Runs with messages whose naive merge did not.</summary>
    public required ConversationGroup WithoutConflict { get; init; }

    /// <summary>Of the table's coop-comm cases, all seeds; null if it has none.</summary>
    public static CommunicationStatistics? Of(CaseTable table)
    {
        Cell[] cells = [.. table.Cells.Where(c => c.Setting == Setting.CoopComm)];
        if (cells.Length == 0)
            return null;
        AttemptResult[] runs = [.. cells.Select(c => c.Run).OfType<AttemptResult>().Where(run => !run.IsMissingData)];
        AttemptResult[] talking = [.. runs.Where(run => run.Messages is not null)];
        MessageCounts[] talks = [.. talking.Select(run => run.Messages!)];
        AttemptResult[] stepped = [.. runs.Where(run => run.TotalSteps > 0)];
        AttemptResult[] placed = [.. stepped.Where(run => run.Messages is null or { SendingSteps: not null })];
        int messages = talks.Sum(t => t.Messages);
        ActCounts acts = talks.Aggregate(default(ActCounts), (sum, t) => sum + t.Acts);
        ActCounts steppedActs = stepped.Aggregate(default(ActCounts), (sum, run) => run.Messages is { } t ? sum + t.Acts : sum);
        long steps = stepped.Sum(run => (long)run.TotalSteps!.Value);
        return new CommunicationStatistics
        {
            Runs = runs.Length,
            WithMessages = talking.Length,
            Missing = cells.Where(c => c.Run?.IsMissingData != false)
                .Aggregate(default(MissingCases), (sum, cell) => sum.With(cell.Run)),
            NeverAsked = new Proportion(runs.Sum(run => run.AgentsWithoutMessageCall), runs.Sum(run => run.AgentsWithMessages)),
            MessagesPerRun = Distribution.Of(runs.Select(run => (double?)(run.Messages?.Messages ?? 0))),
            Messages = messages,
            Delivered = new Proportion(talks.Sum(t => t.Delivered ?? 0), talks.Sum(t => t.Delivered is null ? 0 : t.Messages)),
            MessagesPerStep = Ratio(stepped.Sum(run => run.Messages?.Messages ?? 0), steps),
            ShareOfSteps = Ratio(placed.Sum(run => run.Messages?.SendingSteps ?? 0), placed.Sum(run => (long)run.TotalSteps!.Value)),
            StepsKnown = placed.Length,
            Acts = [.. Enum.GetValues<SpeechAct>()
                .Select(act => new ActShare(act, acts[act], Ratio(acts[act], messages), Ratio(steppedActs[act], steps)))],
            WithPlan = talks.Sum(t => t.WithPlan),
            WithQuestion = talks.Sum(t => t.WithQuestion),
            QuestionsAnswered = new Proportion(talks.Sum(t => t.QuestionsAnswered), talks.Sum(t => t.WithQuestion)),
            PlanFirst = new Proportion(talks.Count(t => t.FirstIsPlan), talks.Length),
            PathsPerRun = Distribution.Of(talks.Select(t => (double?)t.Paths)),
            LinesPerRun = Distribution.Of(talks.Select(t => (double?)t.Lines)),
            WithPlanFirst = GroupOf(talking.Where(run => run.Messages!.FirstIsPlan)),
            WithoutPlanFirst = GroupOf(talking.Where(run => !run.Messages!.FirstIsPlan)),
            WithConflict = GroupOf(talking.Where(run => run.Conflicted == true)),
            WithoutConflict = GroupOf(talking.Where(run => run.Conflicted == false)),
        };
    }

    private static ConversationGroup GroupOf(IEnumerable<AttemptResult> members)
    {
        AttemptResult[] runs = [.. members];
        return new ConversationGroup(
            runs.Length,
            new Proportion(runs.Count(r => r.Conflicted == true), runs.Count(r => r.Conflicted is not null)),
            new Proportion(runs.Count(r => r.Verdict == true), runs.Count(r => r.Verdict is not null)),
            Ratio(runs.Sum(r => r.Messages!.WithPlan), runs.Sum(r => r.Messages!.WithQuestion)),
            Ratio(runs.Sum(r => r.Messages!.Lines), runs.Length),
            Ratio(runs.Sum(r => r.Messages!.Paths), runs.Length));
    }

    private static double? Ratio(double part, long whole) => whole == 0 ? null : part / whole;
}
