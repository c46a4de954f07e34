using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes;

public abstract partial class SandboxContract
{
    [Fact(Timeout = BackstopMs)]
    public async Task Files_come_back_as_they_were_put()
    {
        await using ISandbox sandbox = await CreateAsync();
        SandboxFile[] files =
        [
            new(sandbox.Paths.Repo + "/plain.txt", Utf8("text\r\nwithout end")),
            new(sandbox.Paths.Patches + "/empty.patch", default),
            new(sandbox.Paths.Scratch + "/new folder/deeper/two words.txt", Utf8("spaces")),
            new(sandbox.Paths.Scratch + "/ä ü 漢 🙂/Ünï.txt", Utf8("names")),
            new(sandbox.Paths.Scratch + "/it's \"odd\" $HOME `id` * \\n.txt", Utf8("quotes")),
            new(sandbox.Paths.Scratch + "/-rf", Utf8("dash")),
            new(sandbox.Paths.Scratch + "/" + new string('n', 200) + "/" + new string('m', 200), Utf8("long")),
            new(sandbox.Paths.Scratch + "/noise.bin", Noise(5_000_000)),
        ];
        await sandbox.PutFilesAsync(files, Token);
        foreach (SandboxFile file in files)
        {
            byte[]? read = await sandbox.GetFileAsync(file.Path, 5_000_000, Token);
            read.Should().NotBeNull(file.Path);
            file.Content.Span.SequenceEqual(read).Should().BeTrue(file.Path);
        }
        (await PrintAsync(sandbox, "cat plain.txt")).Should().Be("text\r\nwithout end", "commands see the same files");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Many_files_go_in_at_once()
    {
        await using ISandbox sandbox = await CreateAsync();
        await sandbox.PutFilesAsync([.. Enumerable.Range(0, 500)
            .Select(i => new SandboxFile($"{sandbox.Paths.Scratch}/many/{i % 7}/{i}", Utf8(Number(i))))], Token);
        (await PrintAsync(sandbox, $"cd '{sandbox.Paths.Scratch}/many'; find . -type f | wc -l")).Trim().Should().Be("500");
        (await PrintAsync(sandbox, $"cat '{sandbox.Paths.Scratch}/many/{499 % 7}/499'")).Should().Be("499");
        await sandbox.PutFilesAsync([], Token);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task What_a_command_wrote_can_be_taken_out()
    {
        await using ISandbox sandbox = await CreateAsync();
        await PrintAsync(sandbox, "printf '\\000\\377' > made.bin; : > empty; chmod 600 made.bin");
        (await sandbox.GetFileAsync(sandbox.Paths.Repo + "/made.bin", 100, Token)).Should().Equal(0x00, 0xff);
        (await sandbox.GetFileAsync(sandbox.Paths.Repo + "/empty", 100, Token)).Should().BeEmpty();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Modes_are_those_of_a_program_or_of_a_text()
    {
        await using ISandbox sandbox = await CreateAsync();
        string program = sandbox.Paths.Scratch + "/program";
        string text = sandbox.Paths.Scratch + "/text";
        byte[] script = Utf8("#!/bin/sh\necho ran\n");
        await sandbox.PutFilesAsync([new SandboxFile(program, script, Executable: true), new SandboxFile(text, script)], Token);
        (await PrintAsync(sandbox, $"stat -c %a '{program}' '{text}'")).Should().Be("755\n644\n");
        (await sandbox.ExecAsync(new ExecRequest { Command = [program] }, Token)).Stdout.Text.Should().Be("ran\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Putting_replaces()
    {
        await using ISandbox sandbox = await CreateAsync();
        string path = sandbox.Paths.Scratch + "/file";
        await sandbox.PutFilesAsync([new SandboxFile(path, Utf8("a long first version"), Executable: true)], Token);
        await PrintAsync(sandbox, $"ln '{path}' '{path}.other-name'");
        await sandbox.PutFilesAsync([new SandboxFile(path, Utf8("short"))], Token);
        (await PrintAsync(sandbox, $"cat '{path}'; stat -c %a '{path}'")).Should().Be("short644\n");
        (await PrintAsync(sandbox, $"cat '{path}.other-name'")).Should().Be("a long first version", "the file is another one now");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_link_is_replaced_and_not_written_through()
    {
        await using ISandbox sandbox = await CreateAsync();
        await PrintAsync(sandbox, "echo precious > target; ln -s target link");
        await sandbox.PutFilesAsync([new SandboxFile(sandbox.Paths.Repo + "/link", Utf8("new"))], Token);
        (await PrintAsync(sandbox, "cat target link; test -L link || echo no link")).Should().Be("precious\nnewno link\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task What_is_no_regular_file_is_not_there_to_get()
    {
        await using ISandbox sandbox = await CreateAsync();
        await PrintAsync(sandbox,
            "mkdir folder; echo x > file; ln -s file link; ln -s /etc/passwd outwards; ln -s nowhere dangling; mkfifo pipe");
        foreach (string name in new[]
            { "missing", "missing/deeper", "file/below-a-file", "folder", "link", "outwards", "dangling", "pipe" })
            (await sandbox.GetFileAsync($"{sandbox.Paths.Repo}/{name}", 1000, Token)).Should().BeNull(name);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_file_that_is_too_large_is_refused()
    {
        await using ISandbox sandbox = await CreateAsync();
        await PrintAsync(sandbox, "head -c 100000 /dev/zero > file");
        (await sandbox.GetFileAsync(sandbox.Paths.Repo + "/file", 100_000, Token)).Should().HaveCount(100_000);
        (await FluentActions.Awaiting(() => sandbox.GetFileAsync(sandbox.Paths.Repo + "/file", 99_999, Token)).Should()
            .ThrowAsync<SandboxException>())
            .Which.Fault.Should().Be(SandboxFault.TooLarge);
    }
}
