using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Verbs;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets.Images;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>One image of a task for all hosts, by a folder of tars. Another host is this engine without the image, and with a base of its
/// own.</summary>
public sealed class ImageArchiveTests : DockerTestBase
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tandem-archive-");
    private SharedImageHost _host = null!;

    private string Tar => Path.Combine(_folder.FullName, "a_task", "task1.tar");

    private string Manifest => Path.ChangeExtension(Tar, ".json");

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _host = await SharedImageHost.CreateAsync(Engine, Token);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_host is not null)
            await _host.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact(Timeout = BackstopMs)]
    [Long]
    public async Task What_one_host_exports_another_runs_on_whatever_its_base()
    {
        string id = await BuildAsync();
        (await VerbAsync(ExitCodes.Ok, "export")).Should()
            .Match($"exported a_task/1  {_host.SharedReference}  * s\n1 task: 1 exported, 0 present, 0 failed in * s\n");
        Directory.EnumerateFiles(_folder.FullName, "*", SearchOption.AllDirectories).Should().BeEquivalentTo([Tar, Manifest]);
        (await VerbAsync(ExitCodes.Ok, "export")).Should().Contain("0 exported, 1 present, 0 failed");
        (await new OwnImages(Engine).ListAsync([_host.OneTask], Token)).Where(image => image.Id == id).Should().HaveCount(2, "its name of "
            + "this host and its name of all hosts").And.OnlyContain(image => image.Standing == ImageStanding.Current);

        await _host.BecomeAnotherAsync();
        (await VerbAsync(ExitCodes.Ok, "import")).Should().Contain("1 imported, 0 present, 0 absent, 0 failed");
        (await BuildAsync()).Should().Be(id);
        await _host.ChangeBaseAsync();
        (await BuildAsync()).Should().Be(id, "a base that is made anew here is nothing to an image of all hosts");
        (await VerbAsync(ExitCodes.Ok, "import")).Should().Contain("0 imported, 1 present, 0 absent, 0 failed");
    }

    [Fact(Timeout = BackstopMs)]
    [Long]
    public async Task An_export_that_was_killed_is_done_again_and_its_leftovers_go()
    {
        await BuildAsync();
        await ExportAsync();
        string old = Tar + ".0123.tmp";
        string young = Tar + ".4567.tmp";
        await File.WriteAllTextAsync(old, "left", Token);
        await File.WriteAllTextAsync(young, "in work", Token);
        File.SetLastWriteTimeUtc(old, TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-2));
        File.Delete(Manifest);
        (await RefusalAsync()).Should().Be($"There is {Tar}, but no {Manifest}: the export did not end. Export it again.");

        (await ExportAsync()).Should().Be(ArchiveOutcome.Done);
        File.Exists(old).Should().BeFalse();
        File.Exists(young).Should().BeTrue("another host may be writing it");
        await DamageAsync();
        (await ExportAsync()).Should().Be(ArchiveOutcome.Done, "a damaged tar is written anew");
        (await ExportAsync()).Should().Be(ArchiveOutcome.Present);
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task What_is_damaged_or_of_another_task_is_refused_before_it_is_loaded()
    {
        string id = await BuildAsync();
        await ExportAsync();
        await _host.RemoveAllAsync();
        string manifest = await File.ReadAllTextAsync(Manifest, Token);

        await DamageAsync();
        (await RefusalAsync()).Should()
            .Be($"{Tar} is not what was exported: its SHA-256 is not the one in its manifest. Copy it again, or export it again.");
        await using (FileStream tar = File.OpenWrite(Tar))
            tar.SetLength(tar.Length - 1);
        (await RefusalAsync()).Should().Match($"{Tar} is not what was exported: it has * bytes, and its manifest says *");
        File.Delete(Tar);
        (await RefusalAsync()).Should().Contain("it is not there");
        string processor = "\"architecture\": \"";
        await File.WriteAllTextAsync(Manifest, manifest.Replace(processor, processor + "other-", StringComparison.Ordinal), Token);
        (await RefusalAsync()).Should().Contain("which is made for other-").And.Contain("cannot share images");
        await File.WriteAllTextAsync(Manifest, manifest.Replace("a_task/1", "a_task/2", StringComparison.Ordinal), Token);
        (await RefusalAsync()).Should().Contain("of the task a_task/2, and not of a_task/1");
        await File.WriteAllTextAsync(Manifest, manifest[..(manifest.Length / 2)], Token);
        (await RefusalAsync()).Should().StartWith($"{Manifest} cannot be used: line ").And.EndWith("Export the image again.");
        await File.WriteAllTextAsync(Manifest, manifest, Token);
        _host.Set.With("a_task/task1/Dockerfile", "FROM scratch\n");
        (await RefusalAsync()).Should().Contain("its files differ from those that the image was built from");
        (await Engine.FindImageAsync(id, Token)).Should().BeNull("nothing of it was loaded");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_folder_without_these_images_is_no_success()
    {
        (await VerbAsync(ExitCodes.Red, "import")).Should().Contain("0 imported, 0 present, 1 absent, 0 failed").And
            .Contain($"{_folder.FullName} holds no image of these tasks. `./run.sh images export DIR` writes them");
        (await VerbAsync(ExitCodes.Red, "export")).Should().Contain("FAILED   a_task/1").And.Contain("`./run.sh images build` makes it.");
        _folder.EnumerateFiles().Should().BeEmpty();
    }

    [Fact(Timeout = BackstopMs)]
    [Long]
    public async Task Shards_build_and_export_each_task_once()
    {
        _host.Set.WithTask("a_task", 2).With("a_task/task2/Dockerfile", await File.ReadAllTextAsync(
            _host.Set.In("a_task/task1/Dockerfile"), Token));
        string[] built = [];
        for (int shard = 1; shard <= 3; shard++)
        {
            string[] options = ["--shard", $"{shard}/3"];
            string text = await VerbAsync(ExitCodes.Ok, ["images", "build", "--tasks", _host.Set.Root, .. options]);
            built = [.. built, .. text.Split('\n').Where(line => line.StartsWith("built", StringComparison.Ordinal))
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])];
            await VerbAsync(ExitCodes.Ok, ["images", "export", _folder.FullName, "--tasks", _host.Set.Root, .. options]);
        }
        built.Should().BeEquivalentTo("a_task/1", "a_task/2");
        await _host.RemoveAllAsync();
        (await VerbAsync(ExitCodes.Ok, "import")).Should().Contain("2 tasks: 2 imported, 0 present, 0 absent, 0 failed");
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task A_folder_that_cannot_be_written_is_named()
    {
        await BuildAsync();
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "a_task"), "a file", Token);
        (await FluentActions.Awaiting(ExportAsync).Should().ThrowAsync<SandboxException>()).Which.Message.Should()
            .StartWith($"{Tar} cannot be written: ");
    }

    private async Task<string> BuildAsync()
    {
        using var store = new ImageStore(Engine, RegistryLogins.OfUser(TimeProvider.System), TimeProvider.System, logs: null);
        return (await store.MakeAsync(_host.Source, Token)).Image.Id;
    }

    private ImageArchive Archive => new(Engine, _folder.FullName, TimeProvider.System);

    private Task<ArchiveOutcome> ExportAsync() => Archive.ExportAsync(_host.OneTask, Token);

    private async Task<string> RefusalAsync() => (await FluentActions.Awaiting(() => Archive.ImportAsync(_host.OneTask, Token)).Should()
        .ThrowAsync<SandboxException>()).Which.Message;

    /// <summary>Alters one byte in the middle.</summary>
    private async Task DamageAsync()
    {
        byte[] bytes = await File.ReadAllBytesAsync(Tar, Token);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(Tar, bytes, Token);
    }

    private Task<string> VerbAsync(int code, string verb) =>
        VerbAsync(code, ["images", verb, _folder.FullName, "--tasks", _host.Set.Root]);

    private static async Task<string> VerbAsync(int code, string[] line)
    {
        using var output = new StringWriter { NewLine = "\n" };
        (await CommandLine.RunAsync(line, output, output)).Should().Be(code, output.ToString());
        return output.ToString();
    }
}
