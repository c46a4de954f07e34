using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

/// <summary>What a flush is good for shows only after a power failure; here, that it works on what there is, and breaks nothing.</summary>
public sealed class FolderFlushTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_is_flushed_again_and_again_without_holding_on_to_it()
    {
        string folder = Path.GetDirectoryName(_folder.File("ä b", "file"))!;
        Directory.CreateDirectory(folder);
        for (int round = 0; round < 2000; round++)
            FolderFlush.Flush(folder);

        OpenDescriptorsOf(folder).Should().BeEmpty();
        Directory.Delete(folder);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_no_fault_of_the_disk() =>
        FluentActions.Invoking(() => FolderFlush.Flush(_folder.File("nowhere"))).Should().NotThrow();

    private static IEnumerable<string> OpenDescriptorsOf(string folder) => !OperatingSystem.IsLinux()
        ? []
        : Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(link => new FileInfo(link).LinkTarget ?? "")
        .Where(target => target == folder);
}
