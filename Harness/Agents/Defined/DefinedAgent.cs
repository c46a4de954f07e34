using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text;
using Tandem.Harness.Agents.Definitions;
using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Configuration;
using Tandem.Harness.Gateway;
using Tandem.Harness.Gateway.Relays;
using Tandem.Harness.Models;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;

namespace Tandem.Harness.Agents.Defined;

/// <summary>
/// A command-line agent as it is, started by its definition. It has no network and no key: it reaches its model through the gateway, which
/// counts, bounds and records each call. How it ended is the gateway's to say where the gateway ended it; else its last line, else its exit
/// code.
/// </summary>
internal sealed class DefinedAgent : IAgent
{
    private const int OutputKept = 1 << 20;
    private static readonly TimeSpan SetupTime = TimeSpan.FromMinutes(1);

    // The watch ends it earlier; this only stands behind it, since pauses of the endpoint are not the agent's time.
    private static readonly TimeSpan NoLimit = TimeSpan.FromDays(2);

    /// <summary>How long an agent that is answered no more may take to end by itself.</summary>
    internal static readonly TimeSpan EndGrace = TimeSpan.FromSeconds(20);

    public async Task<AgentEnd> RunAsync(AgentContext context, CancellationToken cancellationToken)
    {
        GatewayAccess access = context.Gateway
            ?? throw new InvalidOperationException($"The agent '{context.Settings.Kind}' was given no gateway.");
        AgentHome home = await AgentHome.MakeAsync(context.Sandbox, SetupTime, cancellationToken);
        await access.CheckProgramsAsync(context.Sandbox, context.ImageName, cancellationToken);
        ExecResult? result = null;
        GatewaySession session = access.OpenSession(context, context.GatewayFolder, context.RecordedGatewayFolder);
        try
        {
            await using SandboxRelay relay = await access.ConnectAsync(context.Sandbox, session, cancellationToken);
            AgentStart start = StartOf(context, access, session, relay, home);
            await home.PutAsync([.. start.Files, new SandboxFile(home.PromptFile, Encoding.UTF8.GetBytes(PromptOf(context)))],
                cancellationToken);
            context.Note(TrajectoryKinds.Prompt, PromptOf(context));
            try
            {
                result = await RunAsync(context, session, start, relay, cancellationToken);
            }
            finally
            {
                context.GatewayReport = ReportOf(access, session, relay);
                await home.KeepAsync(start.Keep, context.GatewayFolder, (what, why) => context.Note(TrajectoryKinds.Gateway, what, why));
            }
            if (relay.WhyEnded is string why && session.End is null)
                session.Stop(GatewayEnd.Of(new GatewayAbusedException($"The agent can no longer reach its gateway: {why}")));
        }
        finally
        {
            // Ends what is still under way; then the book is whole.
            GatewayEnd? end = session.End;
            await session.DisposeAsync();
            Throw(end ?? (result is null || session.HasLastWord ? null : session.Pending));
        }
        return EndOf(access.Definition, session, context, result!);
    }

    private static void Throw(GatewayEnd? end)
    {
        if (end?.Limit is string limit)
            throw new AgentLimitException(limit, end.Detail);
        if (end?.Exception is IOException exception)
            throw new TrajectoryException(exception);
        if (end?.Exception is ModelException or SandboxException or TrajectoryException or DivergenceException or RecordingEndedException
            or GatewayAbusedException)
            ExceptionDispatchInfo.Throw(end.Exception);
        // A fault of the harness must not be taken for one of the agent.
        if (end?.Exception is Exception fault)
            throw new SandboxException(SandboxFault.Engine,
                $"The gateway failed: {fault.GetType().Name}: {fault.Message} This is a fault of the harness: please report it.", fault);
    }

    private static AgentStart StartOf(AgentContext context, GatewayAccess access, GatewaySession session, SandboxRelay relay,
        AgentHome home)
    {
        bool hasMessages = context.Mailbox is not null;
        return AgentStart.Of(access.Definition,
            new DefinitionValues
            {
                Home = home.Folder,
                Repo = context.Sandbox.Paths.Repo,
                AgentId = context.AgentId,
                Model = access.Settings.Name!,
                Port = relay.Port,
                Token = session.Token,
                McpUrl = hasMessages ? string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{relay.Port}{GatewayServer.McpPath}")
                    : "",
                PromptFile = home.PromptFile,
                ContextTokens = access.Settings.ContextTokens,
            },
            hasMessages, isResumed: false);
    }

    private static string PromptOf(AgentContext context) =>
        context.Prompts!.System(context) + "\n" + context.Prompts.Task(context);

