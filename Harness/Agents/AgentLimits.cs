namespace Tandem.Harness.Agents;

/// <summary>What ends one agent.</summary>
/// <param name="Steps">Steps it may begin.</param>
/// <param name="Command">Wall clock of one command.</param>
/// <param name="CostUsd">Money it may spend; checked before each step.</param>
/// <param name="Tokens">Tokens it may use; null is no bound.</param>
/// <param name="UnusableAnswers">Answers in a row of its model that hold no call which can be run.</param>
internal sealed record AgentLimits(int Steps, TimeSpan Command, decimal CostUsd, long? Tokens, int UnusableAnswers)
{
    /// <summary>How much longer than <see cref="Command"/> a command may take to end by itself.</summary>
    public TimeSpan EndGrace { get; init; }
}
