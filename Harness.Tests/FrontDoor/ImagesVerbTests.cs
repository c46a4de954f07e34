using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Images;
using Tandem.Cli.Setup;
using Tandem.Cli.Verbs;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets.Images;
using Tandem.Harness.Tests.TaskSets;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>What <c>images</c> prints and refuses; what it does to an engine is tested with the images.</summary>
public sealed class ImagesVerbTests
{
    private static readonly DateTimeOffset s_now = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_list_reads_so()
    {
        using TaskSetFolder set = new TaskSetFolder().WithTask("timespan_task", 14);
        OwnImage current = Image("tandem/timespan:task27-940a245dc7cd", TimeSpan.FromMinutes(26)) with
        { Standing = ImageStanding.Current, UsedFor = "timespan_task/27", Containers = 2 };
        OwnImage outdated = Image("tandem/timespan:task27-0123456789ab", TimeSpan.FromHours(47)) with
        { Standing = ImageStanding.Outdated, UsedFor = "timespan_task/27", Bytes = 1_240_000_000 };
        OwnImage foreign = Image("mine/other:task1-0123456789ab", TimeSpan.FromDays(12)) with { Bytes = 5_400, Containers = 1 };

        ImageTable.ToText([foreign, outdated, current], set.Load().Tasks, s_now).Should().Be("""
            image                                task                size     age  state     containers
            mine/other:task1-0123456789ab        -                   5 kB    12 d  foreign            1
            tandem/timespan:task27-0123456789ab  timespan_task/27  1.2 GB    47 h  outdated           0
            tandem/timespan:task27-940a245dc7cd  timespan_task/27  200 MB  26 min  current            2
            (size: with the layers that it shares with others; outdated: the task or its base image has changed since; foreign: of no task in this task set)
            No image yet: timespan_task/14. `./run.sh images build` makes these images, and so does a run that needs them.
            Images that nobody needs: 1. `./run.sh images prune` removes them.

            """);
        ImageTable.ToText([], [], s_now).Should().Be("No image was made here.\n");
    }

    [Fact]
    public void A_base_is_needed_as_long_as_a_task_builds_on_it()
    {
        using TaskSetFolder set = new TaskSetFolder().WithTask("a_task", 1).WithTask("a_task", 2)
            .With("a_task/task1/Dockerfile", "FROM docker.io/library/debian:bookworm-slim\n")
            .With("a_task/task2/Dockerfile", "FROM alpine\n");
        OwnImage judged = Needs(set)
            .Judge(Image("debian:bookworm-slim", TimeSpan.Zero) with { Source = ImageLabels.Debootstrap });
        judged.Standing.Should().Be(ImageStanding.Current);
        judged.UsedFor.Should().Be("base of 1 task");

        set.With("a_task/task1/Dockerfile", "FROM alpine\n");
        Needs(set).Judge(judged with { Standing = ImageStanding.Foreign }).IsUnneeded.Should().BeTrue();
    }

    private static ImageNeeds Needs(TaskSetFolder set) => ImageNeeds.Of(set.Load().Tasks, ["a:1", "a:2"]);

    [Theory]
    [InlineData("images list --tasks no-such-folder", "There is no task set at ")]
    [InlineData("images prune --tasks TEMP", "There is no usable task")]
    [InlineData("images build --repo nope", "There is no repository 'nope' in ")]
    [InlineData("images build --task 99", "There is no task 99 in ")]
    [InlineData("images build --task one", "--task one: ")]
    [InlineData("images push", "images push: which registry? Name it with --registry PREFIX, or in the variable TANDEM_IMAGE_REGISTRY.")]
    [InlineData("images push --registry https://example.org/x", "Name the host and the path without scheme and tag")]
    [InlineData("images build --registry Example", "is no registry prefix")]
    [InlineData("images build --shard 5/4", "--shard: There is no shard 5 of 4")]
    [InlineData("images export out --shard some", "--shard: 'some' is not a shard")]
    [InlineData("images import no-such-folder", "images import: there is no folder ")]
    [InlineData("images export", "dir")]
    [InlineData("images remove", "remove")]
    [InlineData("images list --dry-run", "--dry-run")]
    public async Task Bad_input_is_one_clear_line_and_exit_code_2(string line, string complaint)
    {
        DirectoryInfo empty = Directory.CreateTempSubdirectory("tandem-images-");
        using var error = new StringWriter();
        int code = await CommandLine.RunAsync([.. line.Split(' ').Select(word => word == "TEMP" ? empty.FullName : word)],
            TextWriter.Null, error);
        empty.Delete();

        code.Should().Be(ExitCodes.BadInput);
        error.ToString().Should().Contain(complaint).And.NotContain("   at ");
    }

    [Fact]
    public void Without_an_engine_the_reason_and_the_remedy_are_told()
    {
        var state = new EngineState(EngineOrigin.None, new EngineAnswer(null, "nothing there"), "nothing there", "start one");

        FluentActions.Invoking(() => state.Require("images")).Should().Throw<SandboxException>()
            .WithMessage("No engine answers, and 'images' needs one.\n  reason: nothing there\n  fix: start one");
        new EngineState(EngineOrigin.Available, new EngineAnswer(new EngineFacts("1", "1.41", "here", IsLocal: true)))
            .Invoking(available => available.Require("images")).Should().NotThrow();
    }

    private static OwnImage Image(string reference, TimeSpan age) => new()
    {
        Reference = reference,
        Id = "sha256:0",
        Source = "tandem/timespan:task27",
        Bytes = 200_450_659,
        CreatedUtc = s_now - age,
        Containers = 0,
    };
}
