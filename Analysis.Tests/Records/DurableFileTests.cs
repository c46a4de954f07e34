using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class DurableFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_written_with_its_folder_and_replaced_whole()
    {
        string path = _folder.File("a", "b", "file.json");
        DurableFile.Write(path, "a longer first"u8);
        DurableFile.Write(path, "second"u8);

        File.ReadAllText(path).Should().Be("second");
        Names("a", "b").Should().Equal("file.json");
    }

    [Fact]
    public void A_writer_that_fails_leaves_the_old_file_and_nothing_else()
    {
        string path = _folder.File("file.json");
        DurableFile.Write(path, "old"u8);

        FluentActions.Invoking(() => DurableFile.Write(path, stream =>
        {
            stream.Write(new byte[1_000_000]);
            throw new InvalidOperationException("half way");
        })).Should().Throw<InvalidOperationException>();

        File.ReadAllText(path).Should().Be("old");
        Names().Should().Equal("file.json");
    }

    [Fact]
    public void Large_content_is_streamed()
    {
        string path = _folder.File("file.json");
        DurableFile.Write(path, stream =>
        {
            for (int i = 0; i < 1000; i++)
                stream.Write(new byte[1001]);
        });

        new FileInfo(path).Length.Should().Be(1_001_000);
    }

    [Fact]
    public async Task Of_many_that_make_a_file_in_a_folder_that_is_not_there_one_makes_it_and_none_fails()
    {
        const int Makers = 8;
        const int Rounds = 300;
        using var round = new Barrier(Makers);
        int[] made = new int[Rounds];
        void Make()
        {
            for (int i = 0; i < Rounds; i++)
            {
                round.SignalAndWait(TestContext.Current.CancellationToken);
                try
                {
                    if (DurableFile.TryCreate(_folder.File($"store{i}", "experiment", "experiment.json"), "x"u8))
                        Interlocked.Increment(ref made[i]);
                }
                catch
                {
                    // The others are not to wait for this one.
                    round.RemoveParticipant();
                    throw;
                }
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Makers).Select(_ => Task.Factory.StartNew(Make, TaskCreationOptions.LongRunning)));

        made.Should().OnlyContain(makers => makers == 1);
    }

    [Fact]
    public void An_existing_file_is_never_created_again()
    {
        string path = _folder.File("file.json");

        DurableFile.TryCreate(path, "first"u8).Should().BeTrue();
        DurableFile.TryCreate(path, "second"u8).Should().BeFalse();

        File.ReadAllText(path).Should().Be("first");
        Names().Should().Equal("file.json");
    }

    [Fact]
    public void Of_many_that_create_one_file_exactly_one_succeeds()
    {
        for (int round = 0; round < 50; round++)
        {
            string path = _folder.File($"claim{round}.json");
            int[] winners = [.. Enumerable.Range(0, 4).AsParallel().WithDegreeOfParallelism(4)
                .Where(i => DurableFile.TryCreate(path, [(byte)('0' + i)]))];

            winners.Should().ContainSingle();
            File.ReadAllText(path).Should().Be($"{winners[0]}");
        }
    }

    private IEnumerable<string?> Names(params string[] below) =>
        Directory.EnumerateFileSystemEntries(_folder.File(below)).Select(Path.GetFileName);
}
