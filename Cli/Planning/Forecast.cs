using Tandem.Harness.Experiments;
using Tandem.Records.Cases;
using Tandem.Records.Runs;

namespace Tandem.Cli.Planning;

/// <summary>A quantity with the range in which it lies in eight of ten cases.</summary>
/// <param name="Low">10 % are below it.</param>
/// <param name="Median">Half are below it.</param>
/// <param name="High">10 % are above it.</param>
internal readonly record struct Interval(double Low, double Median, double High)
{
    /// <summary>Of values in any order, at least one. For the ends the nearer of two values counts; the median is that of the
    /// report.</summary>
    public static Interval Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return new Interval(At(0.1), Records.Runs.Median.Of(sorted), At(0.9));

        double At(double share) => sorted[(int)Math.Round(share * (sorted.Length - 1))];
    }
}

/// <summary>What one past case cost.</summary>
/// <param name="CostUsd">Null if its model had no price.</param>
/// <param name="Seconds">See <see cref="RunRecord.WorkSeconds"/>; of a conversation, its duration.</param>
/// <param name="Requests">To the model; of a conversation alone, else 0.</param>
internal readonly record struct PastCase(double? CostUsd, double Seconds, int Requests = 0);

/// <summary>What cases may cost and how long they may take: sums of past cases of the same kind, drawn with replacement.</summary>
internal sealed class Forecast
{
    private const int Draws = 1000;

    private Forecast(int cases, int past, Interval? costUsd, Interval seconds, Interval requests) =>
        (Cases, Past, CostUsd, Seconds, Requests) = (cases, past, costUsd, seconds, requests);

    /// <summary>Cases that are forecast: those of kinds with past cases.</summary>
    public int Cases { get; }

    /// <summary>Past cases that it rests on.</summary>
    public int Past { get; }

    /// <summary>Money of all; null if a past case has no price.</summary>
    public Interval? CostUsd { get; }

    /// <summary>Wall clock, so many cases at once.</summary>
    public Interval Seconds { get; }

    /// <summary>Requests to the model, of conversations.</summary>
    public Interval Requests { get; }

    /// <summary>The past cases of an agent and a model in all experiments of a store, by setting: see <see cref="PastCases"/>.</summary>
    public static ILookup<Setting, PastCase> PastOf(IEnumerable<RunRecord> past) =>
        past.ToLookup(record => record.CaseId.Setting, record =>
        new PastCase((double?)(record.TotalCost ?? (record.AgentsWorked ? null : 0)), record.WorkSeconds!.Value));

    /// <summary>Draws; null if no kind with due cases has past ones.</summary>
    /// <typeparam name="TKind">What past cases are of one kind by: the setting, or the variant.</typeparam>
    /// <param name="due">How many cases of each kind.</param>
    /// <param name="past">The past cases of each kind.</param>
    /// <param name="concurrency">How many are at work at once.</param>
    /// <param name="order">Of the kinds, so that the draws are the same every time; null is their own.</param>
    public static Forecast? Of<TKind>(IReadOnlyDictionary<TKind, int> due, ILookup<TKind, PastCase> past, int concurrency,
        IComparer<TKind>? order = null)
        where TKind : notnull
    {
        (int Count, PastCase[] Past)[] known = [.. due.Where(kind => kind.Value > 0 && past.Contains(kind.Key))
            .OrderBy(kind => kind.Key, order).Select(kind => (kind.Value, past[kind.Key].ToArray()))];
        if (known.Length == 0)
            return null;
        var random = new StableRandom("forecast");
        var costs = new double[Draws];
        var seconds = new double[Draws];
        var requests = new double[Draws];
        for (int draw = 0; draw < Draws; draw++)
        {
            double longest = 0;
            foreach ((int count, PastCase[] cases) in known)
            {
                for (int i = 0; i < count; i++)
                {
                    PastCase one = cases[(int)(random.Next() * cases.Length)];
                    costs[draw] += one.CostUsd ?? 0;
                    seconds[draw] += one.Seconds;
                    requests[draw] += one.Requests;
                    longest = Math.Max(longest, one.Seconds);
                }
            }
            seconds[draw] = Math.Max(seconds[draw] / concurrency, longest);
        }
        bool isPriced = known.All(kind => kind.Past.All(one => one.CostUsd is not null));
        return new Forecast(known.Sum(kind => kind.Count), known.Sum(kind => kind.Past.Length), isPriced ? Interval.Of(costs) : null,
            Interval.Of(seconds), Interval.Of(requests));
    }
}
