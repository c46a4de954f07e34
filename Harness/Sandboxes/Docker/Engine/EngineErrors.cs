using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using Docker.DotNet;

namespace Tandem.Harness.Sandboxes.Docker.Engine;

/// <summary>The one place where an answer or a failed connection becomes a class of fault.</summary>
internal static class EngineErrors
{
    /// <summary>An answer of 400 and above.</summary>
    public static SandboxException FromStatus(EngineCall call, DockerApiException refusal)
    {
        string message = MessageOf(refusal.ResponseBody ?? "");
        return new SandboxException(
            FaultOf(call, refusal.StatusCode, message), $"The engine refused {call.What}: {message} ({(int)refusal.StatusCode}).", refusal);
    }

    /// <summary>An error in the progress of a pull, build or import.</summary>
    public static SandboxException FromProgress(string what, string message, SandboxFault fault) =>
        new(ByCause(message) ?? fault, $"The engine gave up {what}: {message}");

    /// <summary>A connection that could not be made or broke.</summary>
    public static SandboxException FromConnection(EngineEndpoint endpoint, string what, Exception exception)
    {
        string remedy = exception.GetBaseException() is EngineTlsException
            ? "The certificates are those of DOCKER_CERT_PATH, or of the docker context."
            : "Is it running, and may this user reach it?";
        string message = $"The engine at {endpoint} does not answer ({what}): {Reason(exception)}. {remedy}";
        return new SandboxException(SandboxFault.Engine, message, exception);
    }

    /// <summary>Nothing came within the limit.</summary>
    public static SandboxException FromTimeout(EngineEndpoint endpoint, string what, TimeSpan limit, Exception exception) =>
        new(
            SandboxFault.Engine,
            $"The engine at {endpoint} did not finish {what} within {limit.TotalSeconds:0} s.",
            // Whoever asks again where an engine is only slow knows it by this.
            exception as OperationCanceledException ?? new OperationCanceledException(exception.Message, exception));

    /// <summary>Whether an exception says that the connection is at fault, rather than the request.</summary>
    public static bool IsConnection(Exception exception) =>
        exception is HttpRequestException or IOException or SocketException or AuthenticationException or ObjectDisposedException;

    /// <summary>What the engine answered, if an exception came of an answer.</summary>
    public static HttpStatusCode? StatusOf(SandboxException exception) => (exception.InnerException as DockerApiException)?.StatusCode;

    /// <summary>Whether the engine has not answered within a call's limit. Once is no proof that it is gone: it may be busy.</summary>
    public static bool IsSilence(SandboxException exception) =>
        exception is { Fault: SandboxFault.Engine, InnerException: OperationCanceledException };

    /// <summary>The innermost words on why a connection failed.</summary>
    public static string Reason(Exception exception)
    {
        while (exception.InnerException is not null)
            exception = exception.InnerException;
        return exception.Message.TrimEnd('.');
    }

    private static SandboxFault FaultOf(EngineCall call, HttpStatusCode status, string message) => ByCause(message) ?? status switch
    {
        HttpStatusCode.NotFound => call.NotFound,
        // "is not running", "is paused", "is being removed".
        HttpStatusCode.Conflict when call.NotFound == SandboxFault.Lost => SandboxFault.Lost,
        _ => SandboxFault.Engine,
    };

    /// <summary>The engine hands the kernel's errors through as words: these two are classes of their own, whatever failed by
    /// them.</summary>
    public static SandboxFault? ByCause(string message) =>
        message.Contains("no space left on device", StringComparison.OrdinalIgnoreCase) ? SandboxFault.Disk
        : message.Contains("cannot allocate memory", StringComparison.OrdinalIgnoreCase) ? SandboxFault.HostMemory
        : null;

    private static string MessageOf(string body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, EngineJson.Default.EngineMessage)?.Message ?? body.Trim();
        }
        catch (JsonException)
        {
            return body.Trim();
        }
    }
}
