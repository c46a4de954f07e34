using FluentAssertions;
using Tandem.Cli.Doctor;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

public sealed class StoreCheckTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-store-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_store_on_a_local_disk_is_fine_and_stays_as_it_was()
    {
        StoreCheck.Examine(_folder).ToString().Should().Be($"ok      STORE       {_folder} can be written, and locks hold there");

        Directory.EnumerateFileSystemEntries(_folder).Should().BeEmpty();
    }

    [Fact]
    public void A_store_that_is_not_there_yet_is_looked_at_where_it_will_be()
    {
        string store = Path.Combine(_folder, "a", "b");

        Finding finding = StoreCheck.Examine(store);

        finding.Severity.Should().Be(Severity.Ok);
        finding.Evidence.Should().StartWith($"{store} (to be made in {_folder})");
        Directory.EnumerateFileSystemEntries(_folder).Should().BeEmpty();
    }

    [Theory]
    [InlineData("file")]
    [InlineData("file/store")]
    public void A_store_where_a_file_stands_is_a_fault(string store)
    {
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");

        Finding finding = StoreCheck.Examine(Path.Combine(_folder, store));

        finding.Severity.Should().Be(Severity.Fault);
        finding.Evidence.Should().EndWith($"{file} is a file");
    }

    [Fact]
    public void A_store_that_cannot_be_written_is_a_fault()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc is a folder that nobody can write to, not even root");

        StoreCheck.Examine("/proc/results").Severity.Should().Be(Severity.Fault);
    }
}