    private static async Task<ExecResult> RunAsync(AgentContext context, GatewaySession session, AgentStart start, SandboxRelay relay,
        CancellationToken cancellationToken)
    {
        var printed = new OutputCapture(OutputKept);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // An agent that is answered no more ends by itself, or is ended.
        Task ending = session.Ended.ContinueWith(_ => late.CancelAfter(EndGrace), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        var environment = new Dictionary<string, string>(start.Environment);
        if (context.SearchPath is string path)
            environment["PATH"] = path;
        long started = context.Clock.GetTimestamp();
        string shown = string.Join(' ', start.Command).Replace(session.Token, "TOKEN", StringComparison.Ordinal);
        try
        {
            ExecResult result = await context.Sandbox.ExecAsync(
                new ExecRequest
                {
                    Command = start.Command,
                    Environment = environment,
                    Stdin = start.Stdin == AgentStdin.Prompt ? Encoding.UTF8.GetBytes(PromptOf(context)) : null,
                    TimeLimit = NoLimit,
                    KeepBytes = OutputKept,
                    OwnProcess = true,
                    OnOutput = (_, piece) =>
                    {
                        lock (printed)
                            printed.Append(piece.Span);
                    },
                },
                late.Token);
            if (result.Outcome is ExecOutcome.SandboxLost or ExecOutcome.SandboxBroken)
                throw new SandboxException(result.Outcome == ExecOutcome.SandboxLost ? SandboxFault.Lost : SandboxFault.Broken,
                    $"The sandbox of {context.AgentId} was lost while its agent ran: {result.Detail}");
            context.Note(TrajectoryKinds.Program, shown, context.Secrets.Clean(Printed(printed)), result.ExitCode,
                result.Duration.TotalSeconds);
            return result;
        }
        catch (OperationCanceledException)
        {
            context.Note(TrajectoryKinds.Program, shown, context.Secrets.Clean(Printed(printed)), null,
                context.Clock.GetElapsedTime(started).TotalSeconds);
            if (cancellationToken.IsCancellationRequested)
                throw;
            return new ExecResult(ExecOutcome.TimedOut, null, CapturedOutput.Empty, CapturedOutput.Empty,
                context.Clock.GetElapsedTime(started));
        }
    }

    private static string Printed(OutputCapture printed)
    {
        lock (printed)
            return printed.ToCapturedOutput().Text;
    }

    private static GatewayReport ReportOf(GatewayAccess access, GatewaySession session, SandboxRelay relay) => new(
        access.Definition.Name, access.Definition.Digest, EnumText(access.Definition.Messages.Delivery), relay.Program, relay.Restarts,
        session.Refusals);

    private static string EnumText(MessageDelivery delivery) => Records.Json.EnumNames.NameOf(delivery);

    private static AgentEnd EndOf(AgentDefinition definition, GatewaySession session, AgentContext context, ExecResult result)
    {
        string Tail() => TailOf(context, result);
        string exit = result.ExitCode is int code ? string.Create(CultureInfo.InvariantCulture, $"with exit code {code}")
            : $"as {result.Outcome} ({result.Detail})";
        string? failure = definition.Failure is null ? null : result.Stdout.Text.Split('\n').Reverse().Take(200)
            .Select(definition.Failure.WordsIn).FirstOrDefault(words => words is not null);
        ExitMeaning meaning = result.ExitCode is int exitCode
            && definition.ExitCodes.TryGetValue(exitCode.ToString(CultureInfo.InvariantCulture), out ExitMeaning said) ? said
            : result.ExitCode == 0 ? ExitMeaning.Submitted : ExitMeaning.Error;
        if (meaning == ExitMeaning.LimitsExceeded)
            throw new AgentLimitException("its own", Tail());
        if (meaning == ExitMeaning.Infrastructure)
            throw new ModelException(ModelFault.Transport, $"The agent ended {exit}, which its definition calls a fault of the "
                + $"infrastructure: {Tail()}");
        // It has said its last word to the model: what its program does after that is no matter of the task.
        if (session.HasLastWord)
            return AgentEnd.Submitted;
        if (failure is not null)
            return new AgentEnd(AgentStatus.Error, $"The agent says that it failed: {context.Secrets.Clean(failure)}");
        if (meaning == ExitMeaning.Submitted && context.ModelCalls > 0)
            return AgentEnd.Submitted;
        return new AgentEnd(AgentStatus.Error, context.ModelCalls == 0 ? $"The agent ended {exit} and never asked its model: {Tail()}"
            : $"The agent ended {exit}: {Tail()}");
    }

    private static string TailOf(AgentContext context, ExecResult result)
    {
        string text = context.Secrets.Clean(result.Stdout.Text + result.Stderr.Text).Trim();
        return text.Length <= 500 ? text : text[^500..];
    }
}
