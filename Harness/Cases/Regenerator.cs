using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using Tandem.Harness.Admission;
using Tandem.Harness.Agents;
using Tandem.Harness.Configuration;
using Tandem.Harness.Telemetry;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Harness.Cases;

/// <summary>
/// Rebuilds the derived files that need no sandbox, of any number of cases: no engine, no agent, no model. What it makes it adds to the
/// store as a new revision of the record; it changes no file.
/// </summary>
public sealed class Regenerator : IDisposable
{
    /// <summary>Cases that are claimed, and whose files are flushed to disk, together.</summary>
    private const int BatchCases = 512;

    private readonly StoreLayout _layout;
    private readonly string _runId;
    private readonly RunIndex _index;
    private readonly FileClaimStore _claims;
    private readonly RunFileWriter _writer;
    private readonly AgentKind? _agent;
    private readonly bool _isShared;

    /// <summary>Reads the records of an experiment.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="runId">This invocation.</param>
    /// <param name="clock">Gives the times of new run files.</param>
    public Regenerator(StoreLayout layout, string runId, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(layout);
        (_layout, _runId) = (layout, runId);
        _index = new RunIndex(layout);
        _claims = new FileClaimStore(layout);
        _writer = new RunFileWriter(layout, runId, Instrumentation.HarnessVersion, clock);
        ExperimentPlan? plan = new StoreReader(layout).ReadPlan();
        _agent = AgentOf(plan);
        _isShared = plan is not null && plan.Settings.TryGetProperty("run", out JsonElement run)
            && run.TryGetProperty("claims", out JsonElement way) && way.ValueEquals(EnumNames.NameOf(ClaimChoice.Postgres));
    }

    /// <summary>Looks at cases and reads each of their files once. Writes nothing.</summary>
    /// <returns>Those with something at fault, in the order given.</returns>
    public IReadOnlyList<CaseDamage> Examine(IReadOnlyList<CaseId> cases)
    {
        ArgumentNullException.ThrowIfNull(cases);
        if (cases.Count == 0)
            return [];
        _index.Refresh();
        var damages = new CaseDamage[cases.Count];
        // By ranges of one: cases differ much in what they left.
        Parallel.ForEach(Partitioner.Create(0, cases.Count, 1), range =>
        {
            for (int i = range.Item1; i < range.Item2; i++)
                damages[i] = CaseDamage.Of(_layout, cases[i], _index.Find(cases[i]), _agent);
        });
        return [.. damages.Where(damage => damage.IsAny)];
    }

    /// <summary>Rebuilds what needs no sandbox. A crash at any moment leaves the store as valid as it was: a file without a record is
    /// nobody's.</summary>
    /// <param name="damages">What <see cref="Examine"/> found.</param>
    /// <returns>What was done, and what cannot be. Attempts that need a sandbox are left to <see cref="EvaluationRepair"/>.</returns>
    public IReadOnlyList<Repair> Rebuild(IReadOnlyList<CaseDamage> damages)
    {
        ArgumentNullException.ThrowIfNull(damages);
        return [.. damages.Chunk(BatchCases).SelectMany(RebuildBatch)];
    }

    private List<Repair> RebuildBatch(CaseDamage[] damages)
    {
        var claims = new IDisposable?[damages.Length];
        try
        {
            var holders = new string[damages.Length];
            void Claim(int i, bool isNamed)
            {
                CaseId caseId = damages[i].CaseId;
                if (HolderAmongWorkers(caseId) is string worker)
                    holders[i] = worker;
                else
                    claims[i] = isNamed ? _claims.TryClaim(caseId, out holders[i]) : _claims.TryClaimUnnamed(caseId, out holders[i]);
            }
            // One claim names this process, so that a merge sees the store in use. A file for each would take a third of the time.
            int next = 0;
            do
                Claim(next, isNamed: true);
            while (claims[next++] is null && next < damages.Length);
            Parallel.For(next, damages.Length, i => Claim(i, isNamed: false));
            _index.Refresh();
            var rebuilt = new Rebuilt[damages.Length];
            Parallel.For(0, damages.Length, i => rebuilt[i] = claims[i] is null
                ? new Rebuilt([new Repair(damages[i].CaseId, null, RepairKind.Left, $"claimed elsewhere, by {holders[i]}")], [], [])
                : RebuildCase(damages[i]));
            (string, byte[])[] files = [.. rebuilt.SelectMany(one => one.Reports
                .Concat(one.Revisions.SelectMany(revision => revision.Files)))];
            if (files.Length > 0)
                DurableFile.WriteAll(_layout.ExperimentFolder, files);
            _writer.Append(rebuilt.SelectMany(one => one.Revisions).Select(revision => revision.Record));
            return [.. rebuilt.SelectMany(one => one.Repairs)];
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
            throw;
        }
        finally
        {
            foreach (IDisposable? claim in claims)
                claim?.Dispose();
        }
    }

