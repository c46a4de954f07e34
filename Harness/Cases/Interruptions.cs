using System.Text.Json;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Cases;

/// <summary>Settles attempts that a dead process left without a record. Called with the case claimed, so nobody else is at work on
/// them.</summary>
internal static class Interruptions
{
    /// <summary>What the record of a worker says that was paused or cut off for so long that its case was given to another.</summary>
    public const string ClaimLost = "The claim on the case was lost: this worker was paused or cut off, and another may have the case.";

    /// <summary>Writes a record "interrupted" for each attempt that has none. Its artifacts stay, so that finished work can still be
    /// evaluated.</summary>
    public static async Task SettleAsync(RunEnvironment environment, CodingTask task, CaseId caseId, CancellationToken cancellationToken)
    {
        foreach (int number in environment.Layout.AttemptNumbers(caseId))
        {
            if (environment.Index.Find(caseId)?.Records.Any(record => record.Attempt == number) != true
                && ReadIntent(environment.Layout, caseId, number) is AttemptIntent intent)
                await environment.Breaker.KeepAsync(() => Settle(environment, task, intent), cancellationToken);
        }
    }

    private static void Settle(RunEnvironment environment, CodingTask task, AttemptIntent intent)
    {
        string folder = environment.Layout.AttemptFolder(intent.CaseId, intent.Attempt);
        if (environment.Matrix.IsShared && TryAppendCopy(environment, folder, intent))
            return;
        AgentPhaseResult? work = EarlierWork.TryRead(folder)
            ?? EarlierWork.FromTrajectory(folder, new AgentPhase(environment, task).AgentsOf(intent.CaseId), environment.Agent);
        string conversation = Path.Combine(folder, StoreLayout.ConversationFile);
        if (intent.CaseId.Setting == Setting.CoopComm && work is not null && !File.Exists(conversation))
            DurableFile.Write(conversation, StoreJson.ToFile(work.Messages));
        RunRecord record = RecordBuilder.Build(environment, task, intent, new AttemptFacts
        {
            Agents = work,
            Interruption = $"The process {intent.Owner.Pid} on {intent.Owner.Host} ended before the attempt did.",
        });
        string copy = Path.Combine(folder, StoreLayout.ResultFile);
        // A worker that was only paused may come to its record at this moment: who makes the copy writes the first record.
        if (!environment.Matrix.IsShared || !DurableFile.TryCreate(copy, StoreJson.ToFile(record)))
        {
            if (environment.Matrix.IsShared && TryAppendCopy(environment, folder, intent))
                return;
            DurableFile.Write(copy, StoreJson.ToFile(record));
        }
        environment.Append(record);
    }

    /// <summary>Appends the record whose copy is on disk: its process had come to its end, but for this line.</summary>
    private static bool TryAppendCopy(RunEnvironment environment, string folder, AttemptIntent intent)
    {
        try
        {
            RunRecord kept = StoreJson.Read<RunRecord>(RegularFile.ReadOwn(Path.Combine(folder, StoreLayout.ResultFile)));
            if (kept.AttemptId != intent.AttemptId || kept.Revision != 1)
                return false;
            FolderFlush.Flush(folder);
            environment.Append(kept);
            return true;
        }
        catch (Exception exception) when (exception is FileNotFoundException or JsonException)
        {
            return false;
        }
    }

    private static AttemptIntent? ReadIntent(StoreLayout layout, CaseId caseId, int number)
    {
        try
        {
            return StoreJson.Read<AttemptIntent>(File
                .ReadAllBytes(Path.Combine(layout.AttemptFolder(caseId, number), StoreLayout.AttemptFile)));
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            // The process died between making the folder and writing the intent: nothing had begun.
            return null;
        }
    }
}
