using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Sandboxes;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Cases;

/// <summary>What of an agent's work becomes its patch.</summary>
[Slow]
public sealed class PatchOutcomeTests : IAsyncDisposable
{
    private readonly RunsFixture _runs = new();

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

    [Fact]
    public async Task A_submission_file_is_taken_instead_of_the_work_tree()
    {
        RunRecord record = await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.GoldThen(async (context, token) =>
        {
            await context.ExecAsync(
                ExecRequest.Shell($"git diff > {context.Sandbox.Paths.Scratch}/submission.patch && git checkout -q . && git clean -fdq"),
                token);
            return AgentEnd.Submitted;
        }));

        record.Agents[0].PatchSource.Should().Be(PatchSource.Submission);
        record.Agents[0].PatchBytes.Should().BePositive();
    }

    [Fact]
    public async Task Commits_new_files_and_binary_content_are_in_the_patch_and_ignored_files_are_not()
    {
        RunRecord record = await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Agent(async (context, token) =>
        {
            await context.BeginStepAsync(token);
            const string Script = """
                set -e
                printf '*.log\n' >> .gitignore; echo x > ignored.log
                printf 'a\r\nb\000c' > 'new file é.bin'; echo committed > committed.txt
                git add committed.txt; git -c user.name=a -c user.email=a@b commit -q -m work
                """;
            (await context.ExecAsync(ExecRequest.Shell(Script), token)).Succeeded.Should().BeTrue();
            return AgentEnd.Submitted;
        }));

        string patch = await File.ReadAllTextAsync(Path.Combine(_runs.Layout.AttemptFolder(RunsFixture.Solo, 1), "solo.patch"),
            TestContext.Current.CancellationToken);
        patch.Should().Contain("GIT binary patch").And.Contain("committed.txt").And.Contain(".gitignore").And.NotContain("ignored.log");
        record.MergeOutcome.Should().Be(MergeOutcome.MergeClean);
    }

    [Fact]
    public async Task A_destroyed_repository_is_the_agents_error_and_not_ours()
    {
        RunRecord record = await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Agent(async (context, token) =>
        {
            await context.BeginStepAsync(token);
            await context.ExecAsync(ExecRequest.Shell("rm -rf .git"), token);
            return AgentEnd.Submitted;
        }));

        record.Should().BeEquivalentTo(new { AgentStatus = AgentStatus.Error, InfraError = false, BothPassed = false });
        record.Agents[0].Error.Should().Contain("git could not say what the agent changed");
    }
}
