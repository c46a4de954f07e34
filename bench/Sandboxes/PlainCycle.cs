using System.Globalization;
using Docker.DotNet;
using Docker.DotNet.Models;
using Tandem.Bench.Measuring;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Life;

namespace Tandem.Bench.Sandboxes;

/// <summary>The work of a cycle over the engine's API as most programs use it: an exec for each command, archives for files. No session, no
/// dead man's switch, nothing kept.</summary>
internal sealed class PlainCycle(EngineClient engine)
{
    public async Task<Lap> RunAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        var lap = new Lap();
        string id = await lap.TimeAsync(CycleWork.Create, async () =>
        {
            string created = await CreateAsync(engine, request => FillWithoutSwitch(request, spec), cancellationToken);
            await engine.StartContainerAsync(created, cancellationToken);
            return created;
        });
        try
        {
            await lap.TimeAsync(CycleWork.Put, () =>
                engine.PutArchiveAsync(id, new SandboxFilesTar(CycleWork.Files, TimeProvider.System.GetUtcNow()), cancellationToken));
            await lap.TimeAsync(CycleWork.Commands, async () =>
            {
                for (int number = 1; number <= CycleWork.CommandCount; number++)
                    CycleWork.CheckOutput(number,
                        await ExecAsync(engine, id, new ContainerExecCreateParameters { Cmd = [.. CycleWork.Command(number)] },
                        cancellationToken));
            });
            await lap.TimeAsync(CycleWork.Get, async () => CycleWork.CheckFiles(await engine.CallAsync(
                new EngineCall("getting files"), (docker, token) => ReadAsync(docker, id, token), cancellationToken)));
        }
        finally
        {
            await lap.TimeAsync(CycleWork.Remove, () => engine.RemoveContainerAsync(id, CancellationToken.None));
        }
        return lap.Finish();
    }

    /// <summary>Runs one command by an exec of its own, and gives its standard output.</summary>
    public static async Task<string> ExecAsync(EngineClient engine, string id, ContainerExecCreateParameters request,
        CancellationToken cancellationToken)
    {
        string exec = await engine.CreateExecAsync(id, request, cancellationToken);
        using ProcessStream stream = await engine.StartExecAsync(exec, cancellationToken);
        using var output = new MemoryStream();
        while (await stream.ReadAsync(cancellationToken) is { } piece)
        {
            if (!piece.IsStderr)
                output.Write(piece.Bytes.Span);
        }
        ContainerExecInspectResponse end = await engine.InspectExecAsync(exec, cancellationToken);
        string text = System.Text.Encoding.UTF8.GetString(output.ToArray());
        return end.ExitCode == 0
            ? text
            : throw new SandboxException(SandboxFault.Engine, string.Create(CultureInfo.InvariantCulture,
                $"An exec of {string.Join(' ', request.Cmd)} ended with {end.ExitCode}: {text}"));
    }

    /// <summary>A sandbox of ours, but for a main process that nobody holds on to.</summary>
    public static void FillWithoutSwitch(CreateContainerParameters request, SandboxSpec spec)
    {
        ContainerDefinition.Fill(request, spec, egressId: null, TimeProvider.System.GetUtcNow());
        request.Entrypoint = ["sleep", "600"];
        request.OpenStdin = request.StdinOnce = request.AttachStdin = request.AttachStdout = false;
    }

    /// <summary>Creates one.</summary>
    /// <returns>The container's id.</returns>
    public static async Task<string> CreateAsync(EngineClient engine, Action<CreateContainerParameters> fill,
        CancellationToken cancellationToken)
    {
        var request = new CreateContainerParameters();
        fill(request);
        var call = new EngineCall("creating a container") { Limit = EngineCall.LongLimit, NotFound = SandboxFault.Image };
        return (await engine.CallAsync(call, (docker, token) => docker.Containers.CreateContainerAsync(request, token),
            cancellationToken)).ID;
    }

    private static async Task<IReadOnlyDictionary<string,
        byte[]>> ReadAsync(IDockerClient docker, string id, CancellationToken cancellationToken)
    {
        var place = new ContainerPathStatParameters { Path = CycleWork.Folder };
        await using Stream body =
            (await docker.Containers.GetArchiveFromContainerAsync(id, place, statOnly: false, cancellationToken)).Stream!;
        return await CycleWork.UnpackAsync(body, cancellationToken);
    }
}
