using Tandem.Experiments.Tests;
using Xunit.Runner.Common;
using Xunit.Sdk;

[assembly: RegisterRunnerReporter(typeof(CaseReporter))]

namespace Tandem.Experiments.Tests;

/// <summary>
/// What the console of a run shows beside the line that each case prints by itself: of a red case, the rest of its message and the
/// command that runs it alone; of skipped cases, each reason once. Chosen by <c>-reporter cases</c>. Test explorers and result files have
/// all of it.
/// </summary>
public sealed class CaseReporter : IRunnerReporter
{
    /// <inheritdoc/>
    public bool CanBeEnvironmentallyEnabled => false;

    /// <inheritdoc/>
    public string Description => "one line per case, and for each red case the command that runs it alone";

    /// <inheritdoc/>
    public bool ForceNoLogo => true;

    /// <inheritdoc/>
    public bool IsEnvironmentallyEnabled => false;

    /// <inheritdoc/>
    public string RunnerSwitch => "cases";

    /// <inheritdoc/>
    public ValueTask<IRunnerReporterMessageHandler> CreateMessageHandler(IRunnerLogger logger, IMessageSink? diagnosticMessageSink) =>
        new(new Handler(logger));

    private sealed class Handler(IRunnerLogger logger) : QuietReporterMessageHandler(logger)
    {
        protected override void HandleTestFailed(MessageHandlerArgs<ITestFailed> args)
        {
            string? name = MetadataCache.TryGetTestMetadata(args.Message)?.TestDisplayName;
            if (name is null || !CaseLines.WasPrinted(name) || args.Message.Messages is not [string message])
            {
                base.HandleTestFailed(args);
                return;
            }
            lock (Logger.LockObject)
            {
                foreach (string line in message.Split('\n').Skip(1))
                    Logger.LogImportantMessage($"    {line.TrimEnd()}");
            }
        }

        protected override void HandleTestSkipped(MessageHandlerArgs<ITestSkipped> args)
        {
            if (MetadataCache.TryGetTestMetadata(args.Message)?.TestDisplayName is not string name || !CaseLines.WasPrinted(name))
                base.HandleTestSkipped(args);
        }
    }
}
