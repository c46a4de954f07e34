using Tandem.Harness.Admission;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Cases;

/// <summary>Keeps cases from counting whose agents, several in a row, did nothing: see <see cref="IdleEnds"/>.</summary>
internal sealed class IdleGuard(RunEnvironment environment)
{
    private readonly IdleEnds _ends = new(environment.Configuration.Run.PauseAfter);
    private readonly Lock _lock = new();
    private bool _hasBegun;

    /// <summary>Looks at the work of an attempt's agents, before anything is written that says they have finished.</summary>
    /// <returns>The fault that it is; null if the attempt counts.</returns>
    public async Task<RunError?> LookAsync(AttemptIntent intent, AgentPhaseResult work, CancellationToken cancellationToken)
    {
        if (!environment.Agent.CostsMoney || environment.Configuration.Agent.MayIdle || work.IsInterrupted || work.Error is not null)
            return null;
        ReadEarlier();
        if (!IsIdle(work))
        {
            _ends.Worked(intent.StartedAt);
            return null;
        }
        IdleVerdict verdict = _ends.Look(
            new IdleEnd(intent.CaseId, intent.Attempt, HowOf(work.Agents), IsCrash(work.Agents), environment.Clock.GetUtcNow()));
        if (verdict.Why is null)
            return null;
        foreach (IdleEnd earlier in verdict.Earlier)
        {
            if (environment.Index.Find(earlier.CaseId)?.Records.LastOrDefault(one => one.Attempt == earlier.Attempt) is RunRecord record)
                await UncountAsync(record, verdict.Why, cancellationToken);
        }
        if (verdict.IsFirstCrash)
            environment.Halt("the agent crashed in the same way in each of the first cases, and did nothing, so it is its configuration: "
                + HowOf(work.Agents));
        return new RunError(ErrorClass.NoWork, CasePhase.Agent, verdict.Why);
    }

    /// <summary>The record as it counts: another revision where it was found meanwhile that it does not.</summary>
    /// <param name="record">It is on disk.</param>
    public RunRecord Recorded(RunRecord record) =>
        _ends.Recorded(record.CaseId, record.Attempt) is string why && !record.IsMissingData ? Revise(record, why) : record;

    /// <summary>A run may be of many short invocations: the row may have begun in an earlier one.</summary>
    private void ReadEarlier()
    {
        lock (_lock)
        {
            if (_hasBegun)
                return;
            _hasBegun = true;
            RunRecord[] counting = [.. environment.Index.All.Select(history => history.Counting).OfType<RunRecord>()
                .OrderBy(IdleRun.EndOf)];
            RunRecord[] last = [.. counting.Reverse().TakeWhile(IdleRun.Is).Reverse()];
            _ends.Begin(last.Select(record => new IdleEnd(record.CaseId, record.Attempt, HowOf(record.Agents), IsCrash(record.Agents),
                IdleRun.EndOf(record))), haveWorked: last.Length < counting.Length);
        }
    }

    // Its case was let go; another process may have it.
    private async Task UncountAsync(RunRecord record, string why, CancellationToken cancellationToken)
    {
        if (record.IsMissingData || (await environment.Matrix.Claims.TryClaimAsync(record.CaseId, cancellationToken)).Claim
            is not ICaseClaim claim)
            return;
        await using (claim)
        {
            await environment.Breaker.KeepAsync(
                () => environment.Breaker.Report(Revise(record, why), isTry: false), cancellationToken);
            await environment.BookAsync(record.CaseId, cancellationToken);
        }
    }

    private RunRecord Revise(RunRecord record, string why)
    {
        RunRecord uncounted = record with
        {
            InfraError = true,
            BothPassed = null,
            Feature1Passed = null,
            Feature2Passed = null,
            Tests = [],
            Error = new RunError(ErrorClass.NoWork, CasePhase.Agent, why),
        };
        // Agents that have not finished are run again, when the same command is started.
        byte[] agents = StoreJson.ToFile(RecordedWork.Agents(uncounted));
        var revision = NewRevision.Of(environment.Layout, uncounted, environment.RunId, [(StoreLayout.AgentsFile, agents)]);
        foreach ((string path, byte[] content) in revision.Files)
            DurableFile.Write(path, content);
        environment.Append(revision.Record);
        return revision.Record;
    }

    /// <summary>A model that was asked has worked, whether or not its endpoint counts tokens. Of a command nobody counts. An agent whose
    /// patch could not even be taken has tampered with its sandbox, so that nobody makes missing data of a case by breaking it.</summary>
    private bool IsIdle(AgentPhaseResult work) => work.Messages.Count == 0
        && work.Patches.All(patch => patch is not null && patch.All(one => one is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
        && work.Agents.All(agent => agent.Tokens is null or { Input: 0, Output: 0 }
            && (environment.Agent.IsOneCommand || agent.ModelCalls is null or 0));

    private static bool IsCrash(IReadOnlyList<AgentReport> agents) => agents.All(agent => agent.Status == AgentStatus.Error);

    private static string HowOf(IReadOnlyList<AgentReport> agents)
    {
        AgentReport worst = agents.MaxBy(agent => agent.Status)!;
        string limit = worst.Limit is null ? "" : $" ({worst.Limit})";
        string error = worst.Error is null ? "" : $": {worst.Error.Split('\n', 2)[0].Trim().TrimEnd('.')}";
        return $"{EnumNames.NameOf(worst.Status)}{limit}{error}";
    }
}
