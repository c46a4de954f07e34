using System.Text.Json;
using Docker.DotNet;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>
/// The one door to the engine, around Docker.DotNet. Every call has a limit of its own, so that an engine that hangs is a fault and not a
/// hang; every failure is a <see cref="SandboxException"/> with its class. Safe for concurrent use.
/// </summary>
internal sealed partial class EngineClient : IDisposable
{
    private readonly DockerClient _docker;
    private readonly TimeProvider _time;

    /// <param name="endpoint">Where the engine is.</param>
    /// <param name="apiVersion">The version that both sides speak; null before that is agreed on, when the engine takes its own.</param>
    /// <param name="time">The clock of the limits.</param>
    internal EngineClient(EngineEndpoint endpoint, Version? apiVersion, TimeProvider time)
    {
        Endpoint = endpoint;
        ApiVersion = apiVersion;
        _time = time;
        _docker = Connection().Build();
    }

    public EngineEndpoint Endpoint { get; }

    /// <summary>The version that both sides speak; null before that is agreed on.</summary>
    public Version? ApiVersion { get; }

    /// <summary>The way to the engine, for others who open clients of their own.</summary>
    public DockerClientBuilder Connection()
    {
        DockerClientBuilder builder = new DockerClientBuilder<EngineEndpoint>(EngineTransport.Instance, Endpoint)
            .WithEndpoint(Endpoint.Address)
            .WithTimeout(Timeout.InfiniteTimeSpan);
        return ApiVersion is null ? builder : builder.WithApiVersion(ApiVersion);
    }

    /// <summary>Does a call that answers nothing of interest.</summary>
    public Task SendAsync(EngineCall call, Func<IDockerClient, CancellationToken, Task> work, CancellationToken cancellationToken) =>
        CallAsync(
            call,
            async (docker, token) =>
            {
                await work(docker, token);
                return true;
            },
            cancellationToken);

    /// <exception cref="SandboxException">It was refused, did not end in time, or the engine is gone.</exception>
    public async Task<T> CallAsync<T>(EngineCall call, Func<IDockerClient, CancellationToken, Task<T>> work,
        CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(call.Limit, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        Task<T>? working = null;
        try
        {
            working = work(_docker, linked.Token);
            // The library reads the body of a refusal without a token.
            return await working.WaitAsync(linked.Token)
                ?? throw new SandboxException(SandboxFault.Engine, $"The engine answered {call.What} with null.");
        }
        catch (DockerApiException exception)
        {
            throw EngineErrors.FromStatus(call, exception);
        }
        catch (Exception exception)
            when (limit.IsCancellationRequested && (exception is OperationCanceledException || EngineErrors.IsConnection(exception)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw EngineErrors.FromTimeout(Endpoint, call.What, call.Limit, exception);
        }
        catch (Exception exception) when (EngineErrors.IsConnection(exception))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw EngineErrors.FromConnection(Endpoint, call.What, exception);
        }
        catch (JsonException exception)
        {
            throw new SandboxException(SandboxFault.Engine,
                $"The engine's answer to {call.What} cannot be read: {exception.Message}", exception);
        }
        finally
        {
            if (working is { IsCompleted: false })
                _ = DisposeLateAsync(working);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _docker.Dispose();

    /// <summary>Closes a stream that was opened after its caller had given up: an attached input would keep its sandbox running.</summary>
    private static async Task DisposeLateAsync<T>(Task<T> working)
    {
        await ((Task)working).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (working.IsCompletedSuccessfully)
            (working.Result as IDisposable)?.Dispose();
    }

    private static Dictionary<string, IDictionary<string, bool>> Filters(params (string Name, string[] Values)[] filters) =>
        filters.ToDictionary(filter => filter.Name, filter =>
            (IDictionary<string, bool>)filter.Values.ToDictionary(value => value, _ => true));
}
