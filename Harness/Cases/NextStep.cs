using Tandem.Harness.Agents.Recordings;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Cases;

/// <summary>What is to be done for a claimed case. Both functions that choose it are pure: they read no file and no clock.</summary>
internal abstract record NextStep
{
    private NextStep()
    {
    }

    /// <summary>Nothing: this record counts.</summary>
    public sealed record Stored(RunRecord Record) : NextStep;

    public sealed record Skip(string Reason) : NextStep;

    /// <summary>Nothing more: the latest attempt's record stands.</summary>
    public sealed record Done : NextStep;

    /// <summary>The run ends: every other case would meet this fault.</summary>
    public sealed record Stop(string Fault) : NextStep;

    /// <summary>An attempt.</summary>
    /// <param name="Kind">Whether agents run anew, are taken up, or their work is evaluated again.</param>
    /// <param name="Reason">Why it is made.</param>
    /// <param name="TakesUp">The attempt whose work it goes on with; null for <see cref="AttemptKind.Run"/>.</param>
    /// <param name="Recording">What its agents do again before they go on, or all that a replay does; null if they begin anew.</param>
    /// <param name="SunkCost">USD that earlier agents had cost and that are of no use any more; null if nothing or unknown.</param>
    public sealed record Try(AttemptKind Kind, AttemptReason Reason, int? TakesUp, Recording? Recording, decimal? SunkCost) : NextStep
    {
        /// <summary>Whether its agents may cost money.</summary>
        public bool PaysAgents => Kind != AttemptKind.Regrade;
    }

    /// <summary>The first step for a case. Agents that finished are never run again by themselves.</summary>
    /// <param name="situation">What is known of the case.</param>
    /// <param name="reason">Why it is looked at: <see cref="AttemptReason.Due"/> leaves a case with a record that counts as it
    /// is.</param>
    public static NextStep For(CaseSituation situation, AttemptReason reason)
    {
        RunRecord? counting = situation.History?.Counting;
        // Of a case that failed or lost its files the agents were paid, and the record that counts would stay the same.
        if (reason == AttemptReason.Due && counting is not null
            && situation.Status is RunStatus.Completed or RunStatus.Failed or RunStatus.Partial)
            return new Stored(counting);
        if (situation.Status == RunStatus.Results && reason != AttemptReason.Force
            && (counting?.Attempt ?? situation.FinishedAttempt) is int finished)
        {
            // Who asked for the agents' work asked for its evaluation, too, whenever that comes.
            RunRecord? work = situation.History?.Records.LastOrDefault(record => record.Attempt == finished);
            return new Try(AttemptKind.Regrade, reason == AttemptReason.Due ? work?.AttemptReason ?? reason : reason, finished, null, null);
        }
        if (situation.WhyNoAgent is string missing)
            return new Skip(missing);
        return reason != AttemptReason.Force && situation.Continuation is Continuation left
            ? new Try(AttemptKind.Resumed, reason, left.Attempt, left.Recording, null)
            : new Try(AttemptKind.Run, reason, null, situation.Replay, null);
    }

    /// <summary>The only step for a case whose agents may not be started: the evaluation of what they left.</summary>
    /// <param name="situation">What is known of the case.</param>
    /// <param name="reason">Why: <see cref="AttemptReason.Due"/> leaves a case with a record that counts as it is.</param>
    /// <param name="lost">Why the work of the record that counts cannot be evaluated; null if it can.</param>
    public static NextStep WithoutAgents(CaseSituation situation, AttemptReason reason, string? lost)
    {
        RunRecord? counting = situation.History?.Counting;
        if (reason == AttemptReason.Due && counting is not null)
            return new Stored(counting);
        if ((counting?.Attempt ?? situation.FinishedAttempt) is not int finished)
            return new Skip("its agents have not finished, so there is nothing to evaluate");
        if (lost is not null)
            return new Skip(lost);
        RunRecord? work = situation.History?.Records.LastOrDefault(record => record.Attempt == finished);
        return new Try(AttemptKind.Regrade, reason == AttemptReason.Due ? work?.AttemptReason ?? reason : reason, finished, null, null);
    }

    /// <summary>The step after an attempt.</summary>
    /// <param name="record">The attempt's record.</param>
    /// <param name="step">The step that it was.</param>
    /// <param name="tries">Attempts of this call that count as tries.</param>
    /// <param name="most">Tries that a case has.</param>
    /// <param name="remains">What the attempt left.</param>
    public static NextStep After(RunRecord record, Try step, int tries, int most, CaseRemains remains)
    {
        if (DepartedFromRecording(record))
            return new Try(AttemptKind.Run, step.Reason, null, null, step.Recording?.Cost);
        if (record.Error is { Class: ErrorClass.ModelConfiguration, Message: var fault })
            return new Stop(fault);
        // While the disk is full, agents would be paid again for work that cannot be kept.
        bool wouldPayInVain = record.InfraError && record.AgentsWorked
            && record.Error is { Class: ErrorClass.Disk, Phase: CasePhase.Agent };
        if (!record.InfraError || wouldPayInVain || remains.IsSettled || tries >= most)
            return new Done();
        if (remains.AgentsFinished)
            return new Try(AttemptKind.Regrade, step.Reason, record.Attempt, null, null);
        return remains.Continuation is Continuation left
            ? new Try(AttemptKind.Resumed, step.Reason, left.Attempt, left.Recording, null)
            : step;
    }

    /// <summary>Whether an attempt that was taken up did not come to the same as its recording: what had been paid for is sunk.</summary>
    public static bool DepartedFromRecording(RunRecord record) => record is { Interrupted: true, AttemptKind: AttemptKind.Resumed };
}
