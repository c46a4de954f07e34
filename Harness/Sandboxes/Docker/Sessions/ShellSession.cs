using System.Security.Cryptography;
using System.Text;
using Docker.DotNet.Models;
using Tandem.Harness.Sandboxes.Docker.Engine;

namespace Tandem.Harness.Sandboxes.Docker.Sessions;

/// <summary>
/// A shell that lives in the sandbox and runs one command after the other, about 25 times faster than a process of the engine for each. See
/// <see cref="SessionScript"/> for how commands are kept apart.
/// </summary>
internal sealed class ShellSession : IDisposable
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);
    private readonly ProcessStream _stream;
    private readonly TimeProvider _time;
    private bool _isCut;

    private ShellSession(string execId, ProcessStream stream, TimeProvider time)
    {
        ExecId = execId;
        _stream = stream;
        _time = time;
    }

    public string ExecId { get; }

    /// <summary>Whether the sandbox' folders are not there, and the image's user may not make them.</summary>
    public bool LacksFolders { get; private set; }

    /// <summary>Whether it can take a command: true at once after a usual one, when the last background child has gone after another, false
    /// if the session has ended.</summary>
    public Task<bool> Settled { get; private set; } = Task.FromResult(true);

    /// <param name="engine">The engine.</param>
    /// <param name="containerId">The sandbox.</param>
    /// <param name="time">The clock.</param>
    /// <param name="onStarted">Called when the engine has begun to start the shell.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SandboxException">The engine refused.</exception>
    /// <exception cref="SessionException">The shell did not start or cannot be used.</exception>
    public static async Task<ShellSession> OpenAsync(EngineClient engine, string containerId, TimeProvider time, Action? onStarted,
        CancellationToken cancellationToken)
    {
        string execId = await engine.CreateExecAsync(containerId, new ContainerExecCreateParameters
        { Cmd = ["/bin/sh"], AttachStdin = true }, cancellationToken);
        var session = new ShellSession(execId, await engine.StartExecAsync(execId, cancellationToken), time);
        try
        {
            onStarted?.Invoke();
            string answer = await session.AskAsync(secret => SessionScript.Open(NewSecret(), secret), cancellationToken);
            if (answer == "unusable")
                throw new SessionException("The image's shell cannot keep a session.", IsPermanent: true);
            session.LacksFolders = answer == "lacks-folders";
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Runs one command; the session must be settled. The channel is closed if <paramref name="abort"/> is cancelled: nothing is
    /// killed by that.</summary>
    public async Task<CommandEnd> RunAsync(
        string workingDirectory, IEnumerable<KeyValuePair<string, string>> environment, IReadOnlyList<string> command, CommandOutput output,
            CancellationToken abort)
    {
        string secret = NewSecret();
        var exchange = new SessionExchange(secret, output);
        // The shell reads while we write, but an answer may come before a long command is written whole, if the shell dies.
        Task sending = SendAsync(SessionScript.Run(secret, workingDirectory, environment, command), abort);
        // Until it is known better: a caller's callback may throw out of the next line.
        Settled = Task.FromResult(false);
        bool isAlive = await ReadUntilAsync(exchange, static exchange => exchange.HasEnded, abort);
        Settled = isAlive ? SettleAsync(exchange) : Task.FromResult(false);
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return exchange.ToEnd(ExecId, _isCut);
    }

    /// <summary>What the sandbox used, as <c>name=value</c> pairs; the session must be settled.</summary>
    /// <exception cref="SessionException">The session has ended.</exception>
    public Task<string> AskUsageAsync(CancellationToken cancellationToken) => AskAsync(SessionScript.Use, cancellationToken);

    /// <summary>Whether a folder is there; the session must be settled.</summary>
    /// <exception cref="SessionException">The session has ended.</exception>
    public async Task<bool> HasFolderAsync(string folder, CancellationToken cancellationToken) =>
        await AskAsync(secret => SessionScript.Dir(secret, folder), cancellationToken) == "yes";

    /// <summary>Unpacks a tar archive at the root; the session must be settled.</summary>
    /// <param name="archive">In base 64.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False if it could not be unpacked whole, or the files would not be root's.</returns>
    /// <exception cref="SessionException">The session has ended.</exception>
    public async Task<bool> UnpackAsync(string archive, CancellationToken cancellationToken) =>
        await AskAsync(secret => SessionScript.Put(secret, archive), cancellationToken) == "yes";

    /// <summary>Closes the connection; an idle shell ends by that.</summary>
    public void Dispose() => _stream.Dispose();

    private static string NewSecret() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private async Task<string> AskAsync(Func<string, string> question, CancellationToken cancellationToken)
    {
        string secret = NewSecret();
        var exchange = new SessionExchange(secret, output: null);
        using var limit = new CancellationTokenSource(AnswerLimit, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        // Until it has answered: a late answer would be taken for another's.
        Settled = Task.FromResult(false);
        await SendAsync(question(secret), linked.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        bool isAlive = await ReadUntilAsync(exchange, static exchange => exchange.Answer is not null, linked.Token);
        cancellationToken.ThrowIfCancellationRequested();
        if (!isAlive || exchange.Answer is null)
            throw new SessionException($"The shell session ended before it answered. {exchange.Noise}".TrimEnd(), IsPermanent: false);
        Settled = Task.FromResult(true);
        return exchange.Answer;
    }

    private Task SendAsync(string text, CancellationToken cancellationToken) =>
        _stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);

    /// <summary>After a command: drops what a background child prints, until the session says on both streams that nobody can print any
    /// more.</summary>
    private Task<bool> SettleAsync(SessionExchange exchange) =>
        exchange.IsSettled ? Task.FromResult(true)
            : ReadUntilAsync(exchange, static exchange => exchange.IsSettled, CancellationToken.None);

    /// <returns>False if the connection ended before.</returns>
    private async Task<bool> ReadUntilAsync(SessionExchange exchange, Func<SessionExchange, bool> isEnough,
        CancellationToken cancellationToken)
    {
        try
        {
            while (!isEnough(exchange))
            {
                if (await _stream.ReadAsync(cancellationToken) is not { } piece)
                    return false;
                exchange.Feed(piece);
            }
            return true;
        }
        catch (InvalidDataException)
        {
            // Whoever knows the secret has read the session's memory.
            return false;
        }
        catch (Exception exception)
            when (EngineErrors.IsConnection(exception)
            || (exception is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            _isCut = true;
            return false;
        }
    }
}

/// <summary>A shell session could not be opened or has ended.</summary>
/// <param name="message">What was seen.</param>
/// <param name="IsPermanent">True if no session will ever work with this image.</param>
internal sealed class SessionException(string message, bool IsPermanent) : Exception(message)
{
    /// <summary>Whether trying again is of no use.</summary>
    public bool IsPermanent { get; } = IsPermanent;
}
