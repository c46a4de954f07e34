using Tandem.Harness.Processes;
using Tandem.Records.Cases;

namespace Tandem.Harness.Sandboxes.Process;

/// <summary>
/// Sandboxes for machines without an engine: folders of the host, without isolation. For the built-in tasks and for agents that are ours;
/// nothing here holds back a command that means harm, no network is cut off and no limit of <see cref="SandboxLimits"/> applies. Every
/// command's time limit does; the time to live only decides when a sweep may remove what an unknown owner left.
/// </summary>
public sealed class ProcessSandboxProvider : ISandboxProvider
{
    private readonly PrivateFolder _folder;
    private readonly TimeProvider _time;
    private readonly TemplateStore _templates;

    /// <summary>Makes one.</summary>
    /// <param name="folder">Where sandboxes and templates are kept; null is <c>tandem-USER</c> in the system's temporary folder. Processes
    /// may share it.</param>
    /// <param name="timeProvider">The clock of times to live; null is the system's.</param>
    public ProcessSandboxProvider(string? folder = null, TimeProvider? timeProvider = null)
    {
        _folder = new PrivateFolder(Path.GetFullPath(folder ?? Path.Combine(Path.GetTempPath(), "tandem-" + Environment.UserName)));
        _time = timeProvider ?? TimeProvider.System;
        _templates = new TemplateStore(Path.Combine(_folder.Path, "templates"), MakeForSetupAsync);
    }

    /// <summary>A repository folder with nothing in it.</summary>
    public static SandboxImage EmptyImage { get; } = new("empty", "process:empty");

    /// <inheritdoc/>
    public string Kind => "process";

    /// <inheritdoc/>
    public SandboxAbilities Abilities => SandboxAbilities.None;

    /// <inheritdoc/>
    public string Description => "processes of this host, without isolation: for our own agents only";

    private string Sandboxes => Path.Combine(_folder.Path, "sandboxes");

    /// <summary>Runs the task's <c>setup.sh</c>, once for each digest of its build inputs, with <c>TANDEM_REPO</c> naming the folder in
    /// which it makes the repository at its base commit.</summary>
    /// <inheritdoc/>
    public async Task<SandboxImage> PrepareImageAsync(SandboxImageSource source, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        await _folder.RequireAsync(cancellationToken);
        return await _templates.PrepareAsync(source, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<ProgramVolume> PrepareProgramsAsync(ProgramRecipe recipe, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        throw TakesNoPrograms($"The agent '{recipe.Name}'");
    }

    /// <inheritdoc/>
    public async Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (spec.Programs is not null)
            throw TakesNoPrograms($"What is to run in the sandbox {spec.Name}");
        if (!SafeSegment.IsSafe(spec.Name) || spec.Name.Length > 60 || spec.Name.Contains('.', StringComparison.Ordinal))
            throw new ArgumentException(
                $"'{spec.Name}' cannot name a sandbox: only letters, digits, '_' and '-', at most 60, not starting with '-'.",
                nameof(spec));
        cancellationToken.ThrowIfCancellationRequested();
        await _folder.RequireAsync(cancellationToken);
        string? template = spec.Image == EmptyImage
            ? null
            : _templates.Find(spec.Image.Reference)
                ?? throw new SandboxException(SandboxFault.Image,
                $"The process sandbox has no template '{spec.Image.Reference}'; {nameof(PrepareImageAsync)} makes them.");

        SandboxFolder folder = MakeFolder(spec);
        try
        {
            if (template is not null)
                await CopyAsync(template, folder.Paths.Repo, cancellationToken);
            return new ProcessSandbox(spec.Name, folder, spec.Environment);
        }
        catch
        {
            await FolderRemoval.TryRemoveAsync(folder.Root);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SweptSandbox>> SweepAsync(string? store, CancellationToken cancellationToken)
    {
        await _folder.RequireAsync(cancellationToken);
        return await ProcessSandboxSweep.RunAsync(Sandboxes, store, _time.GetUtcNow(), cancellationToken);
    }

    /// <summary>Nothing is held between calls; sandboxes are removed by whoever made them.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static SandboxException TakesNoPrograms(string whose) => new(SandboxFault.Unsupported,
        $"{whose} has programs of its own, which run in containers only: the process sandbox would give them this host. Start an engine "
        + "(`./run.sh doctor` says what is missing).");

    private SandboxFolder MakeFolder(SandboxSpec spec)
    {
        try
        {
            return SandboxFolder.Make(Path.Combine(Sandboxes, spec.Name), spec.Owner, _time.GetUtcNow() + spec.TimeToLive);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw HostFaults.ToSandboxException($"The sandbox {spec.Name} cannot be made in {_folder.Path}", _folder.Path, exception);
        }
    }

    private static async Task CopyAsync(string template, string repo, CancellationToken cancellationToken)
    {
        // With times and links, so that git's index still fits the work tree.
        ChildResult copied = await ChildProcess.RunAsync(new ChildCommand("cp", "-a", template + "/.", repo)
        { Environment = ChildEnvironment.Usual() }, cancellationToken);
        if (!copied.Succeeded)
            throw HostFaults.ToSandboxException("The repository cannot be copied into the sandbox", Path.GetDirectoryName(repo)!,
                null, copied.Describe());
    }

    private Task<ISandbox> MakeForSetupAsync(string name, CancellationToken cancellationToken) => CreateAsync(
        new SandboxSpec
        {
            Image = EmptyImage,
            Name = name,
            Owner = new SandboxOwner(ProcessSandboxSweep.NoStore, "setup", name, "", "setup")
        }, cancellationToken);
}
