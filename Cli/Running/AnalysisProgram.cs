using System.CommandLine;
using System.Text;
using Tandem.Harness.Experiments;
using Tandem.Harness.Processes;

namespace Tandem.Cli.Running;

/// <summary>Starts the analysis, which is a program of its own so that it cannot start an agent.</summary>
internal static class AnalysisProgram
{
    // The analysis' own exit codes, where they differ from the front door's.
    private const int RuleFailedExitCode = 1;
    private const int BusyExitCode = 3;

    private const int BusyTries = 30;

    /// <summary>Collects and validates an experiment's store, and prints what the validation says.</summary>
    /// <param name="view">The experiment.</param>
    /// <param name="isCutShort">Whether a bound left cases of the selection for another run.</param>
    /// <param name="output">Where it is printed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The exit code that this means for the run, and whether the store is sound and quiet, so that a report can be
    /// written.</returns>
    public static async Task<(int Code, bool IsReportable)> CollectAndValidateAsync(ExperimentView view, bool isCutShort, TextWriter output,
        CancellationToken cancellationToken)
    {
        ((int code, string text), bool wasQuiet) = await QuietReading
            .ReadAsync(view.Layout, () => CollectAndValidateOnceAsync(view, isCutShort, cancellationToken)).ConfigureAwait(false);
        await output.WriteAsync(text).ConfigureAwait(false);
        if (wasQuiet)
            return (code, code == ExitCodes.Ok);
        await output.WriteLineAsync(
            "Another process adds records to this store, so that the above may contradict itself. When it has ended: ./run.sh collect, "
            + "./run.sh validate, then ./run.sh report.").ConfigureAwait(false);
        return (code == ExitCodes.Ok ? ExitCodes.Ok : ExitCodes.Red, false);
    }

    private static async Task<(int Code, string Text)> CollectAndValidateOnceAsync(ExperimentView view, bool isCutShort,
        CancellationToken cancellationToken)
    {
        ChildResult collected = await RunAsync(["collect", view.Settings.Name, "--store", view.Layout.StoreFolder], cancellationToken)
            .ConfigureAwait(false);
        if (collected.ExitCode != 0)
            return (ExitCodes.InvalidStore,
                $"collect failed: {(collected.Stderr.Text + collected.Stdout.Text).Trim()}{Environment.NewLine}");
        ChildResult validated = await RunAsync(["validate", .. ArgumentsFor(view, isCutShort)], cancellationToken).ConfigureAwait(false);
        return (validated.ExitCode == 0 ? ExitCodes.Ok : ExitCodes.InvalidStore, validated.Stdout.Text + validated.Stderr.Text);
    }

    /// <summary>Writes the report of a sound store, and prints where it is.</summary>
    /// <param name="view">The experiment.</param>
    /// <param name="isCutShort">As for the validation: the report then says how much is there.</param>
    /// <param name="output">Where it is printed.</param>
    /// <param name="cancellationToken">Ends it; the old report stays.</param>
    /// <returns>The exit code that this means for the run.</returns>
    public static async Task<int> ReportAsync(ExperimentView view, bool isCutShort, TextWriter output, CancellationToken cancellationToken)
    {
        // A browser that makes PNGs takes seconds; the verb by itself makes them.
        string[] arguments = ["report", "--no-png", .. ArgumentsFor(view, isCutShort)];
        ChildResult reported = await RunAsync(arguments, cancellationToken).ConfigureAwait(false);
        // A run that ended at the same time writes its own, perhaps of fewer records.
        for (int tries = 1; reported.ExitCode == BusyExitCode && tries < BusyTries; tries++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken).ConfigureAwait(false);
            reported = await RunAsync(arguments, cancellationToken).ConfigureAwait(false);
        }
        await output.WriteAsync(reported.Stdout.Text + reported.Stderr.Text).ConfigureAwait(false);
        return reported.ExitCode == 0 ? ExitCodes.Ok : ExitCodes.Red;
    }

    /// <summary>The experiment as an argument; who selected a part of the plan is not to be told that the rest is missing.</summary>
    private static string[] ArgumentsFor(ExperimentView view, bool isCutShort) =>
        [view.Settings.Name, "--store", view.Layout.StoreFolder, .. isCutShort || view.Cases.Count < view.Plan.Cases.Count
            ? (string[])["--partial"] : []];

    /// <summary>Passes a verb of the analysis through.</summary>
    /// <returns>Its exit code, as the front door counts.</returns>
    public static async Task<int> PassAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter error,
        CancellationToken cancellationToken)
    {
        Decoder outputText = Encoding.UTF8.GetDecoder();
        Decoder errorText = Encoding.UTF8.GetDecoder();
        // As it comes, and all of it: the rows of a query may be many.
        ChildCommand command = CommandOf(arguments) with
        {
            // All of ours: the first query lets NuGet fetch a package, and people steer that by variables. But texts come as UTF-8.
            Environment = new Dictionary<string, string>(Project.Variables()) { ["LC_ALL"] = "C.UTF-8" },
            KeepBytes = 1024,
            OnOutput = (isError, bytes) => Write(isError ? error : output, isError ? errorText : outputText, bytes.Span),
        };
        ChildResult result = await ChildProcess.RunAsync(command, cancellationToken).ConfigureAwait(false);
        return result.ExitCode switch
        {
            RuleFailedExitCode => ExitCodes.InvalidStore,
            BusyExitCode or null => ExitCodes.Red,
            int code => code,
        };
    }

    private static void Write(TextWriter writer, Decoder decoder, ReadOnlySpan<byte> utf8)
    {
        char[] text = new char[decoder.GetCharCount(utf8, flush: false)];
        writer.Write(text.AsSpan(0, decoder.GetChars(utf8, text, flush: false)));
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

/// <summary>The analysis' verbs at the front door: passed on as they are, with the project's store if none is named.</summary>
internal static class AnalysisVerbs
{
    public static Command Create(string name, string description)
    {
        var arguments = new Argument<string[]>("arguments")
        { Description = "Experiments, and options of the analysis: see --help after --", Arity = ArgumentArity.ZeroOrMore };
        Command verb = new Command(name, description).With(CommonOptions.Store);
        verb.Arguments.Add(arguments);
        verb.TreatUnmatchedTokensAsErrors = false;
        verb.SetAction((parsed, cancellationToken) => AnalysisProgram.PassAsync(
            [name, .. parsed.GetValue(arguments)
                ?? [], .. parsed.UnmatchedTokens, "--store", Project.Find().StoreFolder(parsed.GetValue(CommonOptions.Store))],
            parsed.InvocationConfiguration.Output,
            parsed.InvocationConfiguration.Error,
            cancellationToken));
        return verb;
    }
}
