using System.Text.Json;
using Tandem.Cli.Status;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Judging;
using Tandem.Harness.Scenarios;
using Tandem.Harness.Scenarios.Definitions;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;

namespace Tandem.Cli.Testing;

/// <summary>The tests of an experiment as its store has them, green, red and skipped by the same rules as in the test host.</summary>
internal sealed class StoredTests
{
    private const string CutOff = "The run ended while this was under way. It is due again: the same command goes on with it.";

    private readonly StoreLayout _layout;
    private readonly string? _runId;

    private StoredTests(StoreLayout layout, string? runId) => (_layout, _runId) = (layout, runId);

    /// <summary>All that was planned, each with the record that stands for it.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="project">Its file of the experiment says what is asserted; where there is none, nothing is.</param>
    /// <param name="variables">Name the experiment, and override its file.</param>
    public static IReadOnlyList<TrxTest> All(StoreLayout layout, Project project, IReadOnlyDictionary<string, string> variables) =>
        new StoredTests(layout, runId: null).Cases(FileOf(project, variables), variables);

    /// <summary>What one run of the test host made or began.</summary>
    /// <param name="layout">The experiment in its store.</param>
    /// <param name="runId">The run.</param>
    /// <param name="testClass">Which of the test classes it ran.</param>
    /// <param name="project">As for <see cref="All"/>.</param>
    /// <param name="variables">As for <see cref="All"/>.</param>
    public static IReadOnlyList<TrxTest> OfRun(StoreLayout layout, string runId, string testClass, Project project,
        IReadOnlyDictionary<string, string> variables)
    {
        var tests = new StoredTests(layout, runId);
        return testClass == TestClasses.Judgements ? tests.Judgements() : tests.Cases(FileOf(project, variables), variables);
    }

    private static string FileOf(Project project, IReadOnlyDictionary<string, string> variables) =>
        project.ExperimentFile(variables.GetValueOrDefault(ExperimentView.ExperimentVariable));

    private TrxTest[] Cases(string configurationFile, IReadOnlyDictionary<string, string> variables) =>
        ScenarioReader.IsScenarios(_layout) ? Scenarios(configurationFile, variables)
            : Pairs(File.Exists(configurationFile)
                && ConfigurationReader.Read(configurationFile, variables).Run.Assert == AssertChoice.Outcome);

    private TrxTest[] Pairs(bool assertsOutcome)
    {
        StoredExperiment.RequirePlan(_layout);
        var status = new StoreStatus(_layout);
        status.Refresh();
        return [.. status.Cases.Select(standing => Pair(standing, assertsOutcome)).OfType<TrxTest>()];
    }

    private TrxTest? Pair(CaseStanding standing, bool assertsOutcome)
    {
        string name = standing.CaseId.ToString();
        RunRecord? record = _runId is null ? standing.Chosen : standing.Records.LastOrDefault(one => one.RunId == _runId);
        if (record is null)
            return _runId is null ? Missing(name) : BeganInRun(standing) ? new TrxTest(name, TrxOutcome.NotExecuted, CutOff) : null;
        string verdict = $"{Verdict.Of(record)}\nartifacts: {_layout.AttemptFolder(record.CaseId, record.Attempt)}";
        TrxOutcome outcome = record.Interrupted ? TrxOutcome.NotExecuted
            : Verdict.IsRed(record, assertsOutcome) ? TrxOutcome.Failed : TrxOutcome.Passed;
        return new TrxTest(name, outcome, verdict)
        { StartedAt = record.StartedAt, Duration = TimeSpan.FromSeconds(record.DurationSeconds) };
    }

    private bool BeganInRun(CaseStanding standing)
    {
        if (_layout.AttemptNumbers(standing.CaseId) is not [.., int number] || number <= (standing.Latest?.Attempt ?? 0))
            return false;
        try
        {
            return StoreJson.Read<AttemptIntent>(RegularFile.ReadOwn(
                Path.Combine(_layout.AttemptFolder(standing.CaseId, number), StoreLayout.AttemptFile))).RunId == _runId;
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            // The folder was made, and the attempt had not begun.
            return false;
        }
    }

    private TrxTest[] Scenarios(string configurationFile, IReadOnlyDictionary<string, string> variables)
    {
        ScenarioTable table = ScenarioTable.Read(_layout);
        ScenarioAssertion? assertion = ScenarioExperimentReader.IsScenarios(configurationFile)
            ? ScenarioExperimentReader.Read(configurationFile, variables).Configuration.Run.Assert : null;
        HashSet<ScenarioCaseId> begun = [.. ScenarioReader.OfCalls(_layout).Read()
            .Where(stored => stored.Record.RunId == _runId).Select(stored => stored.Record.CaseId)];
        return [.. table.Rows.Select(row =>
        {
            ScenarioRecord? record = _runId is null ? row.Standing.Record : row.Records.LastOrDefault(one => one.RunId == _runId);
            if (record is null)
                return _runId is null ? Missing(row.Id.ToString())
                    : begun.Contains(row.Id) ? new TrxTest(row.Id.ToString(), TrxOutcome.NotExecuted, CutOff) : null;
            bool isRed = record.Error is not null || (assertion is not null && table.WhyRed(record, assertion) is not null);
            return new TrxTest(row.Id.ToString(),
                record.Interrupted ? TrxOutcome.NotExecuted : isRed ? TrxOutcome.Failed : TrxOutcome.Passed, ScenarioText.Of(record))
            { StartedAt = record.StartedAt, Duration = TimeSpan.FromSeconds(record.DurationSeconds) };
        }).OfType<TrxTest>()];
    }

    private TrxTest[] Judgements()
    {
        JudgementRecord[] made = [.. new JudgementReader(_layout).Read().Select(stored => stored.Record)
            .Where(record => record.RunId == _runId)];
        HashSet<JudgementId> done = [.. made.Select(record => record.JudgementId)];
        return [.. made.Select(record => new TrxTest(record.JudgementId.ToString(),
                JudgementText.IsRed(record) ? TrxOutcome.Failed : TrxOutcome.Passed, JudgementText.Of(record))
            { StartedAt = record.StartedAt, Duration = TimeSpan.FromSeconds(record.DurationSeconds) }),
            .. JudgementReader.OfCalls(_layout).Read().Select(stored => stored.Record)
                .Where(record => record.RunId == _runId && !done.Contains(record.JudgementId))
                .Select(record => record.JudgementId).Distinct()
                .Select(id => new TrxTest(id.ToString(), TrxOutcome.NotExecuted, CutOff))];
    }

    private static TrxTest Missing(string name) => new(name, TrxOutcome.NotExecuted, "The store has no record of it yet.");
}
