using System.Collections.Concurrent;
using System.Text.Json;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Tandem.Records.Text;

namespace Tandem.Analysis.Data;

/// <summary>One experiment, read from its run files: the plan, what is known of every case, and what is wrong with the files.</summary>
internal sealed class Dataset
{
    private readonly Lazy<DifficultyTable> _difficulties;
    private readonly Lazy<JudgementFiles> _judgements;
    private Lazy<ResultsState> _results;

    private Dataset(StoreLayout layout, ExperimentPlan plan)
    {
        (Layout, Plan) = (layout, plan);
        _difficulties = new(() => DifficultyTable.Of(Counting));
        _judgements = new(() => JudgementFiles.Read(layout));
        _results = new(() => ResultsState.Of(this));
    }

    public StoreLayout Layout { get; }

    public ExperimentPlan Plan { get; }

    /// <summary>Every case of the plan, in its order, whether it has records or not; then those that only the run files know, by
    /// id.</summary>
    public required IReadOnlyList<CaseResults> Cases { get; init; }

    public required IReadOnlyList<CaseId> PlannedTwice { get; init; }

    /// <summary>What could not be read, file by file.</summary>
    public required IReadOnlyList<StoreFault> Faults { get; init; }

    public required int RunFiles { get; init; }

    public IEnumerable<AttemptResult> Records => Cases.SelectMany(c => c.Records);

    /// <summary>The record that stands for each case that has one, in the order of the cases: what <c>collect</c> writes.</summary>
    public IEnumerable<AttemptResult> Chosen => Cases.Select(c => c.Chosen).OfType<AttemptResult>();

    /// <summary>The records that count.</summary>
    public IEnumerable<AttemptResult> Counting => Cases.Select(c => c.Counting).OfType<AttemptResult>();

    /// <summary>The line about simulations above every table of this experiment; null if no record is one.</summary>
    public string? SimulationLabel => SimulationText.Of(Chosen);

    /// <summary>The settings that the plan names, in the order of declaration.</summary>
    public IReadOnlyList<Setting> PlannedSettings => [.. Plan.Cases.Select(id => id.Setting).Distinct().Order()];

    public DifficultyTable Difficulties => _difficulties.Value;

    /// <summary>The records of judges and imported labels; read when first asked for.</summary>
    public JudgementFiles Judgements => _judgements.Value;

    /// <summary>How <c>results.json</c> compares with the run files.</summary>
    public ResultsState Results => _results.Value;

    /// <summary>Spares the comparison after <c>results.json</c> has just been written from this dataset.</summary>
    public void HasJustBeenCollected() => _results = new(ResultsState.Current);

    /// <exception cref="UnreadableStoreException">The plan or a run file cannot be read as a whole.</exception>
    public static Dataset Read(StoreLayout layout)
    {
        try
        {
            var plans = new StoreReader(layout);
            string store = $" --store {ShellWord.Quote(layout.StoreFolder)}";
            if (ScenarioReader.IsScenarios(layout))
                throw new UnreadableStoreException($"{layout.Experiment} is an experiment of scenarios, and this reads pair runs.",
                    $"./run.sh validate {layout.Experiment}{store} and ./run.sh report {layout.Experiment}{store} read it.");
            ExperimentPlan plan = plans.ReadPlan() ?? throw new UnreadableStoreException(
                $"Experiment '{layout.Experiment}' in {layout.StoreFolder} has no plan that can be read: {plans.Faults[0]}",
                "Put experiment.json back, or name another experiment or store (--store).");
            if (plan.Experiment != layout.Experiment)
            {
                throw new UnreadableStoreException(
                    $"The folder {layout.ExperimentFolder} holds the experiment '{plan.Experiment}': it was renamed or copied, and its "
                        + $"records bear the other name.",
                    $"Give the folder its name back; to keep two copies, put one into another store (--store DIR) under the name "
                        + $"'{plan.Experiment}'.");
            }
            IReadOnlyList<string> files = layout.RunFiles();
            // Part by part, so that a large file keeps all processors busy, and each takes the next part when it is done with one.
            PartContent[] contents = [.. Partitioner.Create(PartContent.Parts(layout, files), EnumerablePartitionerOptions.NoBuffering)
                .AsParallel().AsOrdered().Select(part => PartContent.Read(layout, part))];
            return Assemble(layout, plan, contents, files.Count, [.. plans.Faults,
                .. files.Select(StoreReader.FaultOfEmpty).OfType<StoreFault>(), .. contents.SelectMany(c => c.Faults)]);
        }
        catch (AggregateException exception) when (exception.InnerException is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(layout, exception.InnerException);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(layout, exception);
        }
    }

    private static Dataset Assemble(StoreLayout layout, ExperimentPlan plan, PartContent[] contents, int files,
        IReadOnlyList<StoreFault> faults)
    {
        var cases = new Dictionary<CaseId, CaseResults>(plan.Cases.Count);
        var ordered = new List<CaseResults>(plan.Cases.Count);
        var twice = new List<CaseId>();
        foreach (CaseId id in plan.Cases)
        {
            var planned = new CaseResults(id, isPlanned: true);
            if (cases.TryAdd(id, planned))
                ordered.Add(planned);
            else
                twice.Add(id);
        }
        bool isShared = plan.Settings.TryGetProperty("run", out JsonElement settings)
            && settings.TryGetProperty("claims", out JsonElement claims) && claims.ValueEquals("postgres");
        foreach (AttemptResult run in contents.SelectMany(c => c.Runs))
        {
            if (!cases.TryGetValue(run.CaseId, out CaseResults? runs))
                cases[run.CaseId] = runs = new CaseResults(run.CaseId, isPlanned: false);
            // Elsewhere, the same record twice is a file that was copied.
            if (!isShared || !runs.Records.Any(one => one.AttemptId == run.AttemptId && one.Revision == run.Revision
                && one.Place.HasSameLine(run.Place, layout)))
                runs.Add(run);
        }
        IEnumerable<CaseResults> outside = cases.Values.Where(c => !c.IsPlanned).OrderBy(c => c.CaseId.ToString(), StringComparer.Ordinal);
        return new Dataset(layout, plan) { Cases = [.. ordered, .. outside], PlannedTwice = twice, Faults = faults, RunFiles = files };
    }

    private static UnreadableStoreException Unreadable(StoreLayout layout, Exception exception) => new(
        $"Experiment '{layout.Experiment}' in {layout.StoreFolder} cannot be read: {exception.Message}",
        "Check that the files exist and that this user may read them.",
        exception);

    private sealed record PartContent(IReadOnlyList<AttemptResult> Runs, IReadOnlyList<StoreFault> Faults)
    {
        public static IEnumerable<(RunFilePart Part, IReadOnlyList<StoreFault> Faults)> Parts(StoreLayout layout,
            IReadOnlyList<string> files)
        {
            foreach (string path in files)
            {
                var reader = new StoreReader(layout);
                int reported = 0;
                foreach (RunFilePart part in reader.ReadParts(path))
                {
                    yield return (part, [.. reader.Faults.Skip(reported)]);
                    reported = reader.Faults.Count;
                }
            }
        }

        public static PartContent Read(StoreLayout layout, (RunFilePart Part, IReadOnlyList<StoreFault> Faults) source)
        {
            var reader = new StoreReader(layout);
            var runs = new List<AttemptResult>();
            foreach (StoredRun run in reader.ReadRuns(source.Part))
                runs.Add(AttemptResult.Of(run.Record, new RecordPlace(run.File, run.Line, run.Offset, run.Length)));
            return new PartContent(runs, [.. source.Faults, .. reader.Faults]);
        }
    }
}
