using Tandem.Bench.Measuring;
using Tandem.Harness.Sandboxes;

namespace Tandem.Bench.Sandboxes;

/// <summary>The work of a cycle through the seam, as the harness does it. Many files come out as one archive that a command makes, since
/// the seam gets files one by one.</summary>
internal sealed class SeamCycle(ISandboxProvider provider)
{
    private const long MaxArchiveBytes = 16 << 20;

    public async Task<Lap> RunAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        var lap = new Lap();
        ISandbox sandbox = await lap.TimeAsync(CycleWork.Create, () => provider.CreateAsync(spec, cancellationToken));
        try
        {
            await lap.TimeAsync(CycleWork.Put, () => sandbox.PutFilesAsync(CycleWork.Files, cancellationToken));
            await lap.TimeAsync(CycleWork.Commands, async () =>
            {
                for (int number = 1; number <= CycleWork.CommandCount; number++)
                    CycleWork.CheckOutput(number,
                        await PrintAsync(sandbox, new ExecRequest { Command = CycleWork.Command(number) }, cancellationToken));
            });
            await lap.TimeAsync(CycleWork.Get, async () =>
            {
                string archive = sandbox.Paths.Scratch + "/out.tar";
                await PrintAsync(sandbox, new ExecRequest
                { Command = ["tar", "-cf", archive, "-C", CycleWork.Folder, "."] }, cancellationToken);
                byte[] bytes = await sandbox.GetFileAsync(archive, MaxArchiveBytes, cancellationToken)
                    ?? throw new InvalidDataException("The archive is not there.");
                CycleWork.CheckFiles(await CycleWork.UnpackAsync(new MemoryStream(bytes), cancellationToken));
            });
        }
        finally
        {
            await lap.TimeAsync(CycleWork.Remove, () => sandbox.DisposeAsync().AsTask());
        }
        return lap.Finish();
    }

    private static async Task<string> PrintAsync(ISandbox sandbox, ExecRequest request, CancellationToken cancellationToken)
    {
        ExecResult result = await sandbox.ExecAsync(request, cancellationToken);
        return result.Succeeded
            ? result.Stdout.Text
            : throw new InvalidDataException(
            $"{string.Join(' ', request.Command)} ended with {result.Outcome} {result.ExitCode}: {result.Detail} {result.Stderr.Text}");
    }
}