    private Rebuilt RebuildCase(CaseDamage found)
    {
        // Whoever had the case meanwhile has left a record.
        CaseHistory? history = _index.Find(found.CaseId);
        CaseDamage damage = (history?.Records.Count ?? 0) == found.Records ? found
            : CaseDamage.Of(_layout, found.CaseId, history, _agent);
        var rebuilt = new Rebuilt([], [], []);
        foreach (AttemptDamage attempt in damage.Attempts.Where(attempt => !attempt.NeedsSandbox))
            rebuilt.Repairs.AddRange(RepairOf(attempt, history!.Records, rebuilt.Revisions));
        if (damage.Unreported is int number && Report(damage.CaseId, number) is { } report)
        {
            rebuilt.Reports.Add(report);
            rebuilt.Repairs.Add(new Repair(damage.CaseId, number, RepairKind.Rebuilt,
                $"{Path.GetFileName(report.Path)} from the trajectory and the patches"));
        }
        return rebuilt;
    }

    private List<Repair> RepairOf(AttemptDamage damage, IReadOnlyList<RunRecord> history, List<NewRevision> revisions)
    {
        RunRecord record = damage.Record;
        (List<(string, byte[])> made, List<FileFault> unmade) = Make(_layout, damage, history);
        var repairs = new List<Repair>();
        if (made.Count > 0 || damage.Files.Any(file => file.Plain == StoreLayout.ResultFile))
        {
            NewRevision revision = NewRevision.Of(_layout, record, _runId, made);
            revisions.Add(revision);
            repairs.Add(new Repair(record.CaseId, record.Attempt, RepairKind.Rebuilt, revision.What));
        }
        repairs.AddRange(Unmade(damage, unmade));
        return repairs;
    }

    /// <summary>Makes what needs no sandbox; the copy of the record comes with the new revision.</summary>
    internal static (List<(string Name, byte[] Content)> Made, List<FileFault> Unmade) Make(StoreLayout layout, AttemptDamage damage,
        IReadOnlyList<RunRecord> history)
    {
        var made = new List<(string, byte[])>();
        var unmade = new List<FileFault>();
        foreach (FileFault file in damage.Files.Where(file => file.Plain != StoreLayout.ResultFile))
        {
            if (!file.IsPrimary && RecordedWork.TryMake(layout, damage.Record, file, history) is byte[] content)
                made.Add((file.Plain, content));
            else
                unmade.Add(file);
        }
        return (made, unmade);
    }

    /// <summary>Names what cannot be made again, and why.</summary>
    internal static IEnumerable<Repair> Unmade(AttemptDamage damage, IReadOnlyList<FileFault> unmade)
    {
        (CaseId caseId, int attempt) = (damage.Record.CaseId, damage.Record.Attempt);
        if (damage.Lost.Any())
            yield return new Repair(caseId, attempt, RepairKind.Lost, $"{string.Join(", ", damage.Lost)}; nothing can make "
                + $"{(damage.Lost.Count() == 1 ? "it" : "them")} again. Copy it back, or run the agents again with "
                + (damage.Lost.Any(file => file.Kind == FileFaultKind.Missing) ? "--status partial" : $"--force for {caseId} alone"));
        FileFault[] others = [.. unmade.Where(file => !file.IsPrimary)];
        if (others.Length > 0)
            yield return new Repair(caseId, attempt, RepairKind.Left, $"{string.Join(", ", others.AsEnumerable())}; "
                + (damage.Record.IsMissingData ? "its evaluation gave no verdict, so another cannot be compared with it"
                : damage.Lost.Any() ? "without the files that are lost it cannot be made again" : "nothing says how it is made"));
    }

    /// <summary>The agents' report of an attempt that has no record.</summary>
    private (string Path, byte[] Content)? Report(CaseId caseId, int attempt)
    {
        string folder = _layout.AttemptFolder(caseId, attempt);
        string path = Path.Combine(folder, StoreLayout.AgentsFile);
        if (File.Exists(path))
            path = Path.Combine(folder, StoreLayout.Revised(StoreLayout.AgentsFile, Revisions.Highest(folder) + 1));
        return _agent is not null && WorkInTrajectory.TryRead(folder, caseId, _agent) is AgentsReport report
            ? (path, StoreJson.ToFile(report)) : null;
    }

    /// <summary>Workers that share a PostgreSQL hold no lock file; beside it they say who has the case.</summary>
    private string? HolderAmongWorkers(CaseId caseId) => _isShared
        && ClaimFiles.ReadHolder(ClaimFiles.HolderOf(ClaimFiles.LockOf(_layout, caseId))) is { IsProvenDead: false } holder
        && holder != ProcessIdentity.Current ? $"process {holder.Pid} on {holder.Host}" : null;

    private static AgentKind? AgentOf(ExperimentPlan? plan)
    {
        try
        {
            return plan?.Settings.Deserialize(ConfigurationJson.TypeInfo) is { } configuration
                ? AgentCatalog.Find(configuration.Agent.Kind) : null;
        }
        catch (JsonException)
        {
            // An experiment from elsewhere: its agents are not ours.
            return null;
        }
    }

    /// <summary>Closes the run files.</summary>
    public void Dispose() => _writer.Dispose();

    /// <summary>What was made of a case, before it is on disk.</summary>
    private sealed record Rebuilt(List<Repair> Repairs, List<NewRevision> Revisions, List<(string Path, byte[] Content)> Reports);
}
