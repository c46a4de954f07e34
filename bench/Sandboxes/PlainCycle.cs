using System.Globalization;
using Tandem.Bench.Measuring;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.Sandboxes.Docker.Files;
using Tandem.Harness.Sandboxes.Docker.Life;

namespace Tandem.Bench.Sandboxes;

/// <summary>The work of a cycle over the engine's API as most programs use it: an exec for each command, archives for files. No session, no dead man's switch, nothing kept.</summary>
internal sealed class PlainCycle(EngineClient engine)
{
    public async Task<Lap> RunAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        var lap = new Lap();
        string id = await lap.TimeAsync(CycleWork.Create, async () =>
        {
            string created = await engine.CreateContainerAsync(ContainerDefinition.NameOf(spec), WithoutSwitch(spec), cancellationToken);
            await engine.StartContainerAsync(created, cancellationToken);
            return created;
        });
        try
        {
            await lap.TimeAsync(CycleWork.Put, async () =>
            {
                using var tar = new SandboxFilesTar(CycleWork.Files, TimeProvider.System.GetUtcNow());
                await engine.PutArchiveAsync(id, tar, cancellationToken);
            });
            await lap.TimeAsync(CycleWork.Commands, async () =>
            {
                for (int number = 1; number <= CycleWork.CommandCount; number++)
                    CycleWork.CheckOutput(number, await ExecAsync(engine, id, new ExecCreateRequest { Cmd = CycleWork.Command(number) }, cancellationToken));
            });
            await lap.TimeAsync(CycleWork.Get, async () => CycleWork.CheckFiles(await engine.CallAsync(
                new EngineCall(HttpMethod.Get, $"/containers/{id}/archive?path={Uri.EscapeDataString(CycleWork.Folder)}", "getting files"),
                static (response, token) => ReadAsync(response, token),
                cancellationToken)));
        }
        finally
        {
            await lap.TimeAsync(CycleWork.Remove, () => engine.RemoveContainerAsync(id, CancellationToken.None));
        }
        return lap.Finish();
    }

    /// <summary>Runs one command by an exec of its own, and gives its standard output.</summary>
    public static async Task<string> ExecAsync(EngineClient engine, string id, ExecCreateRequest request, CancellationToken cancellationToken)
    {
        string exec = await engine.CreateExecAsync(id, request, cancellationToken);
        using HijackedStream stream = await engine.StartExecAsync(exec, cancellationToken);
        var frames = new FrameReader(stream);
        using var output = new MemoryStream();
        while (await frames.ReadAsync(cancellationToken) is { } piece)
        {
            if (!piece.IsStderr)
                output.Write(piece.Bytes.Span);
        }
        ExecReply end = await engine.InspectExecAsync(exec, cancellationToken);
        return end.ExitCode == 0
            ? System.Text.Encoding.UTF8.GetString(output.ToArray())
            : throw new SandboxException(SandboxFault.Engine, string.Create(CultureInfo.InvariantCulture, $"An exec of {string.Join(' ', request.Cmd)} ended with {end.ExitCode}: {System.Text.Encoding.UTF8.GetString(output.ToArray())}"));
    }

    /// <summary>A sandbox of ours, but for a main process that nobody holds on to.</summary>
    public static ContainerRequest WithoutSwitch(SandboxSpec spec) => ContainerDefinition.Of(spec, egressId: null, TimeProvider.System.GetUtcNow()) with
    {
        Entrypoint = ["sleep", "600"],
        OpenStdin = false,
        StdinOnce = false,
        AttachStdin = false,
        AttachStdout = false,
    };

    private static async Task<IReadOnlyDictionary<string, byte[]>> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using Stream body = await response.Content.ReadAsStreamAsync(cancellationToken);
        return await CycleWork.UnpackAsync(body, cancellationToken);
    }
}
