using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Tandem.Cli.Agents;
using Tandem.Cli.Doctor;
using Tandem.Cli.Images;
using Tandem.Cli.Judging;
using Tandem.Cli.Planning;
using Tandem.Cli.Recovery;
using Tandem.Cli.Running;
using Tandem.Cli.Status;
using Tandem.Cli.Tasks;
using Tandem.Cli.Testing;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Records.Text;

namespace Tandem.Cli.Verbs;

/// <summary>The command line: its verbs, which one is meant, and how faults become exit codes.</summary>
internal static class CommandLine
{
    private const string DefaultVerb = "run";
    private const int HelpColumns = 120;
    private const int ShortestTypo = 4; // letters; a word that is suggested differs in at most three

    private static readonly Lazy<RootCommand> s_root = new(CreateRoot);

    /// <summary>The whole command line, made once: verbs share options, and an option keeps each verb that it was ever added to.</summary>
    public static RootCommand Root => s_root.Value;

    /// <summary>A verb is a class with a static <c>Command Create()</c>; add it here.</summary>
    private static RootCommand CreateRoot()
    {
        var root = new RootCommand("Run experiments on cooperating coding agents.\n\n" + ExitCodes.Help)
        {
            HelpName = Project.Variable(Project.BuiltByVariable) ?? "run.sh",
        };
        root.Subcommands.Add(RunVerb.Create());
        root.Subcommands.Add(PlanVerb.Create());
        root.Subcommands.Add(StatusVerb.Create());
        root.Subcommands.Add(JudgeVerb.Create());
        root.Subcommands.Add(RegenerateVerb.Create());
        root.Subcommands.Add(RegradeVerb.Create());
        root.Subcommands.Add(TrxVerb.Create());
        root.Subcommands.Add(AnalysisVerbs.Create("collect",
            "Collect the records of experiments into results.json, with the difficulty of each pair"));
        root.Subcommands.Add(AnalysisVerbs.Create("validate",
            "Check experiments in the store: a line with PASS or FAIL for each rule, and the cases that break it (--partial: only a part "
            + "of the plan was meant to be run so far; --deep: every file is read)"));
        root.Subcommands.Add(AnalysisVerbs.Create("compare",
            "Compare two or more experiments case by case; the first is the baseline"));
        root.Subcommands.Add(AnalysisVerbs.Create("report",
            "Write an experiment's report: pages with the answer, tables, figures and every run. A store that fails its validation gets "
            + "none but with --draft, which marks every page; --partial is for a plan of which only a part was meant to be run so far"));
        root.Subcommands.Add(AnalysisVerbs.Create("query", "Run SQL over the records with DuckDB (its first use downloads the library)"));
        root.Subcommands.Add(AnalysisVerbs.Create("import", "Import CooperBench's log folders as a new experiment of the store",
            takesExperiment: false));
        root.Subcommands.Add(AnalysisVerbs.Create("export",
            "Write experiments for other tools: CooperBench's log folders, or agents' trajectories in ATIF (--format atif)"));
        root.Subcommands.Add(AnalysisVerbs.Create("agreement",
            "Say how far judges agree: of experiments in the store, or of any CSV table of judgements"));
        root.Subcommands.Add(AnalysisVerbs.Create("labels", "Import labels of people: labels import FILE.csv EXPERIMENT"));
        root.Subcommands.Add(AnalysisVerbs.Create("store",
            "Join the stores of shards, or of workers that have one each, also while they run: store merge A B ... INTO",
            readsStore: false, takesExperiment: false));
        root.Subcommands.Add(TasksVerb.Create());
        root.Subcommands.Add(ImagesVerb.Create());
        root.Subcommands.Add(AgentsVerb.Create());
        root.Subcommands.Add(DoctorVerb.Create());
        root.Subcommands.Add(TestVerb.Create());
        root.Subcommands.Add(BenchVerb.Create());
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
            help.Action = new HelpAction { MaxWidth = HelpColumns };
        return root;
    }

    /// <summary>Without a verb, <c>run</c> is meant: <c>./run.sh</c> and <c>./run.sh --experiment x</c> start an experiment; <c>--help</c>
    /// and <c>--version</c> are the root's.</summary>
    public static IReadOnlyList<string> WithVerb(IReadOnlyList<string> arguments, RootCommand root)
    {
        bool namesVerb = arguments.Count > 0 && (!arguments[0].StartsWith('-') || arguments[0] is "--help" or "-h" or "-?" or "--version");
        return namesVerb || root.Subcommands.All(verb => verb.Name != DefaultVerb) ? arguments : [DefaultVerb, .. arguments];
    }

    /// <returns>One of <see cref="ExitCodes"/>, or what <c>dotnet test</c> gave.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        (output, error) = (new PrintableWriter(output), new PrintableWriter(error));
        if (EmptyValue(arguments) is string bare)
        {
            await error.WriteLineAsync($"{bare} has no value.");
            return ExitCodes.BadInput;
        }
        ParseResult parsed = Parse(WithVerb(arguments, Root), Root);
        var invocation = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            // The library's own way throws at a second signal.
            ProcessTerminationTimeout = null,
        };
        using var signals = new StopSignals();
        try
        {
            // The whole help would hide the error.
            if (parsed.Action is ParseErrorAction mistake)
            {
                mistake.ShowHelp = arguments.Count == 0;
                // A short word is near to every short option.
                mistake.ShowTypoCorrections = parsed.UnmatchedTokens.All(word => word.Length >= ShortestTypo);
            }
            int code = await parsed.InvokeAsync(invocation, signals.Token);
            return parsed.Action is ParseErrorAction ? ExitCodes.BadInput : code;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("Interrupted.");
            return ExitCodes.Interrupted;
        }
        catch (Exception exception)
        {
            bool isBadInput = exception is UsageException or SettingsException or TaskSetException or ExperimentMismatchException;
            // Files and folders that cannot be read or written: the message names them.
            bool isExpected = isBadInput || exception is SandboxException or IOException or UnauthorizedAccessException;
            bool isVerbose = parsed.GetValue(CommonOptions.Verbose);
            await error.WriteLineAsync(isExpected && !isVerbose ? exception.Message : exception.ToString());
            return exception switch
            {
                _ when isBadInput => ExitCodes.BadInput,
                SandboxException => ExitCodes.HostLacks,
                _ => ExitCodes.Red,
            };
        }
    }

    /// <summary>What stands behind an option that the verb does not have is its value, and no mistake of its own.</summary>
    private static ParseResult Parse(IReadOnlyList<string> words, RootCommand root)
    {
        ParseResult parsed = root.Parse(words);
        bool IsUnknownOption(string word) => word.StartsWith("--", StringComparison.Ordinal) && parsed.UnmatchedTokens.Contains(word);
        string[] without = [.. words.Where((word, i) =>
            i == 0 || word.StartsWith('-') || !IsUnknownOption(words[i - 1]) || !parsed.UnmatchedTokens.Contains(word))];
        return without.Length == words.Count ? parsed : root.Parse(without);
    }

    /// <summary>The option whose value is an empty word; null if there is none. What follows two dashes is for others.</summary>
    private static string? EmptyValue(IReadOnlyList<string> arguments)
    {
        string before = "An argument";
        foreach (string argument in arguments.TakeWhile(argument => argument != "--"))
        {
            // Of `--store= --dry-run` the parser would take the next option for the value: it would be no dry run.
            if (argument.StartsWith("--", StringComparison.Ordinal) && argument.EndsWith('='))
                return argument;
            if (argument.Length == 0)
                return before;
            before = argument.StartsWith('-') ? argument : "An argument";
        }
        return null;
    }
}
