using System.Globalization;
using Docker.DotNet.Models;
using Tandem.Bench.Measuring;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Life;

namespace Tandem.Bench.Sandboxes;

/// <summary>The work of a cycle by the docker CLI, with the same limits and rights as a sandbox of ours, and its labels, so that the next
/// sweep finds what a crash leaves.</summary>
internal static class CliCycle
{
    public static async Task<Lap> RunAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("tandem-bench-");
        string name = ContainerDefinition.NameOf(spec);
        try
        {
            string source = Directory.CreateDirectory(Path.Combine(folder.FullName, "in")).FullName;
            foreach (SandboxFile file in CycleWork.Files)
                await File.WriteAllBytesAsync(Path.Combine(source, Path.GetFileName(file.Path)), file.Content, cancellationToken);
            IReadOnlyList<string> run = Run(spec, name);

            var lap = new Lap();
            try
            {
                await lap.TimeAsync(CycleWork.Create, () => DockerCli.RunAsync(run, cancellationToken));
                await lap.TimeAsync(CycleWork.Put, () =>
                    DockerCli.RunAsync(["cp", source, $"{name}:{CycleWork.Folder}"], cancellationToken));
                await lap.TimeAsync(CycleWork.Commands, async () =>
                {
                    for (int number = 1; number <= CycleWork.CommandCount; number++)
                        CycleWork.CheckOutput(number,
                            await DockerCli.RunAsync(["exec", name, .. CycleWork.Command(number)], cancellationToken));
                });
                string target = Path.Combine(folder.FullName, "out");
                await lap.TimeAsync(CycleWork.Get, () =>
                    DockerCli.RunAsync(["cp", $"{name}:{CycleWork.Folder}", target], cancellationToken));
                CycleWork.CheckFiles(Directory.EnumerateFiles(target).ToDictionary(file => Path.GetFileName(file)!, File.ReadAllBytes));
            }
            finally
            {
                await lap.TimeAsync(CycleWork.Remove, () => DockerCli.RunAsync(["rm", "-f", "-v", name], CancellationToken.None));
            }
            return lap.Finish();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IReadOnlyList<string> Run(SandboxSpec spec, string name)
    {
        var request = new CreateContainerParameters();
        PlainCycle.FillWithoutSwitch(request, spec);
        HostConfig host = request.HostConfig!;
        return
        [
            "run", "-d", "--name", name, "--network", host.NetworkMode, "--log-driver", host.LogConfig.Type, "--init",
            "--memory", Number(host.Memory), "--memory-swap", Number(host.MemorySwap), "--pids-limit", Number(host.PidsLimit ?? 0),
                "--cpus", spec.Limits.Cpus.ToString(CultureInfo.InvariantCulture),
            .. host.CapDrop.SelectMany(capability => (string[])["--cap-drop", capability]),
            .. host.CapAdd.SelectMany(capability => (string[])["--cap-add", capability]),
            .. host.SecurityOpt.SelectMany(option => (string[])["--security-opt", option]),
            .. request.Labels.SelectMany(label => (string[])["--label", $"{label.Key}={label.Value}"]),
            "--no-healthcheck", "--workdir", request.WorkingDir, "--entrypoint", request.Entrypoint[0], request.Image,
                .. request.Entrypoint.Skip(1),
        ];

        static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
    }
}
