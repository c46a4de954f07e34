using System.Text;
using FluentAssertions;
using Tandem.Harness.Evaluation;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Sandboxes;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

/// <summary>What of an agent's work reaches its patch, whatever it did to the repository.</summary>
[Slow]
public sealed class PatchTakerTests(ProcessSandboxFixture sandboxes, TinyTasks tiny)
    : EvaluatorTests(tiny), IClassFixture<ProcessSandboxFixture>, IClassFixture<TinyTasks>
{
    private const string Identity = "-c user.name=a -c user.email=a@example.invalid";

    [Fact(Timeout = BackstopMs)]
    public async Task A_repository_inside_that_has_no_commit_costs_nothing_of_the_work()
    {
        TakenPatch patch = await TakeAsync("""
            echo work >> list.txt; echo new > new.txt
            mkdir scratch; cd scratch; git init -q; echo x > x.txt; mkdir empty; cd empty; git init -q
            """);

        Text(patch.Content).Should().Contain("+work").And.Contain("b/new.txt").And.Contain("b/scratch/x.txt").And.NotContain("160000");
        patch.LeftOut.Should().BeEmpty();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task The_files_of_repositories_inside_repositories_are_in_the_patch()
    {
        TakenPatch patch = await TakeAsync($$"""
            echo work >> list.txt
            mkdir -p extra/inner && cd extra && git init -q && printf '*.log\n' > .gitignore && echo a > lib.txt && echo log > a.log
            (cd inner && git init -q && echo b > 'inner file.txt' && git add -A && git {{Identity}} commit -qm inner)
            git add -A && git {{Identity}} commit -qm extra && echo later >> lib.txt
            cd ../'a folder' && git init -q && echo more > more.txt && git add -A && git {{Identity}} commit -qm c
            """);

        Text(patch.Content).Should().Contain("b/extra/lib.txt").And.Contain("+later").And.Contain("b/extra/inner/inner file.txt").And
            .Contain("b/a folder/more.txt").And.NotContain("a.log").And.NotContain("160000").And.NotContain("deleted");
        patch.LeftOut.Should().BeEmpty();
        await AppliesAsync(patch);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_second_work_tree_of_the_repository_is_named_as_left_out()
    {
        TakenPatch patch = await TakeAsync("git worktree add -q other HEAD; echo x >> other/list.txt; echo work >> list.txt");

        Text(patch.Content).Should().Contain("+work").And.NotContain("other/");
        patch.LeftOut.Should().Equal(new PatchOmission("other", OmissionReason.LinkedWorkTree));
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("git update-index --assume-unchanged list.txt; echo work >> list.txt")]
    [InlineData("git update-index --skip-worktree list.txt; echo work >> list.txt", Traits = ["Tier", "Long"])]
    [InlineData("echo work >> list.txt; git update-index --assume-unchanged list.txt", Traits = ["Tier", "Long"])]
    [InlineData("echo work >> list.txt; git config core.worktree /tmp")]
    public async Task What_flags_and_the_configuration_hide_is_in_the_patch(string change)
    {
        TakenPatch patch = await TakeAsync(change);

        Text(patch.Content).Should().Contain("+work").And.NotContain("deleted");
        patch.LeftOut.Should().BeEmpty();
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("echo edit >> 'lib dir/lib.txt'", true)]
    [InlineData("echo new > 'lib dir/new.txt'", true, Traits = ["Tier", "Long"])]
    [InlineData("cd 'lib dir' && echo edit >> lib.txt && git " + Identity + " commit -qam edit", true)]
    [InlineData("rm -rf 'lib dir'", true, Traits = ["Tier", "Long"])]
    [InlineData("rm -rf 'lib dir/.git'", true, Traits = ["Tier", "Long"])]
    [InlineData("true", false)]
    public async Task A_change_inside_a_submodule_is_named_as_left_out(string change, bool isLeftOut)
    {
        string submodule = $$"""
            git init -q "$TANDEM_OUTSIDE/lib"
            (cd "$TANDEM_OUTSIDE/lib" && echo lib > lib.txt && git add -A && git {{Identity}} commit -qm lib)
            git -c protocol.file.allow=always submodule --quiet add "$TANDEM_OUTSIDE/lib" 'lib dir'
            git {{Identity}} commit -qam submodule
            """;

        TakenPatch patch = await TakeAsync($"({change})\necho work >> list.txt", submodule);

        Text(patch.Content).Should().Contain("+work").And.NotContain("Subproject");
        patch.LeftOut.Should().Equal(isLeftOut ? [new PatchOmission("lib dir", OmissionReason.Submodule)] : []);
    }

    [Fact(Timeout = BackstopMs)]
    [Long]
    public async Task What_is_too_large_is_left_out_and_the_rest_is_kept()
    {
        TakenPatch patch = await TakeAsync("""
            echo work >> list.txt
            for n in 1 2; do head -c 40000000 /dev/urandom > "$n.bin"; done
            """);

        Text(patch.Content).Should().Contain("+work").And.NotContain("1.bin");
        patch.LeftOut.Should().BeEquivalentTo(
            [new PatchOmission("1.bin", OmissionReason.TooLarge), new PatchOmission("2.bin", OmissionReason.TooLarge)]);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Caches_are_no_part_of_a_patch_even_where_they_were_staged()
    {
        string make = string.Join('\n', CacheFolders.Folders
            .Select((folder, i) => $"mkdir -p 'sub/{folder}/deep'; echo {i} > 'sub/{folder}/deep/f'")
            .Concat(CacheFolders.Files.Select(file => $"echo x > 'sub/{file.Replace("*", "m", StringComparison.Ordinal)}'")));

        TakenPatch patch = await TakeAsync(make + "\ngit add -A\necho work >> list.txt");

        Text(patch.Content).Should().Contain("+work").And.NotContain("sub/");
        patch.LeftOut.Should().BeEmpty();
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("printf ' ' > \"$SUBMISSION\"")]
    [InlineData("echo > \"$SUBMISSION\"", Traits = ["Tier", "Long"])]
    [InlineData("printf '\\r\\n\\t\\n' > \"$SUBMISSION\"")]
    public async Task A_blank_submission_is_none(string submit)
    {
        TakenPatch patch = await TakeAsync("echo work >> list.txt\n" + submit);

        Text(patch.Content).Should().Contain("+work");
        patch.Should().BeEquivalentTo(new
        { Source = PatchSource.WorkTree, Submission = SubmissionState.Blank, RefusedSubmission = (byte[]?)null });
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("printf '\\000\\001' > logo.png; git add -A; git diff --cached > \"$SUBMISSION\"")]
    [InlineData("git diff | sed 's/gamma/delta/' > \"$SUBMISSION\"")]
    [InlineData("git diff | sed '$d' > \"$SUBMISSION\"", Traits = ["Tier", "Long"])]
    [InlineData("echo 'I have finished.' > \"$SUBMISSION\"", Traits = ["Tier", "Long"])]
    public async Task A_submission_that_does_not_apply_gives_way_to_the_work_tree_and_is_kept(string submit)
    {
        TakenPatch patch = await TakeAsync("echo work >> list.txt\n" + submit);

        Text(patch.Content).Should().Contain("+work");
        patch.Should().BeEquivalentTo(new { Source = PatchSource.WorkTree, Submission = SubmissionState.DoesNotApply });
        patch.RefusedSubmission.Should().NotBeNullOrEmpty();
        await AppliesAsync(patch);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("git diff > \"$SUBMISSION\"; git checkout -q .")]
    [InlineData("git diff | head -c -1 > \"$SUBMISSION\"")]
    [InlineData("(git diff; printf 'diff --git a/tests/t.py b/tests/t.py\\n"
        + "--- a/tests/t.py\\n+++ b/tests/t.py\\n@@ -1 +1 @@\\n-x\\n+y\\n') > \"$SUBMISSION\"")]
    [InlineData("git " + Identity + " commit -qam done; git diff HEAD~ > \"$SUBMISSION\"")]
    public async Task A_submission_that_applies_is_taken_as_it_is(string submit)
    {
        TakenPatch patch = await TakeAsync("echo work >> list.txt\necho beside > beside.txt\n" + submit);

        Text(patch.Content).Should().Contain("+work").And.NotContain("beside");
        patch.Should().BeEquivalentTo(new { Source = PatchSource.Submission, Submission = SubmissionState.Applies });
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_submission_that_does_not_apply_is_taken_where_nothing_else_was_changed()
    {
        TakenPatch patch = await TakeAsync("echo 'I have finished.' > \"$SUBMISSION\"");

        Text(patch.Content).Should().Be("I have finished.\n");
        patch.Should().BeEquivalentTo(new { Source = PatchSource.Submission, Submission = SubmissionState.DoesNotApply });
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_submission_outlives_its_repository()
    {
        TakenPatch patch = await TakeAsync("echo work >> list.txt; git diff > \"$SUBMISSION\"; rm -rf .git");

        Text(patch.Content).Should().Contain("+work");
        patch.Should().BeEquivalentTo(new { Source = PatchSource.Submission, Submission = SubmissionState.NotChecked });
    }

    protected override Task<SandboxSubject> SubjectAsync() => ProcessSubjectAsync(sandboxes);

    /// <summary>Lets a script work in a fresh repository, and takes what it left.</summary>
    /// <param name="work">What the agent does; <c>SUBMISSION</c> names its submission file.</param>
    /// <param name="before">What the image does to its repository; <c>TANDEM_OUTSIDE</c> is a folder beside it.</param>
    private async Task<TakenPatch> TakeAsync(string work, string? before = null)
    {
        SandboxSubject subject = await SubjectAsync();
        ISandbox sandbox = await subject.Provider.CreateAsync((await RequestAsync(AnyTask(), Empty)).Sandbox, Token);
        await using (sandbox)
        {
            string outside = Directory.CreateTempSubdirectory("tandem-outside-").FullName;
            async Task RunAsync(string script)
            {
                ExecResult result = await sandbox.ExecAsync(
                    ExecRequest.Shell("set -e\n" + script) with
                    {
                        Environment = new Dictionary<string, string>(HermeticGit.Environment)
                        { ["SUBMISSION"] = sandbox.Paths.SubmissionFile, ["TANDEM_OUTSIDE"] = outside },
                    },
                    Token);
                result.Succeeded.Should().BeTrue(result.Stderr.Text);
            }
            try
            {
                await RunAsync("rm -f .git/index.lock; git checkout -q -f --detach; git clean -qfdx; git config --unset merge.ff\n"
                    + "git config --unset diff.noprefix; git config --unset diff.context\n" + before);
                string baseCommit = await ImageCheck.ReadBaseCommitAsync(sandbox, Token);
                await RunAsync(work);
                return await PatchTaker.TakeAsync(sandbox, baseCommit, Token);
            }
            finally
            {
                Directory.Delete(outside, recursive: true);
            }
        }
    }

    private async Task AppliesAsync(TakenPatch patch) =>
        (await EvaluateAsync(AnyTask(), patch.Content)).Report.ApplyStatus.Should().Equal([ApplyStatus.Applied]);

    private Tandem.Harness.TaskSets.CodingTask AnyTask() => Tiny.Task(TinyFeature.Passing(1), TinyFeature.Passing(2));

    private static string Text(byte[] patch) => Encoding.UTF8.GetString(patch);
}
