using Tandem.Records.Judgements;
using Tandem.Records.Runs;

namespace Tandem.Records.Store;

/// <summary>What the attempts of cases cost.</summary>
/// <param name="Usd">All of it, in USD, as far as it is priced.</param>
/// <param name="SunkUsd">The part of it that was paid for attempts that do not count.</param>
/// <param name="Unpriced">Attempts in which agents worked at a cost that nobody knows.</param>
public readonly record struct Spending(decimal Usd, decimal SunkUsd, int Unpriced)
{
    /// <summary>The part of it that nobody has counted: what attempts of unknown cost are taken to have cost.</summary>
    public decimal AssumedUsd { get; init; }

    /// <summary>
    /// What the attempts of one case cost. The record of an attempt that took up an earlier one repeats that one's cost, and one that
    /// only evaluates repeats its agents': both were paid once.
    /// </summary>
    /// <param name="ordered">The records of one case, by attempt and revision.</param>
    /// <param name="unknownUsd">What an attempt of unknown cost is taken to have cost.</param>
    public static Spending Of<T>(IReadOnlyList<T> ordered, decimal unknownUsd = 0)
        where T : class, IAttemptResult
    {
        T? counting = Counting.Of(ordered);
        (decimal total, decimal inChain, decimal counted, int unpriced) = (0m, 0m, 0m, 0);
        for (int i = 0, next; i < ordered.Count; i = next)
        {
            // Revisions of one attempt are about the same work. A later one may know more: a worker that had lost the case came back.
            decimal? known = ordered[i].TotalCost;
            bool isCounting = ReferenceEquals(ordered[i], counting);
            for (next = i + 1; next < ordered.Count && ordered[next].Attempt == ordered[i].Attempt; next++)
            {
                known = known is null ? ordered[next].TotalCost : Math.Max(known.Value, ordered[next].TotalCost ?? 0);
                isCounting |= ReferenceEquals(ordered[next], counting);
            }
            if (ordered[i].AttemptKind != AttemptKind.Regrade)
            {
                bool isUnknown = known is null && ordered[i].AgentsWorked;
                unpriced += isUnknown ? 1 : 0;
                decimal cost = known ?? (isUnknown ? unknownUsd : 0);
                if (ordered[i].AttemptKind == AttemptKind.Run)
                {
                    total += inChain;
                    inChain = cost;
                }
                else
                {
                    inChain = Math.Max(inChain, cost);
                }
            }
            if (isCounting)
                counted = inChain;
        }
        total += inChain;
        return new Spending(total, total - counted, unpriced)
        {
            AssumedUsd = unpriced == 0 || unknownUsd == 0 ? 0 : total - Of(ordered).Usd,
        };
    }

    /// <summary>What the attempts of one judgement cost. An attempt that asked no model cost nothing.</summary>
    /// <param name="records">The records of one judgement.</param>
    /// <param name="unknownUsd">What an attempt of unknown cost is taken to have cost.</param>
    public static Spending OfJudgement(IReadOnlyList<JudgementRecord> records, decimal unknownUsd = 0)
    {
        JudgementRecord? counting = JudgeStatusReader.Counting(records);
        (decimal total, decimal counted, int unpriced) = (0m, 0m, 0);
        foreach (JudgementRecord record in records)
        {
            bool isUnknown = record.Cost is null && record.Calls > 0 && (record.ErrorClass is null || MayHaveCost(record.ErrorClass));
            decimal cost = record.Cost ?? (isUnknown ? unknownUsd : 0);
            unpriced += isUnknown ? 1 : 0;
            total += cost;
            counted += ReferenceEquals(record, counting) ? cost : 0;
        }
        return new Spending(total, total - counted, unpriced) { AssumedUsd = unpriced * unknownUsd };
    }

    /// <summary>Whether a call that met this error and got no answer may have cost something. An endpoint that refuses the key or asks for
    /// a pause answers nothing, and takes nothing. Null is a call that was refused for what it asked: that costs nothing either.</summary>
    public static bool MayHaveCost(ErrorClass? error) => error is not (null or ErrorClass.ModelConfiguration or ErrorClass.RateLimit);

    public static Spending operator +(Spending left, Spending right) => left.Add(right);

    public static Spending operator -(Spending left, Spending right) =>
        left + new Spending(-right.Usd, -right.SunkUsd, -right.Unpriced) { AssumedUsd = -right.AssumedUsd };

    public Spending Add(Spending other) => new(Usd + other.Usd, SunkUsd + other.SunkUsd, Unpriced + other.Unpriced)
    { AssumedUsd = AssumedUsd + other.AssumedUsd };

    public Spending Subtract(Spending other) => this - other;
}
