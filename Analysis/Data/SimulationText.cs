namespace Tandem.Analysis.Data;

/// <summary>Says of figures that they are not about real agents.</summary>
internal static class SimulationText
{
    private const string Meaning = "how well these agents work is drawn by chance, no model was asked; merges and tests are real";

    /// <summary>The line for tables over these records; null if none of them is simulated.</summary>
    public static string? Of(IEnumerable<AttemptResult> records)
    {
        int all = 0;
        int simulated = 0;
        foreach (AttemptResult record in records)
        {
            all++;
            simulated += record.Simulated ? 1 : 0;
        }
        return simulated == 0 ? null
            : simulated == all ? $"SIMULATION, not real agents ({(all == 1 ? "the only record" : $"all {all} records")}): {Meaning}"
            : $"PARTLY A SIMULATION, simulated and real agents are mixed ({simulated} of {all} records are simulated): {Meaning}";
    }
}
