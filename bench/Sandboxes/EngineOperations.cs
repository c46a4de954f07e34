using Docker.DotNet.Models;
using Tandem.Bench.Measuring;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Life;
using Tandem.Records.Runs;

namespace Tandem.Bench.Sandboxes;

/// <summary>
/// The operations that the engine does for a sandbox: what each takes of the processor, and how many of each a case asks for.
/// </summary>
internal sealed class EngineOperations(EngineClient engine)
{
    private const string Create = "create";
    private const string Attach = "attach";
    private const string Start = "start";
    private const string Exec = "exec";
    private const string Put = "archive in";
    private const string Get = "archive out";
    private const string Restart = "restart";
    private const string Remove = "remove";
    private const string RemoveFull = "remove, 1,000 files written in it";
    private const string WriteFiles =
        "mkdir /tandem-bench && cd /tandem-bench && i=0; while [ $i -lt 1000 ]; do echo $i >$i; i=$((i+1)); done";

    /// <summary>What the engine calls them in its events.</summary>
    private static readonly Dictionary<string, string> s_events = new()
    {
        ["create"] = Create,
        ["attach"] = Attach,
        ["start"] = Start,
        ["exec_start"] = Exec,
        ["extract-to-dir"] = Put,
        ["archive-path"] = Get,
        ["destroy"] = Remove,
    };

    /// <summary>Does each once and lets it settle.</summary>
    /// <param name="spec">The sandbox.</param>
    /// <param name="meter">Counts.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A phase for each: the engine's processor time, milliseconds.</returns>
    public async Task<Lap> MeasureAsync(SandboxSpec spec, EngineCpuMeter meter, CancellationToken cancellationToken)
    {
        var lap = new Lap();
        async Task OneAsync(string name, Func<Task> work) => lap.Add(name, (await meter.CountAsync(work, cancellationToken)).WholeEngineMs);

        string id = "";
        await OneAsync(Create, async () =>
            id = await PlainCycle.CreateAsync(engine, request =>
                ContainerDefinition.Fill(request, spec, egressId: null, TimeProvider.System.GetUtcNow()), cancellationToken));
        DeadMansSwitch? hold = null;
        try
        {
            await OneAsync(Attach, async () => hold = await DeadMansSwitch.HoldAsync(engine, id, cancellationToken));
            await OneAsync(Start, () => engine.StartContainerAsync(id, cancellationToken));
            await OneAsync(Exec, () =>
                PlainCycle.ExecAsync(engine, id, new ContainerExecCreateParameters { Cmd = ["true"] }, cancellationToken));
            var archive = new SandboxFilesTar([new SandboxFile("/tandem/file", new byte[2048])], TimeProvider.System.GetUtcNow());
            await OneAsync(Put, () => engine.PutArchiveAsync(id, archive, cancellationToken));
            await OneAsync(Get, () => engine.GetFileAsync(id, "/tandem/file", 2048, cancellationToken));
            await OneAsync(Restart, () =>
                engine.RestartContainerAsync(id, static () => Task.CompletedTask, TimeSpan.FromMinutes(1), cancellationToken));
        }
        finally
        {
            await OneAsync(Remove, () => engine.RemoveContainerAsync(id, CancellationToken.None));
            hold?.Dispose();
        }
        await RemoveFullAsync(spec, OneAsync, cancellationToken);
        return Lap.Of(lap.Phases.Sum(phase => phase.Milliseconds), [.. lap.Phases]);
    }

    private async Task RemoveFullAsync(SandboxSpec spec, Func<string, Func<Task>, Task> one, CancellationToken cancellationToken)
    {
        string id = await PlainCycle.CreateAsync(engine, request => PlainCycle.FillWithoutSwitch(request, spec), cancellationToken);
        try
        {
            await engine.StartContainerAsync(id, cancellationToken);
            await PlainCycle.ExecAsync(engine, id, new ContainerExecCreateParameters
            { Cmd = ["/bin/sh", "-c", WriteFiles] }, cancellationToken);
        }
        finally
        {
            await one(RemoveFull, () => engine.RemoveContainerAsync(id, CancellationToken.None));
        }
    }

    /// <summary>
    /// How many of each a case has asked for, by the engine's own events; to be asked before the engine forgets, which keeps the last 256.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, int>> CountAsync(RunRecord record, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, int>();
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        foreach (SandboxReport sandbox in record.Sandboxes)
        {
            IReadOnlyList<Message> events = await engine
                .GetEventsAsync(sandbox.Id, now - TimeSpan.FromMinutes(10), now, [.. s_events.Keys], cancellationToken);
            foreach (Message one in events)
            {
                // An exec's event names its command, too.
                if (s_events.TryGetValue(one.Action?.Split(':')[0] ?? "", out string? operation))
                    counts[operation] = counts.GetValueOrDefault(operation) + 1;
            }
        }
        // Each start of a sandbox but its first ends a restart.
        counts[Restart] = counts.GetValueOrDefault(Start) - record.Sandboxes.Count;
        counts[Start] = record.Sandboxes.Count;
        return counts;
    }
}
