using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;

namespace Tandem.Harness.Cases;

/// <summary>What an agent is asked to do, as far as the task says it.</summary>
internal static class TaskPrompt
{
    public static string For(CodingTask task, FeatureSet features)
    {
        string[] descriptions = [.. features.Select(id => File.ReadAllText(task.Feature(id).DescriptionFile).TrimEnd())];
        return descriptions.Length == 1
            ? descriptions[0] + "\n"
            : string.Join("\n\n---\n\n", features.Select((id, i) => $"## Feature {id}\n\n{descriptions[i]}")) + "\n";
    }
}
