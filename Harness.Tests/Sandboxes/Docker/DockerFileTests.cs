using Docker.DotNet.Models;
using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>
/// Which way files go in: by the sandbox's own programs while they are the image's, by the engine's archive once an agent may have replaced
/// them. What arrives is the same.
/// </summary>
public sealed class DockerFileTests : DockerTestBase
{
    private static readonly byte[] s_bytes = [.. Enumerable.Range(0, 20_000).Select(i => (byte)(i * 7919 >> 3))];

    [Fact(Timeout = BackstopMs)]
    public async Task Small_files_go_in_without_the_engine_while_only_the_harness_has_run_commands()
    {
        await using ISandbox sandbox = await CreateAsync();
        await PutAsync(sandbox, "/tandem/new/folder/it's_$HOME_`id`", "/patches/two", "/opt/three");
        await OursAsync(sandbox, "cd /patches && ln two other-name && ln -sf /opt/three /tandem/link && chmod 600 /patches/two");
        await PutAsync(sandbox, "/patches/two", "/tandem/link");

        (await OursAsync(sandbox, "cd /patches && stat -c '%a %u:%g %h' two other-name /tandem/new/folder; stat -c %F /tandem/link"))
            .Should()
            .Be("755 0:0 1\n600 0:0 1\n755 0:0 2\nregular file\n", "what was there is replaced, and written through neither");
        (await ArchivesAsync(sandbox)).Should().Be(0);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Files_are_out_of_reach_of_what_an_agent_has_made_of_the_sandbox_s_programs(bool isReset)
    {
        await using ISandbox sandbox = await CreateAsync();
        await PrintAsync(sandbox,
            "for program in tar base64; do printf '#!/bin/sh\\ncat >/dev/null; echo forged >/patches/two\\n' >/usr/bin/$program; done");
        if (isReset)
            await sandbox.ResetProcessesAsync(Token);

        await PutAsync(sandbox, "/patches/two");

        (await ArchivesAsync(sandbox)).Should().Be(1);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("rm /usr/bin/tar")]
    [InlineData("rm /usr/bin/base64", Traits = ["Tier", "Long"])]
    [InlineData("printf '#!/bin/sh\\necho half >/patches/two; kill -9 $$\\n' >/usr/bin/tar")]
    [InlineData("printf '#!/bin/sh\\nkill -9 $PPID\\n' >/usr/bin/base64")]
    public async Task An_image_without_the_programs_gets_its_files_all_the_same(string spoil)
    {
        await using ISandbox sandbox = await CreateAsync();
        await OursAsync(sandbox, spoil);
        await PutAsync(sandbox, "/patches/two", "/tandem/new/file");
        (await ArchivesAsync(sandbox)).Should().Be(1);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("/tandem/two words")]
    [InlineData("/tandem/ä")]
    [InlineData("/tandem/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
        + "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn/n")]
    public async Task Names_that_not_every_tar_reads_alike_go_by_the_engine(string path)
    {
        await using ISandbox sandbox = await CreateAsync();
        await PutAsync(sandbox, path);
        (await ArchivesAsync(sandbox)).Should().Be(1);
    }

    /// <summary>Puts files with the same bytes, the first executable, and looks whether they came whole.</summary>
    private static async Task PutAsync(ISandbox sandbox, params string[] paths)
    {
        await sandbox.PutFilesAsync([.. paths.Select((path, i) => new SandboxFile(path, s_bytes, Executable: i == 0))], Token);
        foreach (string path in paths)
            (await sandbox.GetFileAsync(path, s_bytes.Length, Token)).Should().Equal(s_bytes, path);
    }

    private static async Task<string> OursAsync(ISandbox sandbox, string script)
    {
        ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell(script) with { RunsNoAgentCode = true }, Token);
        result.Succeeded.Should().BeTrue("`{0}` should work, but: {1} {2}", script, result.Outcome, result.Stderr.Text);
        return result.Stdout.Text;
    }

    private async Task<int> ArchivesAsync(ISandbox sandbox)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        IReadOnlyList<Message> events = await Engine
            .GetEventsAsync(sandbox.Id, now - TimeSpan.FromMinutes(5), now, ["create", "extract-to-dir"], Token);
        events.Should().Contain(one => one.Action == "create", "the engine remembers that far back");
        return events.Count(one => one.Action == "extract-to-dir");
    }
}
