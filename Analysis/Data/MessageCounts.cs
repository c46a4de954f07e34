using Tandem.Records.Runs;

namespace Tandem.Analysis.Data;

/// <summary>
/// What a run's messages say, counted while they are read, so that no text is held. Deliveries are facts; the rest is read off the words by
/// <see cref="SpeechActReader"/>, a heuristic.
/// </summary>
internal sealed record MessageCounts
{
    /// <summary>Messages, at least 1.</summary>
    public required int Messages { get; init; }

    /// <summary>That stood in the recipient's prompt; null if deliveries were not recorded, as in imported logs.</summary>
    public required int? Delivered { get; init; }

    /// <summary>Steps in which at least one was sent; null if a message does not say its step.</summary>
    public required int? SendingSteps { get; init; }

    /// <summary>Whether the first message of the run, of whichever agent, has a plan in it.</summary>
    public required bool FirstIsPlan { get; init; }

    /// <summary>Messages with a plan in them, whatever else they do.</summary>
    public required int WithPlan { get; init; }

    /// <summary>Messages with a question in them, whatever else they do.</summary>
    public required int WithQuestion { get; init; }

    /// <summary>Of those with a question: its recipient wrote back after it had been delivered (sent, where deliveries were not recorded),
    /// and not with a question.</summary>
    public required int QuestionsAnswered { get; init; }

    /// <summary>Messages by what they do foremost.</summary>
    public required ActCounts Acts { get; init; }

    /// <summary>Names of files, each mention counted.</summary>
    public required int Paths { get; init; }

    /// <summary>Numbers of lines, each mention counted.</summary>
    public required int Lines { get; init; }

    /// <summary>Reads the messages of a run, in the order of sending; null if there are none.</summary>
    public static MessageCounts? Of(IReadOnlyList<MessageRecord> messages)
    {
        if (messages.Count == 0)
            return null;
        var acts = default(ActCounts);
        var reader = new SpeechActReader(messages);
        (int delivered, int plans, int questions, int answered, int paths, int lines) = (0, 0, 0, 0, 0, 0);
        bool firstIsPlan = false;
        for (int i = 0; i < messages.Count; i++)
        {
            MessageRecord message = messages[i];
            MessageActs read = reader.Read(message);
            acts = acts.With(read.Act);
            (int named, int numbered) = MessageText.References(message.Message);
            delivered += message.DeliveredAt is null ? 0 : 1;
            plans += read.HasPlan ? 1 : 0;
            questions += read.HasQuestion ? 1 : 0;
            answered += read.Answered;
            paths += named;
            lines += numbered;
            firstIsPlan |= i == 0 && read.HasPlan;
        }
        return new MessageCounts
        {
            Messages = messages.Count,
            Delivered = reader.KnowsDelivery ? delivered : null,
            SendingSteps = SendingStepsOf(messages),
            FirstIsPlan = firstIsPlan,
            WithPlan = plans,
            WithQuestion = questions,
            QuestionsAnswered = answered,
            Acts = acts,
            Paths = paths,
            Lines = lines,
        };
    }

    private static int? SendingStepsOf(IReadOnlyList<MessageRecord> messages)
    {
        var steps = new HashSet<(string, int)>(messages.Count);
        foreach (MessageRecord message in messages)
        {
            if (message.SentStep is not int step)
                return null;
            steps.Add((message.From, step));
        }
        return steps.Count;
    }
}

/// <summary>Messages by what they do foremost; each is counted once.</summary>
internal readonly record struct ActCounts(int Plans, int Questions, int Answers, int Updates, int Acknowledgements)
{
    public int this[SpeechAct act] => act switch
    {
        SpeechAct.Plan => Plans,
        SpeechAct.Question => Questions,
        SpeechAct.Answer => Answers,
        SpeechAct.Update => Updates,
        SpeechAct.Acknowledgement => Acknowledgements,
        _ => throw new ArgumentOutOfRangeException(nameof(act), act, "No such act."),
    };

    public ActCounts With(SpeechAct act) => act switch
    {
        SpeechAct.Plan => this with { Plans = Plans + 1 },
        SpeechAct.Question => this with { Questions = Questions + 1 },
        SpeechAct.Answer => this with { Answers = Answers + 1 },
        SpeechAct.Update => this with { Updates = Updates + 1 },
        SpeechAct.Acknowledgement => this with { Acknowledgements = Acknowledgements + 1 },
        _ => throw new ArgumentOutOfRangeException(nameof(act), act, "No such act."),
    };

    public static ActCounts operator +(ActCounts left, ActCounts right) => left.Add(right);

    public ActCounts Add(ActCounts other) => new(
        Plans + other.Plans, Questions + other.Questions, Answers + other.Answers, Updates + other.Updates, Acknowledgements
            + other.Acknowledgements);
}
