namespace Tandem.Harness.Messaging;

/// <summary>What the agents of a case have in common, where they can write to each other.</summary>
/// <param name="Mailroom">Their messages.</param>
/// <param name="Turns">The order of their steps; null if each goes at its own pace.</param>
internal sealed record Team(Mailroom Mailroom, StepTurns? Turns)
{
    /// <summary>An agent has ended. May be called more than once.</summary>
    public void Leave(string agentId)
    {
        Mailroom.Finish(agentId);
        Turns?.Leave(agentId);
    }
}
