using System.Globalization;
using FluentAssertions;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.TaskSets.Images;
using Tandem.Harness.Tests.Messaging;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>What stays of a build's output.</summary>
public sealed class BuildLogTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tandem-logs-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_message_gets_the_last_lines_and_the_file_everything()
    {
        var log = new BuildLog();
        foreach (int line in Enumerable.Range(1, 100))
            log.Add(new ProgressLine(string.Create(CultureInfo.InvariantCulture, $"line {line}\n"), null, null, null, null));

        log.End.Split('\n').Should().HaveCount(40).And.EndWith("line 100");
        log.Whole.Should().StartWith("line 1\nline 2\n").And.EndWith("line 100\n");
    }

    [Fact]
    public void Of_one_image_the_newest_logs_are_kept()
    {
        var clock = new SteppedClock();
        var logs = new BuildLogFolder(Path.Combine(_folder.FullName, "made", "on", "demand"), clock);
        string other = logs.Keep("tandem/x:task2-0123456789ab", "other");
        foreach (int number in Enumerable.Range(1, BuildLogFolder.MostPerImage + 2))
            logs.Keep("tandem/x:task1-0123456789ab", string.Create(CultureInfo.InvariantCulture, $"{number}")).Should()
                .MatchRegex(@"^is in .*tandem_x_task1-0123456789ab_\d{8}T\d{9}Z\.log$");

        string[] kept = Directory.GetFiles(Path.Combine(_folder.FullName, "made", "on", "demand"));
        kept.Order(StringComparer.Ordinal).Select(File.ReadAllText).Should().Equal("3", "4", "5", "6", "7", "other");
        other.Should().Be("is in " + kept.Single(file => file.Contains("task2", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_log_that_cannot_be_kept_is_no_second_fault()
    {
        string file = Path.Combine(_folder.FullName, "file");
        File.WriteAllText(file, "");
        new BuildLogFolder(file, TimeProvider.System).Keep("tandem/x:task1", "text").Should()
            .StartWith("could not be kept (").And.Contain(file);
    }
}
