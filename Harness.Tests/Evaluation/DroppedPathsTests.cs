using System.Text;
using FluentAssertions;
using Tandem.Harness.Configuration;
using Tandem.Harness.Evaluation;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

/// <summary>What of an agent's patch stands in the way of the task's tests, and goes.</summary>
public sealed class DroppedPathsTests
{
    [Theory]
    [InlineData("middleware/logger_test.go")]
    [InlineData("src/__tests__/useForm.test.tsx")]
    [InlineData("spec/naïve file.rb")]
    [InlineData("conftest.py")]
    public void A_file_that_the_tests_patch_brings_is_dropped(string path)
    {
        GradedPatch graded = Grade(New(path, "mine") + Source, [New(path, "theirs")]);

        Text(graded).Should().Be(Source);
        graded.Dropped.Should().Equal(new PatchOmission(path, OmissionReason.TestsPatch));
    }

    [Fact]
    public void A_change_a_removal_and_a_rename_of_such_a_file_are_dropped()
    {
        string tests = Change("pkg/a_test.go", "old", "new");
        string removal = "diff --git a/pkg/a_test.go b/pkg/a_test.go\n"
            + "deleted file mode 100644\n--- a/pkg/a_test.go\n+++ /dev/null\n@@ -1 +0,0 @@\n-old\n";
        string rename = "diff --git a/pkg/a_test.go b/pkg/b_test.go\n"
            + "similarity index 100%\nrename from pkg/a_test.go\nrename to pkg/b_test.go\n";
        string mode = "diff --git a/pkg/a_test.go b/pkg/a_test.go\nold mode 100644\nnew mode 100755\n";

        foreach (string patch in new[] { Change("pkg/a_test.go", "old", "mine"), removal, rename, mode })
            Text(Grade(patch + Source, [tests])).Should().Be(Source, patch);
    }

    [Fact]
    public void A_quoted_path_is_the_same_path()
    {
        const string Quoted = "diff --git \"a/t/na\\303\\257ve \\\"x\\\".rb\" \"b/t/na\\303\\257ve \\\"x\\\".rb\"\n"
            + "--- \"a/t/na\\303\\257ve \\\"x\\\".rb\"\n+++ \"b/t/na\\303\\257ve \\\"x\\\".rb\"\n@@ -1 +1 @@\n-1\n+2\n";

        Text(Grade(Quoted + Source, [New("t/naïve \"x\".rb", "theirs")])).Should().Be(Source);
    }

    [Fact]
    public void A_file_in_the_place_of_a_folder_of_the_tests_is_dropped_and_the_other_way_round()
    {
        Text(Grade(New("src/__tests__", "mine") + Source, [New("src/__tests__/a.test.tsx", "theirs")])).Should().Be(Source);
        Text(Grade(New("checks/mine", "mine") + Source, [New("checks", "theirs")])).Should().Be(Source);
        Text(Grade(New("src/b.ts", "mine") + Source, [New("src/__tests__/a.test.tsx", "theirs")])).Should().Contain("src/b.ts");
    }

    [Fact]
    public void What_the_reference_patch_changes_too_is_the_feature_and_stays()
    {
        string work = Change("pkg/helpers.go", "old", "mine");

        GradedPatch graded = PatchFilter.Grade(Bytes(work),
            DroppedPaths.Of([Bytes(Change("pkg/helpers.go", "a", "b"))], [Bytes(Change("pkg/helpers.go", "c", "d"))]));

        Text(graded).Should().Be(work);
        graded.Dropped.Should().BeEmpty();
    }

    [Theory]
    [InlineData("pkg/mine_test.go", "func TestRoute(t *testing.T) {", true)]
    [InlineData("pkg/mine_test.go", "func helper[T any](v T) {", true)]
    [InlineData("pkg/mine_test.go", "func TestOther(t *testing.T) {", false)]
    [InlineData("pkg/mine_test.go", "func (m mux) TestRoute(t *testing.T) {", false)]
    [InlineData("pkg/mine_test.go", "func init() {", false)]
    [InlineData("other/mine_test.go", "func TestRoute(t *testing.T) {", false)]
    [InlineData("pkg/mine.go", "func TestRoute(t *testing.T) {", false)]
    public void Another_Go_test_file_goes_where_it_declares_a_function_of_the_tests_again(string path, string line, bool isDropped)
    {
        string tests = New("pkg/mux_test.go",
            "package pkg\nfunc TestRoute(t *testing.T) {\n}\nfunc helper[T any](v T) {\n}\nfunc init() {\n}");

        Text(Grade(New(path, line) + Source, [tests])).Contains(path, StringComparison.Ordinal).Should().Be(!isDropped);
    }

