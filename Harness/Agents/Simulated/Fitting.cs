using System.Text.RegularExpressions;
using Tandem.Records.Cases;

namespace Tandem.Harness.Agents.Simulated;

/// <summary>
/// Makes one agent's work fit the plan that the other has sent. Of the other's work it knows what the plan says and no more; how both
/// can stand together it knows from the combined gold patch, and it trusts that only where no third feature has a hand in it. Nothing here
/// merges anything: it changes what one agent writes, and the evaluation merges what both wrote.
/// </summary>
internal sealed class Fitting(GoldPatches gold, FeatureSet pair, PatchText own, WorkPlan theirs)
{
    private readonly PatchText[] _others = [.. gold.Besides(pair)];

    /// <summary>What third features define and the agent itself does not.</summary>
    private readonly HashSet<string> _othersNames =
        [.. gold.Besides(pair).SelectMany(patch => patch.DefinedNames).Except(own.DefinedNames)];

    /// <summary>What both can write where their places touch; only for places that the combined patch has.</summary>
    public Proposal Common() => new([
        .. from file in own.Files
           from meeting in MeetingsIn(file)
           where meeting.Own.Count > 0 && meeting.IsShared && IsOurs(file.Path, meeting)
           select new CommonText(file.Path, meeting.Place, meeting.Solution)]);

    /// <summary>
    /// Moves single lines of a list one line up where the other adds to the same list at the same place, and there is no
    /// <see cref="Common"/> text: with a line between them both can be merged.
    /// </summary>
    public IEnumerable<(string Path, Edit From, Edit To)> Moves() =>
        from file in own.Files
        from meeting in MeetingsIn(file)
        where meeting.IsShared && !IsOurs(file.Path, meeting) && meeting.Place.From == meeting.Place.To
        from edit in meeting.Own
        where edit.Added is [string line] && edit.Above is string above && ListItem.AreAlike(line, above)
        select (file.Path, edit, edit with { Line = edit.Line - 1, Above = null });

    /// <summary>Writes differently what rests on something that the other changes, and leaves a file alone that the other deletes, if there
    /// is another place for it.</summary>
    /// <param name="work">What the agent has in hand: its own patch, or what a lapse left of it.</param>
    /// <returns>The work, and a sentence for each change.</returns>
    public (PatchText Work, IReadOnlyList<string> Reasons) Adapt(PatchText work)
    {
        var reasons = new List<string>();
        foreach (FilePatch file in work.Files)
        {
            if (theirs.Find(file.Path)?.Fate == FileFate.Deleted && !file.IsDeleted)
                work = MoveOut(work, file, reasons);
            else if (file.IsNew)
                work = AdaptNew(work, file, reasons);
            else if (gold.Combined?.Find(file.Path) is not null)
                work = AdaptEdits(work, file, reasons);
        }
        return (work, reasons);
    }

    private PatchText MoveOut(PatchText work, FilePatch file, List<string> reasons)
    {
        FilePatch[] homes = [.. (gold.Combined?.Files ?? [])
            .Where(home => home.IsNew && !gold.All.Any(patch => patch.Find(home.Path) is not null))];
        if (homes.Length == 0)
            return work;
        reasons.Add($"you delete `{file.Path}`, so what I add there goes to {string.Join(", ", homes.Select(home => $"`{home.Path}`"))}");
        return homes.Aggregate(work.With(file.Path, null), (patch, home) => patch.With(home.Path, home));
    }

    private PatchText AdaptNew(PatchText work, FilePatch file, List<string> reasons)
    {
        FilePatch? solution = gold.Combined?.Find(file.Path);
        if (solution is not { IsNew: true } || solution.ToString() == file.ToString() || NameUsedIn(file.Edits) is not string name
            || _others.Any(patch => patch.Find(file.Path) is not null) || RestsOnOthers(solution.Edits))
        {
            return work;
        }
        reasons.Add($"you change `{name}`, so I write `{file.Path}` to fit");
        return work.With(file.Path, solution);
    }

