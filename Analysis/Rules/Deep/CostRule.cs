using System.Globalization;
using System.Text.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Rules.Deep;

/// <summary>What a case cost can be added up again, from the model calls through the agents to the record.</summary>
internal sealed class CostRule : DeepRule
{
    // Costs that come from elsewhere were added as floating point numbers.
    private const decimal Tolerance = 0.000_001m;

    private static readonly string[] s_paid = ["response", "unusable"];

    public override string Id => "STORE-10";

    public override string Title => "Costs, tokens and steps add up from the model calls to the record";

    public override string Remedy =>
        "The trajectory is what was booked as it happened. Take the record from a copy of the store; if it was written like this, find "
        + "out by which version of the harness (provenance.harness).";

    public override int Look(AttemptFiles attempt, ICollection<Finding> findings)
    {
        foreach (string what in FaultsOfSums(attempt.Record))
            findings.Add(attempt.Finding(what));
        if (attempt.Read(StoreLayout.TrajectoryFile) is not byte[] trajectory)
            return 0;
        ILookup<string, TrajectoryEvent> calls;
        try
        {
            calls = Calls(trajectory).ToLookup(call => call.AgentId, StringComparer.Ordinal);
        }
        catch (JsonException exception)
        {
            findings.Add(attempt.Unreadable(StoreLayout.TrajectoryFile, exception.LineNumber ?? 0, exception));
            return 1;
        }
        foreach (AgentReport agent in attempt.Record.Agents)
        {
            foreach (string what in FaultsOf(agent, [.. calls[agent.AgentId]]))
                findings.Add(attempt.Finding(what));
        }
        return 1;
    }

    public override string Note(int looked) => $"{looked} trajectories";

    private static IEnumerable<string> FaultsOfSums(RunRecord record)
    {
        if (record.Agents.Count == 0)
            yield break;
        decimal? cost = Totals.OfCosts(record.Agents.Select(agent => agent.Cost));
        if (Differ(record.TotalCost, cost))
            yield return $"total_cost is {Text(record.TotalCost)}, its agents' costs add up to {Text(cost)}";
        int? steps = Totals.OfSteps(record.Agents.Select(agent => agent.Steps));
        if (record.TotalSteps != steps)
            yield return $"total_steps is {Text(record.TotalSteps)}, its agents' steps add up to {Text(steps)}";
        TokenCounts? tokens = Totals.OfTokens(record.Agents.Select(agent => agent.Tokens));
        if (Differ(record.Tokens, tokens))
            yield return $"tokens are {Text(record.Tokens?.Input)} in and {Text(record.Tokens?.Output)} out, its agents' add up to "
                + $"{Text(tokens?.Input)} and {Text(tokens?.Output)}";
    }

    private static IEnumerable<string> FaultsOf(AgentReport agent, TrajectoryEvent[] calls)
    {
        // Agents that only play one write answers which nobody booked.
        if (agent.ModelCalls is null or 0 && calls.All(call => call is { Cost: null, Tokens: null }))
            calls = [];
        decimal? cost = calls.Length == 0 ? 0 : Totals.OfCosts(calls.Select(call => call.Cost));
        // A command says what it spent at its end only: without a call, its cost may be unknown.
        if (Differ(agent.Cost, cost) && !(agent.Cost is null && calls.Length == 0))
            yield return $"{agent.AgentId} cost {Text(agent.Cost)}, its model calls in {StoreLayout.TrajectoryFile} {Text(cost)}";
        TokenCounts? tokens = Totals.OfTokens(calls.Select(call => call.Tokens));
        if (Differ(agent.Tokens, tokens))
            yield return $"{agent.AgentId} used {Text(agent.Tokens?.Input)} tokens in and {Text(agent.Tokens?.Output)} out, its model "
                + $"calls in {StoreLayout.TrajectoryFile} {Text(tokens?.Input)} and {Text(tokens?.Output)}";
    }

    // A last line without its end is what a kill leaves.
    private static IEnumerable<TrajectoryEvent> Calls(byte[] trajectory)
    {
        int number = 0;
        for (int start = 0, end; start < trajectory.Length && (end = trajectory.AsSpan(start).IndexOf((byte)'\n')) >= 0; start += end + 1)
        {
            number++;
            if (Parse(trajectory.AsSpan(start, end), number) is { } call && s_paid.Contains(call.Kind))
                yield return call;
        }
    }

    private static TrajectoryEvent Parse(ReadOnlySpan<byte> line, int number)
    {
        try
        {
            return StoreJson.Read<TrajectoryEvent>(line);
        }
        catch (JsonException exception)
        {
            throw new JsonException(exception.Message, null, number, null, exception);
        }
    }

    private static bool Differ(TokenCounts? one, TokenCounts? other) => (one?.Input, one?.Output) != (other?.Input, other?.Output);

    private static bool Differ(decimal? one, decimal? other) => one is null
        || other is null ? one != other : Math.Abs(one.Value - other.Value) > Tolerance;

    private static string Text<T>(T? number)
        where T : struct, IFormattable => number?.ToString(null, CultureInfo.InvariantCulture) ?? "unknown";
}
