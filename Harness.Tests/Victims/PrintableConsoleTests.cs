using FluentAssertions;
using Xunit;

namespace Tandem.Harness.Tests.Victims;

/// <summary>A run prints lines while the runner of its tests prints others to the same terminal.</summary>
[Slow]
public sealed class PrintableConsoleTests
{
    private const int Lines = 20_000;
    private const int Threads = 4;
    private const int BackstopMs = 120_000;

    [Fact(Timeout = BackstopMs)]
    public async Task Neither_waits_for_the_other_and_each_line_is_printed_whole()
    {
        await using var printing = Dummy.Start(DummyProgram.PrintAsync, $"{Lines}");

        string[] printed = (await printing.WaitForEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        printed.Should().HaveCount(Threads * Lines).And.OnlyHaveUniqueItems().And
            .OnlyContain(line => line.StartsWith("thread ", StringComparison.Ordinal));
    }
}
