using Tandem.Harness.Models;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Telemetry;

/// <summary>The class of a fault, by its type.</summary>
internal static class InfraErrors
{
    public static RunError Of(Exception exception, CasePhase phase) => new(
        exception switch
        {
            SandboxException sandbox => ClassOf(sandbox.Fault),
            ModelException { IsConfiguration: true } => ErrorClass.ModelConfiguration,
            ModelException { Fault: ModelFault.RateLimit } => ErrorClass.RateLimit,
            ModelException => ErrorClass.ModelTransport,
            // Both of ENOSPC's names: the BCL gives the first for a full disk on every system.
            IOException { HResult: unchecked((int)0x80070070) or 28 } => ErrorClass.Disk,
            OutOfMemoryException => ErrorClass.HostMemory,
            TimeoutException => ErrorClass.HarnessTimeout,
            _ => ErrorClass.Harness,
        },
        phase,
        exception is SandboxException or ModelException ? exception.Message : $"{exception.GetType().Name}: {exception.Message}");

    public static ErrorClass ClassOf(SandboxFault fault) => fault switch
    {
        SandboxFault.Engine => ErrorClass.Engine,
        SandboxFault.Image => ErrorClass.Image,
        SandboxFault.Disk => ErrorClass.Disk,
        SandboxFault.HostMemory => ErrorClass.HostMemory,
        SandboxFault.Lost => ErrorClass.SandboxLost,
        SandboxFault.Broken => ErrorClass.Agent,
        SandboxFault.TooLarge or SandboxFault.Unsupported => ErrorClass.Harness,
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, null),
    };
}
