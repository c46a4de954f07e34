using System.CommandLine;
using Tandem.Cli.Setup;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Cases;

namespace Tandem.Cli.Recovery;

/// <summary>Evaluates cases in this process, some at a time. No agent is started.</summary>
internal static class SandboxWork
{
    /// <summary>Opens the experiment and its sandboxes, does the work for each case, and closes both. A stop lets the cases that have
    /// begun write their records.</summary>
    /// <param name="parsed">The command line, for the engine.</param>
    /// <param name="view">The experiment.</param>
    /// <param name="cases">The cases.</param>
    /// <param name="work">What is done for one; called for several at once.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="SandboxException">No sandbox may serve.</exception>
    public static async Task RunAsync(ParseResult parsed, ExperimentView view, IReadOnlyList<CaseId> cases,
        Func<RunEnvironment, CaseId, CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        TextWriter progress = parsed.InvocationConfiguration.Error;
        if (view.Configuration.Sandbox.Provider != SandboxChoice.Process)
            await EngineSetup.EnsureAsync(parsed, EngineWish.Unsaid, cancellationToken);
        ISandboxProvider provider = await SandboxProviders.OpenAsync(view.Configuration, view.Agent, view.TaskSet,
            view.Layout.StoreFolder, TimeProvider.System, cancellationToken);
        RunEnvironment environment;
        try
        {
            environment = await RunEnvironment.OpenAsync(view.Configuration, view.TaskSet, view.Agent, provider, view.Layout.StoreFolder,
                Guid.NewGuid().ToString("n")[..12], TimeProvider.System, progress.WriteLine, asStored: true,
                cancellationToken: cancellationToken);
        }
        catch
        {
            await provider.DisposeAsync();
            throw;
        }
        await using (environment)
        {
            await progress.WriteLineAsync($"Evaluating {cases.Count} {(cases.Count == 1 ? "case" : "cases")} in {provider.Description}, "
                + $"{view.Configuration.Run.Concurrency} at a time. No agent is started.");
            foreach (SweptSandbox swept in await provider.SweepAsync(environment.StoreId, cancellationToken))
                await progress.WriteLineAsync($"{(swept.Removed ? "Removed" : "Left")} the sandbox of {swept.Owner}: {swept.Reason}");
            await Parallel.ForEachAsync(cases,
                new ParallelOptions { MaxDegreeOfParallelism = view.Configuration.Run.Concurrency, CancellationToken = cancellationToken },
                async (caseId, token) => await work(environment, caseId, token));
        }
    }
}
