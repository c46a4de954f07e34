using Tandem.Harness.Configuration;
using Tandem.Harness.Judging.Rubrics;

namespace Tandem.Harness.Judging;

/// <summary>The rubrics that a selection means.</summary>
/// <param name="Usable">Those that can be asked.</param>
/// <param name="Broken">Folders of <c>rubrics/</c> that cannot be used; none where rubrics are named.</param>
internal sealed record RubricChoice(IReadOnlyList<Rubric> Usable, IReadOnlyList<BrokenRubric> Broken)
{
    /// <summary>Reads them: those that are named, else all of the project.</summary>
    /// <exception cref="SettingsException">One that is named cannot be used, or two have one name.</exception>
    public static RubricChoice Of(JudgementSelection selection)
    {
        string project = ProjectFolder.Find();
        if (selection.Rubrics.Count > 0)
            return new RubricChoice(Distinct([.. selection.Rubrics.Distinct().Select(name => RubricReader.Find(project, name))]), []);
        var usable = new List<Rubric>();
        var broken = new List<BrokenRubric>();
        foreach (string name in RubricReader.Names(project))
        {
            try
            {
                usable.Add(RubricReader.Find(project, name));
            }
            catch (SettingsException exception)
            {
                broken.Add(new BrokenRubric(name, exception.Message, exception.Faults));
            }
        }
        return new RubricChoice(usable, broken);
    }

    /// <summary>Judgements bear the rubric's name, so that two rubrics of one name cannot be kept apart.</summary>
    private static Rubric[] Distinct(Rubric[] named)
    {
        Rubric[] folders = [.. named.DistinctBy(rubric => rubric.Folder)];
        return folders.GroupBy(rubric => rubric.Name).FirstOrDefault(alike => alike.Count() > 1) is { } twice
            ? throw new SettingsException($"The rubric '{twice.Key}'",
                [$"Two folders have this name: {string.Join(" and ", twice.Select(rubric => rubric.Folder))}. Judgements bear the name "
                    + "alone. Name one of the two, or give one folder another name, and the same name in its rubric.json."])
            : folders;
    }
}

/// <summary>A folder of <c>rubrics/</c> that cannot be used.</summary>
/// <param name="Name">The folder's name.</param>
/// <param name="Message">The folder and all faults.</param>
/// <param name="Faults">One sentence each.</param>
public sealed record BrokenRubric(string Name, string Message, IReadOnlyList<string> Faults)
{
    /// <summary>That it was left out, why, and what to do.</summary>
    public string LeftOut =>
        $"Left out: {Message.ReplaceLineEndings()}{Environment.NewLine}Correct it, or take the folder out of rubrics/.";
}
