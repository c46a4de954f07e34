using FluentAssertions;
using Tandem.Harness.TaskSets.Images;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

public sealed class ImageLabelsTests
{
    [Theory]
    [InlineData("tandem/timespan:task27-940a245dc7cd", "tandem/timespan:task27", true)]
    [InlineData("akhatua/cooperbench-click:task2068", "akhatua/cooperbench-click:task2068", true)]
    [InlineData("tandem/timespan:task27-940a245dc7cd", "tandem/timespan:task14", false)]
    [InlineData("tandem/timespan:task27-mine", "tandem/timespan:task27", false)]
    [InlineData("tandem/timespan:task27-mine-is-best", "tandem/timespan:task27", false)]
    [InlineData("tandem/timespan:task271", "tandem/timespan:task27", false)]
    [InlineData("somebody/else:1", "tandem/timespan:task27", false)]
    [InlineData("debian:bookworm-slim", "debootstrap", true)]
    [InlineData("somebody/debian:bookworm-slim", "debootstrap", false)]
    [InlineData("nginx:1", "debootstrap", false)]
    public void An_image_is_ours_if_its_label_tells_of_its_very_name(string reference, string source, bool isOurs) =>
        ImageLabels.AreOurs(reference, new Dictionary<string, string> { ["tandem.image"] = "1", ["tandem.source"] = source })
            .Should().Be(isOurs);

    [Fact]
    public void Without_a_label_nothing_is_ours()
    {
        ImageLabels.AreOurs("tandem/timespan:task27-940a245dc7cd", null).Should().BeFalse();
        ImageLabels.AreOurs("debian:bookworm-slim", new Dictionary<string, string> { ["tandem.source"] = "debootstrap" })
            .Should().BeFalse();
        ImageLabels.AreOurs("debian:bookworm-slim", new Dictionary<string, string> { ["tandem.image"] = "1" }).Should().BeFalse();
    }

    [Theory]
    [InlineData("debian:bookworm-slim", "docker.io/library/debian:bookworm-slim", true)]
    [InlineData("debian", "debian:latest", true)]
    [InlineData("debian:bookworm", "debian:bookworm-slim", false)]
    [InlineData("localhost:5000/debian:1", "debian:1", false)]
    public void Spellings_of_one_image_are_known(string one, string two, bool same) => ImageName.AreSame(one, two).Should().Be(same);
}
