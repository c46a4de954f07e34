using System.CommandLine;
using Tandem.Analysis.Data;
using Tandem.Records.Cases;
using Tandem.Records.Store;

namespace Tandem.Analysis.Commands;

/// <summary>The part of the command line that says which experiments of which store are meant; the same for every verb.</summary>
internal sealed class StoreSelection
{
    private readonly CommandHost _host;

    public StoreSelection(CommandHost host)
    {
        _host = host;
        // What is no option is taken for a name, a mistyped option too.
        Experiments.Validators.Add(result =>
        {
            foreach (string name in result.Tokens.Select(token => token.Value).Where(name => !SafeSegment.IsSafe(name)))
                result.AddError(name.StartsWith('-') ? $"There is no option '{name}'."
                    : $"'{name}' cannot name an experiment: {SafeSegment.Rule}.");
        });
    }

    public Argument<string[]> Experiments { get; } = new("experiment")
    {
        Description = "Names of experiments; all of the store if none is given.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public Option<string?> Store { get; } = CreateStoreOption();

    /// <summary>The option for verbs that take no experiments of the store.</summary>
    public static Option<string?> CreateStoreOption() => new("--store")
    {
        Description = "The store's folder. Default: the environment's TANDEM_STORE, else 'results' in the working directory.",
        HelpName = "DIR",
    };

    /// <summary>The store's folder, absolute, whether it is there or not.</summary>
    /// <param name="host">The surroundings.</param>
    /// <param name="named">What the command line names; null for nothing.</param>
    public static string FolderOf(CommandHost host, string? named)
    {
        named ??= host.Variable("TANDEM_STORE");
        return Path.GetFullPath(string.IsNullOrEmpty(named) ? "results" : named, host.WorkingDirectory);
    }

    public void AddTo(Command command)
    {
        command.Arguments.Add(Experiments);
        command.Options.Add(Store);
    }

    /// <summary>The experiments that are meant, each once, in the order given.</summary>
    /// <exception cref="UnreadableStoreException">There is no such store or experiment.</exception>
    public IReadOnlyList<StoreLayout> Resolve(ParseResult arguments) =>
        Resolve(FolderOf(_host, arguments.GetValue(Store)), arguments.GetValue(Experiments) ?? []);

    /// <summary>The same for verbs that read pair runs alone: see <see cref="AnyExperiment.OfPairRuns"/>.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="verb">How messages call the verb.</param>
    /// <exception cref="RefusedException">There is no such store or experiment, or it is one of scenarios.</exception>
    public IReadOnlyList<StoreLayout> ResolvePairRuns(ParseResult arguments, string verb) =>
        ResolvePairRuns(_host, FolderOf(_host, arguments.GetValue(Store)), arguments.GetValue(Experiments) ?? [], verb);

    /// <summary>As <see cref="ResolvePairRuns(ParseResult, string)"/>.</summary>
    public static IReadOnlyList<StoreLayout> ResolvePairRuns(CommandHost host, string store, IReadOnlyList<string> names, string verb) =>
        AnyExperiment.OfPairRuns(host, Resolve(store, names), isNamed: names.Count > 0, verb);

    /// <summary>The same for verbs that take more than experiments.</summary>
    /// <param name="store">The store's folder.</param>
    /// <param name="names">Those that are named; none for all of the store.</param>
    /// <exception cref="UnreadableStoreException">There is no such store or experiment.</exception>
    public static IReadOnlyList<StoreLayout> Resolve(string store, IReadOnlyList<string> names)
    {
        if (!Directory.Exists(store))
            throw new UnreadableStoreException($"There is no store at {store}.",
                "Name one with --store DIR or TANDEM_STORE, or run an experiment first.");
        IReadOnlyList<string> present = StoreLayout.Experiments(store);
        if (present.Count == 0)
            throw new UnreadableStoreException($"The store {store} holds no experiment: no folder in it has an experiment.json.",
                "Run an experiment first, or name another store with --store DIR.");
        string[] experiments = [.. names.Distinct(StringComparer.Ordinal)];
        if (experiments.Except(present).FirstOrDefault() is string unknown)
            throw new UnreadableStoreException($"The store {store} holds no experiment '{unknown}'.",
                $"Name one of these: {string.Join(", ", present)}.");
        return [.. (experiments.Length > 0 ? experiments : present).Select(name => new StoreLayout(store, name))];
    }
}
