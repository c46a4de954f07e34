using Tandem.Harness.Scenarios;
using Tandem.Records.Scenarios;
using Tandem.Records.Text;

namespace Tandem.Experiments.Tests;

/// <summary>What the cases of a scenario experiment share.</summary>
public sealed partial class ExperimentFixture
{
    private readonly Lazy<CaseLines> _scenarioLines = new(() => new CaseLines(ScenarioDataAttribute.View.Cases.Count));
    private readonly Lock _openingScenarios = new();
    private Task<ScenarioEnvironment>? _scenarios;

    /// <summary>Runs a scenario's case.</summary>
    public async Task<ScenarioResult> RunAsync(ScenarioCaseId id, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        either.Token.ThrowIfCancellationRequested();
        SelectedScenario selected = ScenarioDataAttribute.View.Find(id)
            ?? throw new InvalidOperationException($"{id} is not among the selected cases. The list of tests is older than the selection: "
                + "list them again.");
        ScenarioEnvironment environment = await OpenScenariosAsync();
        ScenarioResult result;
        try
        {
            result = await Task.Run(() => new ScenarioRunner(environment).RunAsync(selected, either.Token));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _anythingRed = true;
            throw;
        }
        if (result is ScenarioResult.Ran { Record: var record })
            _anythingRed |= record.Error is not null || WhyRed(record) is not null;
        _scenarioLines.Value.Print(id, result);
        return result;
    }

    /// <summary>Prints the fault that kept a case from its result.</summary>
    public void Print(ScenarioCaseId id, Exception exception)
    {
        if (ScenarioDataAttribute.TryView() is not null)
            _scenarioLines.Value.Print(id.ToString(), exception.Message);
    }

    /// <summary>Why a case is red by what the experiment asserts; null if it is not.</summary>
    public string? WhyRed(ScenarioRecord record) => _scenarios is { IsCompletedSuccessfully: true }
        ? ScenarioText.WhyRed(record, ScenarioDataAttribute.View.Experiment.Configuration.Run.Assert, _scenarios.Result.Plan.Repetitions,
            _scenarios.Result.FailedRepetitions(record.Variant, record.ScenarioId)) : null;

    /// <summary>The command that runs one case again.</summary>
    public static string CommandFor(ScenarioRecord record, bool isCompleted) =>
        CaseCommand.For(record, CaseDataAttribute.Variables, ScenarioDataAttribute.View.Layout.StoreFolder, isCompleted);

    private Task<ScenarioEnvironment> OpenScenariosAsync()
    {
        lock (_openingScenarios)
            return _scenarios ??= ScenarioEnvironment.OpenAsync(ScenarioDataAttribute.View, RunId, TimeProvider.System,
                PrintableConsole.Out.WriteLine, _stop.Token);
    }

    private async Task CloseScenariosAsync()
    {
        if (_scenarios is not { IsCompletedSuccessfully: true })
            return;
        (await _scenarios).Dispose();
        if (CaseDataAttribute.TemporaryStore is string folder && !_anythingRed)
            Directory.Delete(folder, recursive: true);
    }
}
