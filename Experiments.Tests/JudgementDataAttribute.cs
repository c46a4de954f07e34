using System.Globalization;
using System.Reflection;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Judging;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Judgements;
using Tandem.Records.Store;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace Tandem.Experiments.Tests;

/// <summary>One row per judgement of the experiment's runs that have something to judge, with the traits by which filters select: its own
/// and those of the run.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class JudgementDataAttribute : DataAttribute, IRowsOfOneKind
{
    /// <summary>The row that stands for judgements that cannot be listed; a filter must not make it green.</summary>
    internal const string BrokenRow = "judgements cannot be listed: ";

    /// <inheritdoc/>
    bool IRowsOfOneKind.IsOfThisKind => !ScenarioDataAttribute.IsNamed;

    private static readonly Lazy<JudgementView?> s_view = new(() =>
        JudgementSelection.Parse(CaseDataAttribute.Variables.GetValueOrDefault(JudgementSelection.Variable)) is { } selection
            && Experiment() is ExperimentView experiment ? JudgementView.Load(experiment, selection) : null);

    /// <summary>A store of this process alone is empty: where none is named, the runs of the project's own are judged, if it has
    /// any.</summary>
    private static ExperimentView? Experiment() => CaseDataAttribute.TemporaryStore is null ? CaseDataAttribute.View
        : StoreLayout.Experiments(ProjectFolder.StoreFolder(ProjectFolder.Find(), null)).Contains(ExperimentView.DefaultExperiment)
            ? ExperimentView.Load(CaseDataAttribute.Variables, storeFolder: null, TimeProvider.System, asStored: true) : null;

    /// <summary>The judgements, read once; null if nothing is to be judged.</summary>
    internal static JudgementView? View => s_view.Value;

    /// <inheritdoc/>
    public override bool SupportsDiscoveryEnumeration() => true;

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker)
    {
        try
        {
            ITheoryDataRow[] rows = [.. (View?.Judgements ?? []).Where(one => one.Status != JudgeStatus.AgentFailed).Select(Row),
                .. (View?.Broken ?? []).Select(rubric => Broken(rubric))];
            return new(rows.Length > 0 ? rows : [s_nothing]);
        }
        catch (Exception exception) when (CaseDataAttribute.TryView() is not null)
        {
            return new([Broken(exception.Message)]);
        }
        catch (Exception)
        {
            // The rows of the cases say why the experiment cannot be read.
            return new([s_nothing]);
        }
    }

    // A theory without rows is run whatever filter is given.
    private static readonly TheoryDataRow<string> s_nothing = new("")
    {
        TestDisplayName = "nothing to judge",
        Label = "",
        Skip = "There is nothing to judge: no run of the store has finished, or no judge is named (judges.default).",
    };

    private static TheoryDataRow<string> Row(SelectedJudgement selected)
    {
        JudgementId id = selected.Id;
        CaseId run = id.CaseId;
        return new TheoryDataRow<string>(id.ToString())
        {
            TestDisplayName = id.ToString(),
            Label = "",
            Traits = new Dictionary<string, HashSet<string>>
            {
                ["Rubric"] = [id.Rubric],
                ["Judge"] = [id.Judge],
                ["Rep"] = [id.Repetition.ToString(CultureInfo.InvariantCulture)],
                ["JudgeStatus"] = [EnumNames.NameOf(selected.Status)],
                ["Setting"] = [EnumNames.NameOf(run.Setting)],
                ["Repo"] = [run.Repo],
                ["Task"] = [run.TaskId.ToString(CultureInfo.InvariantCulture)],
                ["Pair"] = [run.Features.ToString()],
                ["Seed"] = [run.Seed.ToString(CultureInfo.InvariantCulture)],
                ["Shard"] = CaseDataAttribute.ShardOf(View!.Experiment.Sharding, run.ToString()),
            },
        };
    }

    /// <summary>A rubric that cannot be used is red, and stops no other.</summary>
    private static TheoryDataRow<string> Broken(BrokenRubric rubric)
    {
        TheoryDataRow<string> row = Broken(rubric.LeftOut);
        row.TestDisplayName = $"rubric {rubric.Name} cannot be used";
        row.Traits["Rubric"] = [rubric.Name];
        return row;
    }

    private static TheoryDataRow<string> Broken(string message) => new(BrokenRow + message)
    {
        TestDisplayName = "judgements cannot be listed",
        Label = "",
        Traits = new Dictionary<string, HashSet<string>> { ["JudgeStatus"] = [.. EnumNames.AllNames<JudgeStatus>()] },
    };
}
