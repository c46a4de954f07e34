using System.Text;
using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Evaluation;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Faults;

/// <summary>What an agent leaves for those who take, apply and merge its patch: it costs the agent its work at most, and is never an error
/// of the infrastructure.</summary>
public sealed class PatchAttackTests(TinyTasks tiny) : FaultTests(tiny)
{
    private const string Sleep = "printf '#!/bin/sh\\nexec sleep 600\\n'";

    [Theory(Timeout = BackstopMs)]
    [InlineData(Sleep + " > /usr/local/bin/git; chmod 755 /usr/local/bin/git")]
    [InlineData(Sleep + " | replace git", Traits = ["Tier", "Long"])]
    [InlineData(Sleep + " | replace bash; " + Sleep + " | replace cat; " + Sleep + " | replace grep", Traits = ["Tier", "Long"])]
    [InlineData(Sleep + " | replace head; " + Sleep + " | replace find", Traits = ["Tier", "Long"])]
    [InlineData("rm -f .git/info/exclude; mkdir -p .git/info; mkfifo .git/info/exclude", Traits = ["Tier", "Long"])]
    [InlineData("rm -f .git/config; mkfifo .git/config", Traits = ["Tier", "Long"])]
    [InlineData("mkdir sparse; for i in $(seq 2000); do truncate -s 60M sparse/$i; done", Traits = ["Tier", "Long"])]
    public async Task An_agent_that_lets_the_taking_of_its_patch_hang_has_failed(string trap)
    {
        Cases.PatchTime = TimeSpan.FromSeconds(8);
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkThenRun($"{FaultCases.Replace}; {trap}"));

        ShouldBeTheAgents(record, "The engine answers");
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("truncate -s 1T core", "core")]
    [InlineData("truncate -s 1T 'my core'; truncate -s 2T tab\\\tcore; truncate -s 1T kept.o; echo '*.o' >> .git/info/exclude",
        "my core", "tab\tcore", Traits = ["Tier", "Long"])]
    [InlineData("mkdir inner; cd inner; git init -q; truncate -s 1T core; echo work > work.txt", "inner/core", Traits = ["Tier", "Long"])]
    [InlineData("truncate -s 1T open.txt; git add value.sh", "open.txt", Traits = ["Tier", "Long"])]
    public async Task A_file_that_claims_a_terabyte_is_left_out_and_named(string make, params string[] leftOut)
    {
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkThenRun(make));

        ShouldHavePassed(record);
        record.Agents[0].LeftOut.Should()
            .BeEquivalentTo(leftOut.Select(path => new PatchOmission(path, OmissionReason.TooLarge)));
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("git config filter.x.clean 'sleep 600'; echo '* filter=x' > .git/info/attributes", Traits = ["Tier", "Long"])]
    [InlineData("git config filter.x.process 'sleep 600'; git config filter.x.required true; echo '*.sh filter=x' > .gitattributes",
        Traits = ["Tier", "Long"])]
    [InlineData("printf '[filter \"a b\"]\\nclean = exit 1\\nrequired\\n' > .git/more; git config include.path more; "
        + "echo '* filter=\"a b\"' > .git/info/attributes", Traits = ["Tier", "Long"])]
    [InlineData("git config core.fsmonitor 'sleep 600'; git config diff.external 'sleep 600'", Traits = ["Tier", "Long"])]
    [InlineData("rm -rf /tandem; ln -s /tandem /tandem", Traits = ["Tier", "Long"])]
    [InlineData("rm -rf /tandem; echo file > /tandem", Traits = ["Tier", "Long"])]
    [InlineData("truncate -s 1T /tandem/submission.patch", Traits = ["Tier", "Long"])]
    [InlineData("mkfifo /tandem/submission.patch", Traits = ["Tier", "Long"])]
    [InlineData("ln -s /dev/zero /tandem/submission.patch", Traits = ["Tier", "Long"])]
    public async Task What_the_repository_configures_and_what_lies_in_the_way_does_not_cost_the_patch(string trap)
    {
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, FaultCases.WorkThenRun(trap));

        ShouldHavePassed(record);
    }

    [Fact(Timeout = BackstopMs)]
    [Long]
    public async Task A_patch_that_becomes_a_larger_difference_than_is_taken_does_not_apply()
    {
        var bomb = new PatchBomb(megabytes: 300);
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, Submitting(bomb.File("a.txt") + bomb.File("b.txt")));

        ShouldNotApply(record);
        record.Tests.Should().OnlyContain(test => test.Reason == TestFailureReason.NotMerged);
    }

    [Fact(Timeout = BackstopMs)]
    [Long]
    public async Task A_patch_that_needs_more_memory_than_a_sandbox_has_does_not_apply()
    {
        Cases.Configuration = Cases.Configuration with { Sandbox = Cases.Configuration.Sandbox with { MemoryMb = 64 } };
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, Submitting(new PatchBomb(megabytes: 150).File("a.txt")));

        ShouldNotApply(record);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_submission_of_more_sections_than_anybody_could_read_is_none()
    {
        string many = string.Concat(Enumerable.Repeat("diff --git\n", 200_000));
        RunRecord record = await Cases.RecordAsync(FaultCases.Solo, Submitting(many));

        // Nor can anybody say what is in the work tree.
        ShouldBeTheAgents(record, "git could not say");
    }

    internal static AgentKind Submitting(string patch) => FaultCases.WorkThen(async (context, token) =>
    {
        // In its own sandbox it sees to it that nobody can say whether that applies.
        const string Fake = "printf '#!/bin/sh\\nexit 3\\n' > /usr/local/bin/git; chmod 755 /usr/local/bin/git";
        await context.ExecAsync(ExecRequest.Shell(Fake), token);
        await context.Sandbox.PutFilesAsync([new SandboxFile(context.SubmissionFile, Encoding.UTF8.GetBytes(patch))], token);
        return AgentEnd.Submitted;
    });

    internal static void ShouldNotApply(RunRecord record)
    {
        record.Should().BeEquivalentTo(
            new { AgentStatus = AgentStatus.Submitted, InfraError = false, BothPassed = false, Attempt = 1, Error = (RunError?)null },
            "{0}", record.Error);
        record.Agents[0].ApplyStatus.Should().Be(ApplyStatus.Failed);
    }
}
