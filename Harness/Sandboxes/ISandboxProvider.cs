namespace Tandem.Harness.Sandboxes;

/// <summary>Makes sandboxes of one kind, and removes what dead processes left. One provider serves all cases of a process; it is safe for
/// concurrent use.</summary>
public interface ISandboxProvider : IAsyncDisposable
{
    /// <summary>The kind, as records name it: <c>docker</c> or <c>process</c>.</summary>
    string Kind { get; }

    /// <summary>What its sandboxes can do.</summary>
    SandboxAbilities Abilities { get; }

    /// <summary>Called with a line when what serves the sandboxes is slow to answer and is asked again; safe for concurrent
    /// use.</summary>
    Action<string>? OnNotice
    {
        get => null;
        set { }
    }

    /// <summary>One line for records and first lines of output: engine and version, or what serves instead.</summary>
    string Description { get; }

    /// <summary>
    /// Makes the image of a task usable: present, else pulled, else built from the task's Dockerfile. Done once per image and process,
    /// however many ask.
    /// </summary>
    /// <returns>What the sandbox starts from, with the identity that goes into the record.</returns>
    /// <exception cref="SandboxException">The image can neither be pulled nor built; the message says why, with the end of the build's
    /// output.</exception>
    Task<SandboxImage> PrepareImageAsync(SandboxImageSource source, CancellationToken cancellationToken);

    /// <summary>Looks whether an image can be made usable, without pulling or building anything, within a minute.</summary>
    /// <returns>What <see cref="PrepareImageAsync"/> would throw; null if nothing speaks against it.</returns>
    Task<SandboxException?> ForeseeImageAsync(SandboxImageSource source, CancellationToken cancellationToken) =>
        Task.FromResult<SandboxException?>(null);

    /// <summary>
    /// Makes the programs of an agent usable: present, else made from their recipe. Done once for each engine, whoever asks; a torn or
    /// failed try leaves nothing that would be taken for whole. <see cref="ProgramCheck"/> says whether they run in a task's image.
    /// </summary>
    /// <exception cref="SandboxException">They cannot be made (class <see cref="SandboxFault.Image"/>: the message has the end of the
    /// output), or this kind of sandbox takes none (class <see cref="SandboxFault.Unsupported"/>).</exception>
    Task<ProgramVolume> PrepareProgramsAsync(ProgramRecipe recipe, CancellationToken cancellationToken);

    /// <summary>Starts a sandbox with the repository at its base commit.</summary>
    /// <exception cref="SandboxException">It could not be started; nothing is left behind.</exception>
    Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken);

    /// <summary>Removes sandboxes whose owner is proven dead (same host and boot, and no process of that number and start time), and
    /// unknown owners' past their time to live.</summary>
    /// <param name="store">Only those of this store, by <see cref="SandboxOwner.Store"/>; null for all of ours.</param>
    /// <param name="cancellationToken">Ends the sweep between two removals.</param>
    /// <returns>What was removed and what was left, one line each.</returns>
    Task<IReadOnlyList<SweptSandbox>> SweepAsync(string? store, CancellationToken cancellationToken);
}

/// <summary>One sandbox: where an agent's commands, the merge and the tests run. Disposing removes it, whatever happened before, and does
/// not throw.</summary>
public interface ISandbox : IAsyncDisposable
{
    /// <summary>The engine's id of it.</summary>
    string Id { get; }

    /// <summary>Where things are inside.</summary>
    SandboxPaths Paths { get; }

    /// <summary>
    /// Runs one command. Several may run at once. A command that fails is a result, not an exception; so are a time limit that ran out, and
    /// a sandbox that is gone.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; what the command started has been killed.</exception>
    Task<ExecResult> ExecAsync(ExecRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Starts a process in the sandbox and connects to its input and output. It is one of the harness's own, made of programs of the
    /// image's: no agent's code can be part of it, unless such code ran in the sandbox before. It ends with the sandbox, with a reset of
    /// processes and with its channel, if it heeds the end of its input. Its folder is <c>/</c>.
    /// </summary>
    /// <param name="command">The program and its arguments; nothing is expanded.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">It cannot be started; the sandbox is lost (<see cref="SandboxFault.Lost"/> or
    /// <see cref="SandboxFault.Broken"/>); or no engine makes this sandbox (<see cref="SandboxFault.Unsupported"/>). A program that is not
    /// there may show as one that ends at once.</exception>
    Task<ISandboxChannel> ConnectAsync(IReadOnlyList<string> command, CancellationToken cancellationToken);

    /// <summary>Puts files in, bytes unchanged, making folders as needed. Existing files are replaced.</summary>
    /// <exception cref="SandboxException">The sandbox is lost or its disk is full.</exception>
    Task PutFilesAsync(IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken);

    /// <summary>Gets a file's bytes; null if there is no regular file of that path.</summary>
    /// <param name="path">Absolute path inside.</param>
    /// <param name="maxBytes">A larger file is refused.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">The sandbox is lost, or the file is larger than <paramref name="maxBytes"/> (class
    /// <see cref="SandboxFault.TooLarge"/>).</exception>
    Task<byte[]?> GetFileAsync(string path, long maxBytes, CancellationToken cancellationToken);

    /// <summary>Kills every process that was started in the sandbox; files stay.</summary>
    /// <exception cref="SandboxException">The sandbox is lost.</exception>
    Task ResetProcessesAsync(CancellationToken cancellationToken);

    /// <summary>What the sandbox used so far; members are null where the host does not know. Does not throw for a lost sandbox: all members
    /// are null then.</summary>
    Task<SandboxUsage> ReadUsageAsync(CancellationToken cancellationToken);
}
