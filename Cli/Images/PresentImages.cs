using Tandem.Cli.Setup;
using Tandem.Harness.Configuration;
using Tandem.Harness.Experiments;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.TaskSets;
using Tandem.Harness.TaskSets.Images;

namespace Tandem.Cli.Images;

/// <summary>What the engine has now, for a selection of cases of an older image.</summary>
internal static class PresentImages
{
    /// <summary>Loads an experiment, with the images of now where the selection asks for older ones; the variables then hold them, too, for
    /// the test host.</summary>
    public static async Task<ExperimentView> LoadAsync(Dictionary<string, string> variables, CancellationToken cancellationToken)
    {
        ExperimentView view = ExperimentView.Load(variables, storeFolder: null, TimeProvider.System);
        if (!view.Selection.OlderImage)
            return view;
        variables[CaseSelection.Variable] = (await AddAsync(view, cancellationToken)).ToJson();
        return ExperimentView.Load(variables, storeFolder: null, TimeProvider.System);
    }

    /// <summary>The selection with the ids of the images that the tasks of an experiment have now. As it is where it does not ask for them,
    /// and where no engine answers: the latest records of the store then say which image is the newer one.</summary>
    public static async Task<CaseSelection> AddAsync(ExperimentView view, CancellationToken cancellationToken)
    {
        if (!view.Selection.OlderImage || view.Configuration.Sandbox.Provider == SandboxChoice.Process)
            return view.Selection;
        try
        {
            using EngineClient engine = await EngineProbe.ConnectAsync(cancellationToken);
            var images = new TaskImages(engine);
            var present = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (CodingTask task in view.TaskSet.Tasks.Where(task => view.Plan.TaskDigests.ContainsKey(task.ToString())))
            {
                if (await images.FindAsync(task.Image, cancellationToken) is { } image)
                    present[task.ToString()] = image.Id;
            }
            return view.Selection with { Images = present };
        }
        catch (SandboxException)
        {
            return view.Selection;
        }
    }
}
