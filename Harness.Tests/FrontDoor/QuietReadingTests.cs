using FluentAssertions;
using Tandem.Cli.Running;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

public sealed class QuietReadingTests : IDisposable
{
    private readonly StoreLayout _layout = new(Directory.CreateTempSubdirectory("tandem-quiet-").FullName, "default");

    public QuietReadingTests()
    {
        Directory.CreateDirectory(_layout.RunsFolder);
        AddRecord();
    }

    public void Dispose() => Directory.Delete(_layout.StoreFolder, recursive: true);

    [Fact]
    public async Task What_nobody_writes_to_is_read_once()
    {
        (int readings, bool wasQuiet) = await ReadAsync(writes: 0);

        (readings, wasQuiet).Should().Be((1, true));
    }

    [Fact]
    public async Task A_record_that_another_process_adds_meanwhile_makes_it_read_again()
    {
        (int readings, bool wasQuiet) = await ReadAsync(writes: 2);

        (readings, wasQuiet).Should().Be((3, true));
    }

    [Fact]
    public async Task Where_records_never_cease_the_last_reading_is_said_to_be_unsure()
    {
        (int readings, bool wasQuiet) = await ReadAsync(writes: int.MaxValue);

        (readings, wasQuiet).Should().Be((QuietReading.MostTries, false));
    }

    private Task<(int Readings, bool WasQuiet)> ReadAsync(int writes)
    {
        int readings = 0;
        return QuietReading.ReadAsync(_layout, () =>
        {
            if (readings++ < writes)
                AddRecord();
            return Task.FromResult(readings);
        });
    }

    private void AddRecord() => File.AppendAllText(Path.Combine(_layout.RunsFolder, "solo.jsonl"), "{}\n");
}
