using System.Runtime.InteropServices;
using FluentAssertions;
using Tandem.Analysis.Data;
using Tandem.Analysis.Querying;
using Tandem.Analysis.Tests.Stores;
using Xunit;

namespace Tandem.Analysis.Tests.Querying;

/// <summary>How DuckDB's library is fetched, by stand-ins for the real project, which <see cref="QueryTests"/> builds.</summary>
[Trait("Tier", "Slow")]
public sealed class DuckDbProjectTests : IDisposable
{
    private const string Version = "1.2.3";
    private const string Platform = "some-platform";
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact, Trait("Tier", "Long")]
    public async Task Two_first_queries_at_once_fetch_the_library_once()
    {
        Project(
            $"""
            <WriteLinesToFile File="builds.txt" Lines="$(DuckDbVersion) $(DuckDbPlatform)" />
            <WriteLinesToFile File="bin/$(DuckDbVersion)/$(DuckDbPlatform)/{DuckDbLibrary.FileName}" Lines="library" />
            """);

        (string Library, string Notice)[] first = await Task.WhenAll(LibraryAsync(), LibraryAsync());
        (string Library, string Notice) later = await LibraryAsync();

        first.Select(one => one.Library).Append(later.Library).Should().AllBe(Library);
        string[] builds = await File.ReadAllLinesAsync(_folder.File("builds.txt"), Token);
        builds.Should().Equal([$"{Version} {Platform}"], "one build served both");
        first.Select(one => one.Notice).Should().ContainSingle(notice => notice.StartsWith("Fetching DuckDB's library by NuGet, once"));
        later.Notice.Should().BeEmpty();
    }

    [Fact]
    public async Task A_build_that_fails_is_shown_with_its_error()
    {
        Project("""<Error Text="The disk is full." />""");

        RefusedException refused = await RefusedAsync();

        refused.Message.Should().Be("DuckDB's library could not be fetched: its build ended with exit code 1. The disk is full.");
        refused.Next.Should().StartWith($"`dotnet build {_folder.Path}` shows all that the build prints. Or set TANDEM_DUCKDB ");
    }

    [Fact, Trait("Tier", "Long")]
    public async Task A_build_that_leaves_no_library_is_named()
    {
        Project("");

        (await RefusedAsync()).Message.Should().EndWith($" ended well, but left no {Library}.");
    }

    [Fact, Trait("Tier", "Long")]
    public async Task Without_a_connection_the_source_that_does_not_answer_is_named()
    {
        File.Copy(RealProject(), _folder.File(DuckDbProject.FileName));
        File.WriteAllText(
            _folder.File("Directory.Build.props"),
            "<Project><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>");
        File.WriteAllText(
            _folder.File("NuGet.config"),
            """
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <packageSources>
                <clear />
                <add key="nobody" value="http://127.0.0.1:1/index.json" allowInsecureConnections="true" />
              </packageSources>
            </configuration>
            """);

        RefusedException refused = await RefusedAsync();

        refused.Message.Should()
            .StartWith($"DuckDB's library could not be fetched: NuGet did not get the package DuckDB.NET.Bindings.Full {Version}. NU1301: ")
            .And.Contain("127.0.0.1:1");
        refused.Next.Should().StartWith("Check the connection and the package sources (dotnet nuget list source), ");
    }

    [Fact]
    public async Task A_machine_for_which_the_package_has_nothing_is_named_before_anything_is_fetched()
    {
        RefusedException refused = await RefusedAsync(new DuckDbProject(_folder.Path, Version, platform: null));

        refused.Message.Should().Contain($"but not for this machine ({RuntimeInformation.RuntimeIdentifier}).");
        refused.Next.Should().StartWith("Get a library that runs here, and set TANDEM_DUCKDB to the path of a ");
        Directory.EnumerateFileSystemEntries(_folder.Path).Should().BeEmpty();
    }

    [Fact]
    public async Task A_folder_that_takes_no_file_is_named()
    {
        File.WriteAllText(_folder.File("obj"), "a file where the folder should be");

        RefusedException refused = await RefusedAsync();

        refused.Message.Should().StartWith($"DuckDB's library cannot be put into {_folder.Path}: ");
        refused.Next.Should().StartWith("Let a user query once who may write there, or set TANDEM_DUCKDB to the path of a ");
    }

    [Fact]
    public async Task A_query_that_is_stopped_while_it_waits_says_so()
    {
        Project("");
        Directory.CreateDirectory(_folder.File("obj"));
        await using var other = new FileStream(_folder.File("obj", "fetch.lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var notice = new StringWriter();
        Task<string> waiting = new DuckDbProject(_folder.Path, Version, Platform).LibraryAsync(notice, stop.Token);

        await stop.CancelAsync();

        await FluentActions.Awaiting(() => waiting).Should()
            .ThrowAsync<RefusedException>().WithMessage("Waiting for DuckDB's library was stopped.");
        notice.ToString().Should().StartWith("Waiting for another query, which fetches DuckDB's library ...");
    }

    [Theory]
    [InlineData("linux-x64", Architecture.X64, "linux-x64")]
    [InlineData("ubuntu.24.04-arm64", Architecture.Arm64, "linux-arm64")]
    [InlineData("linux-musl-x64", Architecture.X64, null)]
    [InlineData("alpine.3.22-x64", Architecture.X64, null)]
    [InlineData("linux-arm", Architecture.Arm, null)]
    [InlineData("freebsd.14-x64", Architecture.X64, null)]
    [InlineData("osx-arm64", Architecture.Arm64, "osx")]
    [InlineData("win-x64", Architecture.X64, "win-x64")]
    public void A_machine_has_the_packages_name_if_it_has_any(string runtime, Architecture architecture, string? expected) =>
        DuckDbProject.PlatformOf(runtime, architecture).Should().Be(expected);

    private string Library => Path.Combine(_folder.Path, "bin", Version, Platform, DuckDbLibrary.FileName);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private void Project(string tasks) => File.WriteAllText(
        _folder.File(DuckDbProject.FileName),
        $"""<Project DefaultTargets="Fetch"><Target Name="Fetch">{tasks}</Target></Project>""");

    private async Task<(string Library, string Notice)> LibraryAsync()
    {
        var notice = new StringWriter();
        return (await new DuckDbProject(_folder.Path, Version, Platform).LibraryAsync(notice, Token), notice.ToString());
    }

    private Task<RefusedException> RefusedAsync() => RefusedAsync(new DuckDbProject(_folder.Path, Version, Platform));

    private static async Task<RefusedException> RefusedAsync(DuckDbProject project) =>
        (await FluentActions.Awaiting(() => project.LibraryAsync(TextWriter.Null, Token))
            .Should().ThrowAsync<RefusedException>()).Which;

    private static string RealProject()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "DuckDb", DuckDbProject.FileName)))
            folder = folder.Parent;
        return Path.Combine(folder!.FullName, "DuckDb", DuckDbProject.FileName);
    }
}
