using System.CommandLine;
using Tandem.Cli.Testing;
using Tandem.Harness.Processes;
using Tandem.Records.Store;

namespace Tandem.Cli.Running;

/// <summary>Starts the analysis, which is a program of its own so that it cannot start an agent.</summary>
internal static class AnalysisProgram
{
    // The analysis' own exit codes, where they differ from the front door's.
    private const int RuleFailedExitCode = 1;
    private const int BusyExitCode = 3;

    private const int BusyTries = 30;

    /// <summary>Collects and validates an experiment's store, and prints the result of the validation.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="isPart">Whether a part of the plan was selected, or a bound left cases for another run.</param>
    /// <param name="output">Where it is printed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The exit code for the run, and whether the store is sound and quiet, so that a report can be written.</returns>
    public static async Task<(int Code, bool IsReportable)> CollectAndValidateAsync(StoreLayout layout, bool isPart, TextWriter output,
        CancellationToken cancellationToken)
    {
        ((int code, string text), bool wasQuiet) = await QuietReading
            .ReadAsync(layout, () => CollectAndValidateOnceAsync(layout, isPart, cancellationToken));
        await output.WriteAsync(text);
        if (wasQuiet)
            return (code, code == ExitCodes.Ok);
        (string name, string store) = (layout.Experiment, layout.StoreFolder);
        await output.WriteLineAsync("Another process is adding records to this store, so the lines above may contradict each other. When "
            + $"it has ended, run {Project.CommandFor($"collect {name}", store)}, {Project.CommandFor($"validate {name}", store)} and "
            + $"{Project.CommandFor($"report {name}", store)}.");
        return (code == ExitCodes.Ok ? ExitCodes.Ok : ExitCodes.Red, false);
    }

    private static async Task<(int Code, string Text)> CollectAndValidateOnceAsync(StoreLayout layout, bool isPart,
        CancellationToken cancellationToken)
    {
        ChildResult collected = await RunAsync(["collect", layout.Experiment, "--store", layout.StoreFolder], cancellationToken);
        if (collected.ExitCode != 0)
            return (ExitCodes.InvalidStore,
                $"collect failed: {(collected.Stderr.Text + collected.Stdout.Text).Trim()}{Environment.NewLine}");
        ChildResult validated = await RunAsync(["validate", .. ArgumentsFor(layout, isPart)], cancellationToken);
        return (validated.ExitCode == 0 ? ExitCodes.Ok : ExitCodes.InvalidStore, validated.Stdout.Text + validated.Stderr.Text);
    }

    /// <summary>Writes the report of a sound store, and prints where it is. Cancelled, it leaves the old report.</summary>
    /// <returns>The exit code for the run.</returns>
    public static async Task<int> ReportAsync(StoreLayout layout, bool isPart, TextWriter output, CancellationToken cancellationToken)
    {
        // A browser that makes PNGs takes seconds; the verb by itself makes them.
        string[] arguments = ["report", "--no-png", .. ArgumentsFor(layout, isPart)];
        ChildResult reported = await RunAsync(arguments, cancellationToken);
        // A run that ended at the same time writes its own, perhaps of fewer records.
        for (int tries = 1; reported.ExitCode == BusyExitCode && tries < BusyTries; tries++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            reported = await RunAsync(arguments, cancellationToken);
        }
        await output.WriteAsync(reported.Stdout.Text + reported.Stderr.Text);
        return reported.ExitCode == 0 ? ExitCodes.Ok : ExitCodes.Red;
    }

    /// <summary>The experiment as an argument; where a part of the plan was selected, the rest is not reported as missing.</summary>
    private static string[] ArgumentsFor(StoreLayout layout, bool isPart) =>
        [layout.Experiment, "--store", layout.StoreFolder, .. isPart ? (string[])["--partial"] : []];

    /// <summary>Passes a verb of the analysis through.</summary>
    /// <returns>Its exit code, as the front door counts.</returns>
    public static async Task<int> PassAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter error,
        CancellationToken cancellationToken)
    {
        (var outputText, var errorText) = (new LiveText(output), new LiveText(error));
        // As it comes, and all of it: the rows of a query may be many.
        ChildCommand command = CommandOf(arguments) with
        {
            // All of ours: the first query lets NuGet download a package, which variables steer. But texts come as UTF-8.
            Environment = new Dictionary<string, string>(Project.Variables()) { ["LC_ALL"] = "C.UTF-8" },
            KeepBytes = 1024,
            OnOutput = (isError, bytes) => (isError ? errorText : outputText).Write(isError, bytes),
        };
        ChildResult result = await ChildProcess.RunAsync(command, cancellationToken);
        return result.ExitCode switch
        {
            RuleFailedExitCode => ExitCodes.InvalidStore,
            BusyExitCode or null => ExitCodes.Red,
            int code => code,
        };
    }

    private static Task<ChildResult> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken) =>
        ChildProcess.RunAsync(CommandOf(arguments), cancellationToken);

    private static ChildCommand CommandOf(IReadOnlyList<string> arguments) =>
        new(Siblings.DotNet, [Siblings.Find("Analysis"), .. arguments])
        {
            Environment = ChildEnvironment.Usual("TANDEM_STORE", "DOTNET_ROOT"),
            TimeLimit = TimeSpan.FromMinutes(30),
            KeepBytes = 16 << 20,
        };
}

/// <summary>The analysis' verbs: passed on as they are, with the project's store if none is named.</summary>
internal static class AnalysisVerbs
{
    /// <param name="name">The verb, as the analysis knows it.</param>
    /// <param name="description">One line.</param>
    /// <param name="readsStore">Whether the analysis' verb takes a store.</param>
    /// <param name="takesExperiment">Whether its last arguments are experiments of the store.</param>
    public static Command Create(string name, string description, bool readsStore = true, bool takesExperiment = true)
    {
        var arguments = new Argument<string[]>("arguments")
        {
            Description = $"{(readsStore ? "Experiments" : "A file")}, and options of the verb: '{name} -- --help' lists them",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Command verb = new Command(name, description)
            .With([.. takesExperiment ? [CommonOptions.Experiment, RunOptions.Tasks] : (Option[])[],
                .. readsStore ? [CommonOptions.Store] : (Option[])[]]);
        verb.Arguments.Add(arguments);
        verb.TreatUnmatchedTokensAsErrors = false;
        verb.SetAction((parsed, cancellationToken) => AnalysisProgram.PassAsync(
            [name, .. NamesOf(parsed, parsed.GetValue(arguments) ?? [], takesExperiment), .. parsed.UnmatchedTokens,
                .. readsStore ? (string[])["--store", Project.Find().StoreFolder(parsed.GetValue(CommonOptions.Store))] : []],
            parsed.InvocationConfiguration.Output,
            parsed.InvocationConfiguration.Error,
            cancellationToken));
        return verb;
    }

    private static IReadOnlyList<string> NamesOf(ParseResult parsed, string[] named, bool takesExperiment) =>
        takesExperiment ? StoredExperiment.NamesOf(parsed, Project.Find(), named) : named;
}
