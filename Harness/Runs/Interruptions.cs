using System.Text.Json;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Runs;

/// <summary>Settles attempts that a dead process left without a record. Called with the case claimed, so nobody else is at work on them.</summary>
internal static class Interruptions
{
    /// <summary>Writes a record "interrupted" for each attempt that has none. Its artifacts stay, so that finished work can still be evaluated.</summary>
    public static void Settle(RunEnvironment environment, CodingTask task, CaseId caseId)
    {
        CaseHistory? history = environment.Index.Find(caseId);
        foreach (int number in environment.Layout.AttemptNumbers(caseId))
        {
            if (history?.Records.Any(record => record.Attempt == number) == true)
                continue;
            if (ReadIntent(environment.Layout, caseId, number) is AttemptIntent intent)
            {
                environment.Append(RecordBuilder.Build(environment, task, intent, new AttemptFacts
                {
                    Agents = EarlierWork.TryRead(environment.Layout.AttemptFolder(caseId, number)),
                    Interruption = $"The process {intent.Owner.Pid} on {intent.Owner.Host} ended before the attempt did.",
                }));
            }
        }
    }

    private static AttemptIntent? ReadIntent(StoreLayout layout, CaseId caseId, int number)
    {
        try
        {
            return StoreJson.Read<AttemptIntent>(File.ReadAllBytes(Path.Combine(layout.AttemptFolder(caseId, number), StoreLayout.AttemptFile)));
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            // The process died between making the folder and writing the intent: nothing had begun.
            return null;
        }
    }
}
