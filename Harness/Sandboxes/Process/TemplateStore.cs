using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Tandem.Harness.Processes;

namespace Tandem.Harness.Sandboxes.Process;

/// <summary>
/// Repositories at their base commits, one for each digest of a task's build inputs, made by the task's <c>setup.sh</c> and copied for
/// every sandbox. They are kept between runs; one appears whole or not at all, however many processes make it at once.
/// </summary>
/// <param name="folder">Where they are kept.</param>
/// <param name="makeSandbox">Gives an empty sandbox to build in, on the same file system as <paramref name="folder"/>.</param>
internal sealed class TemplateStore(string folder, Func<string, CancellationToken, Task<ISandbox>> makeSandbox)
{
    private static readonly TimeSpan s_setupLimit = TimeSpan.FromMinutes(10);

    // Successes stay; a failure is forgotten, so that the next one to ask tries again.
    private readonly ConcurrentDictionary<string, Lazy<Task>> _building = new(StringComparer.Ordinal);

    /// <summary>The folder of a template that has been prepared; null if there is none of that reference.</summary>
    public string? Find(string reference) =>
        reference.Length == 32 && reference.All(char.IsAsciiHexDigitLower) && Directory.Exists(PathOf(reference))
            ? PathOf(reference) : null;

    /// <exception cref="SandboxException">It cannot be made; the message says why, with the end of the script's output.</exception>
    public async Task<SandboxImage> PrepareAsync(SandboxImageSource source, CancellationToken cancellationToken)
    {
        if (!source.AllowsProcessSandbox)
        {
            throw new SandboxException(
                SandboxFault.Unsupported,
                $"{source.Name} needs a container: its task set does not say that its scripts take their paths from variables. "
                + "Start a Docker engine, or choose a task set that allows the process sandbox.");
        }
        if (source.BuildDigest is not { Length: > 0 } digest)
            throw new SandboxException(SandboxFault.Image,
                $"{source.Name} cannot be prepared for the process sandbox: no digest of its build inputs was given.");
        string script = Path.GetFullPath(Path.Combine(source.BuildFolder ?? "", "setup.sh"));
        if (source.BuildFolder is null || !File.Exists(script))
            throw new SandboxException(SandboxFault.Image,
                $"{source.Name} cannot be prepared for the process sandbox: there is no {script}, which would make the repository in "
                + $"$TANDEM_REPO.");

        string reference = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(digest)))[..32];
        // One caller's cancellation must not fail the others, so the build has none; it is bounded by its time limit.
        Lazy<Task> build = _building.GetOrAdd(reference, key => new Lazy<Task>(() => BuildOnceAsync(key, source.Name, script)));
        try
        {
            await build.Value.WaitAsync(cancellationToken);
        }
        catch when (build.Value.IsFaulted)
        {
            _building.TryRemove(KeyValuePair.Create(reference, build));
            throw;
        }
        return new SandboxImage(reference, $"process:{digest}");
    }

    private async Task BuildOnceAsync(string reference, string name, string script)
    {
        if (Directory.Exists(PathOf(reference)))
            return;
        ISandbox sandbox = await makeSandbox($"setup-{Guid.NewGuid():N}", CancellationToken.None);
        await using (sandbox)
        {
            string shell = File.Exists("/bin/bash") ? "/bin/bash" : "/bin/sh";
            ExecResult result = await sandbox.ExecAsync(
                new ExecRequest { Command = [shell, script], Environment = ChildEnvironment.HermeticGit, TimeLimit = s_setupLimit },
                CancellationToken.None);
            if (!result.Succeeded)
                throw Failed(name, script, result);
            await sandbox.ResetProcessesAsync(CancellationToken.None);
            Keep(sandbox.Paths.Repo, reference, name);
        }
    }

    private void Keep(string repo, string reference, string name)
    {
        try
        {
            Directory.CreateDirectory(folder);
            Directory.Move(repo, PathOf(reference));
        }
        catch (IOException) when (Directory.Exists(PathOf(reference)))
        {
            // Another process was faster; its copy is as good.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw HostFaults.ToSandboxException($"The template of {name} cannot be kept in {folder}", folder, exception);
        }
    }

    private static SandboxException Failed(string name, string script, ExecResult result) => new(
        SandboxFault.Image,
        new ChildResult(
            $"setup.sh of {name}",
            result.Outcome == ExecOutcome.Exited ? ChildOutcome.Exited : ChildOutcome.TimedOut,
            result.ExitCode,
            result.Stdout,
            result.Stderr,
            result.Duration,
            result.Detail).Describe() + $"\nIt was run from {script}.");

    private string PathOf(string reference) => Path.Combine(folder, reference);
}
