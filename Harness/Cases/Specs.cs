using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Cases;

/// <summary>Sandboxes of an attempt, as settings and task set bound them.</summary>
internal static class Specs
{
    public static SandboxSpec For(RunEnvironment environment, AttemptIntent intent, SandboxImage image, string role, SandboxNetwork network,
        ProgramVolume? programs = null)
    {
        SandboxSettings settings = environment.Configuration.Sandbox;
        // Above all that may happen inside: the agent's own time, taking the patch, both runners twice, and an hour of grace.
        TimeSpan work = TimeSpan.FromMinutes(environment.Configuration.Limits.AgentMinutes)
            + TimeSpan.FromSeconds(4 * environment.TaskSet.Options.Limits.RunnerSeconds);
        return new SandboxSpec
        {
            Image = image,
            Name = Attempt.SandboxName(intent.AttemptId, role),
            Owner = new SandboxOwner(environment.StoreId, environment.Layout.Experiment, intent.CaseId.ToString(),
                intent.AttemptId, role),
            Network = network,
            Programs = programs,
            Limits = new SandboxLimits
            {
                MemoryBytes = (long)settings.MemoryMb << 20,
                Pids = settings.Pids,
                Cpus = settings.Cpus,
                DiskBytes = settings.DiskMb == 0 ? null : (long)settings.DiskMb << 20,
            },
            TimeToLive = work + TimeSpan.FromHours(1),
        };
    }
}
