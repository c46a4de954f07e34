using FluentAssertions;
using Tandem.Harness.Agents.Simulated;
using Tandem.Harness.Configuration;
using Tandem.Harness.TaskSets;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

public sealed class PatchTextTests
{
    private const string Sample = """
        diff --git a/src/shop.py b/src/shop.py
        index 1111111..2222222 100644
        --- a/src/shop.py
        +++ b/src/shop.py
        @@ -3,6 +3,7 @@ import os
         import re
         
         def open_shop(name):
        +    check(name)
             return name
         
         KINDS = [
        @@ -20,4 +21,3 @@ def close_shop(name):
             a = 1
        -    b = 2
        -    c = 3
        +    b = 23
             return a
        diff --git a/notes.txt b/notes.txt
        deleted file mode 100644
        --- a/notes.txt
        +++ /dev/null
        @@ -1 +0,0 @@
        -last
        \ No newline at end of file
        diff --git a/run me.sh b/run me.sh
        old mode 100644
        new mode 100755
        diff --git a/new.py b/new.py
        new file mode 100644
        --- /dev/null
        +++ b/new.py
        @@ -0,0 +1,2 @@
        +LIMIT = 3
        +def fresh():

        """;

    [Fact]
    public void Edits_have_the_base_files_lines_and_the_function_they_are_in()
    {
        FilePatch shop = PatchText.Parse(Sample).Find("src/shop.py")!;

        shop.Edits.Should().BeEquivalentTo(
            [
                new Edit(6, [], ["    check(name)"], "open_shop", "def open_shop(name):"),
                new Edit(21, ["    b = 2", "    c = 3"], ["    b = 23"], "close_shop", "    a = 1"),
            ],
            options => options.WithStrictOrdering());
        shop.Edits.Select(edit => edit.Place).Should().Equal(new Place(6, 6), new Place(21, 23));
    }

    [Fact]
    public void Files_are_known_by_what_becomes_of_them()
    {
        var patch = PatchText.Parse(Sample);

        patch.Files.Select(file => (file.Path, file.IsNew, file.IsDeleted, file.Added, file.Removed)).Should().Equal(
            ("src/shop.py", false, false, 2, 2), ("notes.txt", false, true, 0, 1), ("run me.sh", false, false, 0, 0),
                ("new.py", true, false, 2, 0));
        patch.ChangedNames.Should().BeEquivalentTo("open_shop", "close_shop");
        patch.DefinedNames.Should().BeEquivalentTo("LIMIT", "fresh");
    }

    [Fact]
    public void A_patch_is_written_as_it_was_read()
    {
        PatchText.Parse(Sample).Files.Select(file => file.ToString()).Should()
            .Equal(Sample.Split("diff --git ")[1..].Select(part => "diff --git " + part));
        foreach (string file in GoldPatchFiles())
            string.Concat(PatchText.Read(file).Files).Should().Be(File.ReadAllText(file), "it is {0}", file);
    }

    [Fact]
    public void Edits_without_context_tell_where_they_belong_by_their_numbers()
    {
        FilePatch shop = PatchText.Parse(Sample).Find("src/shop.py")!;

        shop.WithEdits(shop.Edits).Hunks.Select(hunk => hunk.Head).Should().Equal("@@ -5,0 +6,1 @@", "@@ -21,2 +22,1 @@");
        shop.WithEdits(shop.Edits).Edits.Select(edit => (edit.Line, string.Join('|', edit.Removed), string.Join('|', edit.Added))).Should()
            .Equal(shop.Edits.Select(edit => (edit.Line, string.Join('|', edit.Removed), string.Join('|', edit.Added))));
        FilePatch notes = PatchText.Parse(Sample).Find("notes.txt")!;
        notes.WithEdits(notes.Edits).ToString().Should().EndWith("@@ -1,1 +0,0 @@\n-last\n\\ No newline at end of file\n");
    }

    [Theory]
    [InlineData(5, 7, 7, 9, true, "nothing stands between them")]
    [InlineData(5, 7, 8, 9, false, "line 7 stands between them")]
    [InlineData(5, 5, 5, 5, true, "both add at the same place")]
    [InlineData(5, 5, 6, 6, false, "line 5 stands between them")]
    [InlineData(5, 9, 6, 7, true, "one holds the other")]
    public void Places_touch_where_git_would_not_merge_them(int from, int to, int otherFrom, int otherTo, bool touch, string because)
    {
        new Place(from, to).Touches(new Place(otherFrom, otherTo)).Should().Be(touch, because);
        new Place(otherFrom, otherTo).Touches(new Place(from, to)).Should().Be(touch, because);
    }

    [Fact]
    public void A_plan_and_a_proposal_can_be_read_from_their_messages()
    {
        foreach (string file in GoldPatchFiles())
        {
            var patch = PatchText.Read(file);
            var plan = WorkPlan.Of(patch);
            WorkPlan read = WorkPlan.TryParse(plan.ToMessage("Plan: I build feature 1."))!;
            read.Files.Should().BeEquivalentTo(plan.Files, options => options.WithStrictOrdering());
            read.Names.Should().BeEquivalentTo(plan.Names);

            var proposal = new Proposal(
                [.. patch.Files.SelectMany(f => f.Edits.Where(edit => !f.IsNew && !f.IsDeleted)
                .Select(edit => new CommonText(f.Path, edit.Place, [edit with { Name = null, Above = null }])))]);
            Proposal.TryParse(proposal.ToMessage())!.Should().BeEquivalentTo(proposal, options => options.WithStrictOrdering());
        }
        WorkPlan.TryParse("Update: feature 1 is done.").Should().BeNull();
        Proposal.TryParse("Answer: yes").Should().BeNull();
    }

    [Fact]
    public void A_weakened_patch_lacks_one_hunk_of_code_and_is_the_same_every_time()
    {
        foreach (string file in GoldPatchFiles().Where(f => !f.EndsWith("combined.patch", StringComparison.Ordinal)))
        {
            var gold = PatchText.Read(file);
            PatchText weakened = GoldPatches.Weaken(gold);

            Hunks(weakened).Should().HaveCount(Hunks(gold).Count - 1).And.BeSubsetOf(Hunks(gold));
            Hunks(gold).Except(Hunks(weakened)).Should().ContainSingle().Which.Should().NotStartWith("README");
            string.Concat(GoldPatches.Weaken(gold).Files).Should().Be(string.Concat(weakened.Files));
        }

        static List<string> Hunks(PatchText patch) => [.. patch.Files.SelectMany(f => f.Hunks.Select(hunk => $"{f.Path} {hunk.Head}"))];
    }

    private static IEnumerable<string> GoldPatchFiles()
    {
        TaskSet tasks = TaskSetLoader.Load(Path.Combine(ProjectFolder.Find(), "tasks"));
        return tasks.Tasks.SelectMany(task => task.Features.Select(feature => feature.GoldPatchFile).Append(task.CombinedPatchFile));
    }
}
