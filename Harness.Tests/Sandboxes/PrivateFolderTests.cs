using FluentAssertions;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Process;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes;

/// <summary>The folder of process sandboxes lies where every user may write.</summary>
public sealed class PrivateFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-private-").FullName;

    public PrivateFolderTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Owners and modes of files are Linux's.");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Ours => Path.Combine(_folder, "tandem-user");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_is_made_for_its_owner_alone()
    {
        await new PrivateFolder(Ours).RequireAsync(Token);

        ModeOf(Ours).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task One_that_others_may_write_is_closed()
    {
        Directory.CreateDirectory(Ours);
        SetMode(Ours, (UnixFileMode)0b111_111_111);

        await new PrivateFolder(Ours).RequireAsync(Token);

        ModeOf(Ours).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task A_link_is_refused_by_all_that_use_the_folder()
    {
        string elsewhere = Path.Combine(_folder, "elsewhere");
        Directory.CreateDirectory(elsewhere);
        Directory.CreateSymbolicLink(Ours, elsewhere);

        await RefusesAsync();
        Directory.EnumerateFileSystemEntries(elsewhere).Should().BeEmpty();
    }

    [Fact]
    public async Task Another_users_folder_is_refused()
    {
        Directory.CreateDirectory(Ours);
        ChildResult given = await ChildProcess.RunAsync(new ChildCommand("chown", "12345", Ours) { Environment = ChildEnvironment.Usual() },
            Token);
        Assert.SkipUnless(given.Succeeded, "Only root can give a folder away.");

        await RefusesAsync();
        Directory.EnumerateFileSystemEntries(Ours).Should().BeEmpty();
    }

    [Fact]
    public async Task A_file_in_its_place_is_named()
    {
        await File.WriteAllTextAsync(Ours, "", Token);

        (await FluentActions.Awaiting(() => new PrivateFolder(Ours).RequireAsync(Token)).Should().ThrowAsync<SandboxException>())
            .WithMessage($"*{Ours}*");
    }

    private async Task RefusesAsync()
    {
        await using var provider = new ProcessSandboxProvider(Ours);
        var spec = new SandboxSpec
        {
            Image = ProcessSandboxProvider.EmptyImage,
            Name = "one",
            Owner = new SandboxOwner("store", "tests", "solo/a/1/f1_f2/seed0", "attempt1", "agent1"),
        };
        foreach (Func<Task> use in new Func<Task>[]
        {
            () => provider.CreateAsync(spec, Token),
            () => provider.SweepAsync(null, Token),
            () => provider.PrepareImageAsync(new SandboxImageSource("a", _folder, "digest", true), Token),
        })
        {
            (await use.Should().ThrowAsync<SandboxException>())
                .WithMessage($"The folder of sandboxes {Ours} is a link or belongs to another user*");
        }
    }

    private static UnixFileMode ModeOf(string path) => OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path);

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
    }
}