    [Theory]
    [InlineData("pkg/__pycache__/a.cpython-311.pyc", "pkg/__pycache__")]
    [InlineData(".pytest_cache/v/cache/lastfailed", ".pytest_cache")]
    [InlineData("web/node_modules/.cache/babel/x.json", "web/node_modules/.cache")]
    [InlineData("a/b.pyc", "a/b.pyc")]
    [InlineData(".DS_Store", ".DS_Store")]
    public void Caches_are_dropped(string path, string recorded)
    {
        string cache = $"diff --git a/{path} b/{path}\nnew file mode 100644\nindex 0000..1111\nGIT binary patch\nliteral 1\nIcmZ\n\n";

        GradedPatch graded = Grade(cache + Source + cache, []);

        Text(graded).Should().Be(Source);
        graded.Dropped.Should().Equal(new PatchOmission(recorded, OmissionReason.Cache));
    }

    [Theory]
    [InlineData("pkg/pycache/a.py")]
    [InlineData("node_modules/x/index.js")]
    [InlineData("src/cache/store.ts")]
    [InlineData("src/.coveragerc")]
    public void What_only_sounds_like_a_cache_stays(string path) => Text(Grade(New(path, "x"), [])).Should().Contain(path);

    [Theory]
    [InlineData("new file mode 160000\nindex 0000000..1111111\n--- /dev/null\n+++ b/lib\n@@ -0,0 +1 @@\n+Subproject commit 1111111\n")]
    [InlineData("index 0000000..1111111 160000\n"
        + "--- a/lib\n+++ b/lib\n@@ -1 +1 @@\n-Subproject commit 0000000\n+Subproject commit 1111111\n")]
    [InlineData("deleted file mode 160000\nindex 1111111..0000000\n--- a/lib\n+++ /dev/null\n@@ -1 +0,0 @@\n-Subproject commit 1111111\n")]
    public void A_reference_to_another_repository_is_dropped(string section)
    {
        GradedPatch graded = Grade("diff --git a/lib b/lib\n" + section + Source, []);

        Text(graded).Should().Be(Source);
        graded.Dropped.Should().Equal(new PatchOmission("lib", OmissionReason.Gitlink));
    }

    [Fact]
    public void What_was_dropped_once_is_dropped_again_without_the_tests()
    {
        string patch = New("pkg/mine_test.go", "func TestRoute(t *testing.T) {") + Source + New("x/__tests__/a.test.tsx", "mine");
        GradedPatch graded = Grade(patch,
            [New("pkg/mux_test.go", "func TestRoute(t *testing.T) {") + New("x/__tests__/a.test.tsx", "theirs")]);

        PatchFilter.Grade(Bytes(patch), DroppedPaths.Recorded(graded.Dropped)).Should()
            .BeEquivalentTo(new { graded.Dropped }).And.Match<GradedPatch>(again => Text(again) == Source);
    }

    [Fact]
    public void The_page_on_task_sets_names_every_reason_and_every_cache()
    {
        string page = File.ReadAllText(Path.Combine(ProjectFolder.Find(), "docs", "task-sets.md"));

        foreach (string name in EnumNames.AllNames<OmissionReason>().Concat(CacheFolders.Folders).Concat(CacheFolders.Files))
            page.Should().Contain($"`{name}`");
    }

    private static string Source => Change("src/a.py", "x", "y");

    private static string New(string path, string content) =>
        $"diff --git a/{path} b/{path}\nnew file mode 100644\nindex 0000000..1111111\n--- /dev/null\n+++ b/{path}\n"
        + $"@@ -0,0 +1,{content.Split('\n').Length} @@\n" + string.Concat(content.Split('\n').Select(line => $"+{line}\n"));

    private static string Change(string path, string from, string to) =>
        $"diff --git a/{path} b/{path}\nindex 0000000..1111111 100644\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-{from}\n+{to}\n";

    private static GradedPatch Grade(string patch, string[] tests) =>
        PatchFilter.Grade(Bytes(patch), DroppedPaths.Of(tests.Select(test => (ReadOnlyMemory<byte>)Bytes(test)), []));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(GradedPatch graded) => Encoding.UTF8.GetString(graded.Content.Span);
}