    private PatchText AdaptEdits(PatchText work, FilePatch file, List<string> reasons)
    {
        foreach (Meeting meeting in MeetingsIn(file).Where(m => m.Own.Count > 0 && !m.IsShared && IsOurs(file.Path, m)))
        {
            bool isSame = meeting.Own.SelectMany(edit => edit.Added).SequenceEqual(meeting.Solution.SelectMany(edit => edit.Added));
            if (isSame || NameUsedIn(meeting.Own) is not string name)
                continue;
            reasons.Add($"you change `{name}`, so I write `{file.Path}`, {PlaceText.Write(meeting.Place)}, to fit");
            work = new CommonText(file.Path, meeting.Place, meeting.Solution).PutInto(work, file);
        }
        return work;
    }

    /// <summary>A name that the other changes, that no third feature changes, and that these edits make use of; null if there is
    /// none.</summary>
    private string? NameUsedIn(IReadOnlyList<Edit> edits) => theirs.Names
        .Where(name => !_others.Any(patch => patch.ChangedNames.Contains(name)))
        .Order(StringComparer.Ordinal)
        .FirstOrDefault(name => IsUsedIn(edits, name));

    /// <summary>Whether the combined patch shows what stands at a place, and no third feature has a hand in it.</summary>
    private bool IsOurs(string path, Meeting meeting) => meeting.Solution.Count > 0 && !RestsOnOthers(meeting.Solution)
        && !_others.Select(patch => patch.Find(path)).OfType<FilePatch>().Any(file => file.IsNew || file.IsDeleted
        || file.Edits.Any(edit => edit.Place.Touches(meeting.Place)));

    /// <summary>Whether a text makes use of what a third feature defines.</summary>
    private bool RestsOnOthers(IReadOnlyList<Edit> solution) => _othersNames.Any(name => IsUsedIn(solution, name));

    private static bool IsUsedIn(IReadOnlyList<Edit> edits, string name) =>
        edits.SelectMany(edit => edit.Added).Any(line => Regex.IsMatch(line, $@"\b{Regex.Escape(name)}\b"));

    /// <summary>Groups what touches: own edits, the other's places, and the combined patch's edits.</summary>
    private List<Meeting> MeetingsIn(FilePatch file)
    {
        var meetings = new List<Meeting>();
        if (file.IsNew || file.IsDeleted)
            return meetings;
        FilePatch? solution = gold.Combined?.Find(file.Path);
        IEnumerable<Meeting> all =
        [
            .. file.Edits.Select(edit => new Meeting(edit.Place, [edit], false, [])),
            .. theirs.Find(file.Path)?.Places.Select(place => new Meeting(place, [], true, [])) ?? [],
            .. solution is null || solution.IsNew
            || solution.IsDeleted ? [] : solution.Edits.Select(edit => new Meeting(edit.Place, [], false, [edit])),
        ];
        foreach (Meeting next in all.OrderBy(meeting => meeting.Place.From))
        {
            if (meetings is [.., Meeting last] && last.Place.Touches(next.Place))
                meetings[^1] = new Meeting(last.Place.Union(next.Place), [.. last.Own, .. next.Own], last.IsShared
                    || next.IsShared, [.. last.Solution, .. next.Solution]);
            else
                meetings.Add(next);
        }
        return meetings;
    }

    /// <param name="Place">Where.</param>
    /// <param name="Own">The agent's own edits there.</param>
    /// <param name="IsShared">Whether the other has something to do there.</param>
    /// <param name="Solution">The combined patch's edits there.</param>
    private sealed record Meeting(Place Place, IReadOnlyList<Edit> Own, bool IsShared, IReadOnlyList<Edit> Solution);
}

/// <summary>Finds the items of a list (options, rows of a table, entries), whose order does not matter.</summary>
internal static partial class ListItem
{
    /// <summary>Whether both lines are indented alike and begin with the same word or sign.</summary>
    public static bool AreAlike(string line, string other) => Start().Match(line) is { Success: true } start
        && start.Value == Start().Match(other).Value;

    [GeneratedRegex(@"^\s*([^\w\s]+|[\w.]+)")]
    private static partial Regex Start();
}
