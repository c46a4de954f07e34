using Docker.DotNet.Models;
using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Images;
using Tandem.Cli.Verbs;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Sandboxes.Docker.Engine;
using Tandem.Harness.TaskSets.Images;
using Tandem.Harness.Tests.TaskSets;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>A task set's images from their building to their removal. What is removed here is only what is made here: the engine may be
/// shared.</summary>
public sealed class OwnImagesTests : DockerTestBase
{
    private readonly TaskSetFolder _set = new();
    private readonly string _prefix = $"tandem-test-{Guid.NewGuid().ToString("N")[..12]}";
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly List<string> _strangers = [];
    private readonly DirectoryInfo _logs = Directory.CreateTempSubdirectory("tandem-logs-");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (Provider is not null)
        {
            foreach (string reference in (await ListAsync()).Select(image => image.Reference).Concat(_strangers))
                await Engine.RemoveImageAsync(reference, evenIfUsed: true, CancellationToken.None);
        }
        _set.Dispose();
        _output.Dispose();
        _logs.Delete(recursive: true);
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task Images_are_built_listed_outdated_and_removed_but_for_what_is_needed()
    {
        WithTasks(1, 2);
        (await BuildAsync()).Should().BeTrue(_output.ToString());
        _output.ToString().Should().MatchRegex($@"(?m)^built    a_task/1  {_prefix}/a:task1-[0-9a-f]{{12}}  \d+\.\d s$").And
            .Contain("2 tasks: 2 made, 0 present, 0 failed in ");
        (await ListAsync()).Should().HaveCount(2).And.OnlyContain(image => image.Standing == ImageStanding.Current && image.Containers == 0
            && !image.IsUnneeded && image.Bytes > 0)
            .And.OnlyContain(image => TimeProvider.System.GetUtcNow() - image.CreatedUtc < TimeSpan.FromMinutes(10));

        Dockerfile(1, "RUN echo changed > /version");
        Dockerfile(2, "RUN echo changed > /version");
        IReadOnlyList<OwnImage> outdated = await ListAsync();
        outdated.Select(image => (image.Standing, image.UsedFor)).Should()
            .Equal((ImageStanding.Outdated, "a_task/1"), (ImageStanding.Outdated, "a_task/2"));
        (await new OwnImages(Engine).FindMissingAsync(_set.Load().Tasks, Token)).Select(task => task.TaskId).Should().Equal(1, 2);
        (await BuildAsync()).Should().BeTrue(_output.ToString());

        await using (ISandbox user =
            await CreateAsync(spec => spec with { Image = new SandboxImage(outdated[1].Reference, outdated[1].Id) }))
        {
            (await PruneAsync(dryRun: true)).Should().Contain($"would remove {outdated[0].Reference}: outdated").And
                .Contain($"kept {outdated[1].Reference}: outdated, used by 1 container")
                .And.MatchRegex("(?m)^Would remove 1 image, which frees at least [0-9]+ (kB|MB)[.]$");
            (await ListAsync()).Should().HaveCount(4, "a dry run removes nothing");

            (await PruneAsync()).Should().Contain($"removed {outdated[0].Reference}: outdated").And
                .Contain($"kept {outdated[1].Reference}").And.Contain("Removed 1 image");
            (await new OwnImages(Engine).TryRemoveAsync(outdated[1] with { Containers = 0 }, Token)).Should()
                .Contain("container", "the engine itself refuses what has come into use since the list was made");
        }
        (await PruneAsync()).Should().Contain($"removed {outdated[1].Reference}");
        (await ListAsync()).Should().HaveCount(2).And.OnlyContain(image => image.Standing == ImageStanding.Current);
        (await PruneAsync()).Should().Be("Nothing to remove: 2 images made here, all of them needed.\n");
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task What_others_build_on_our_images_is_not_ours()
    {
        WithTasks(1);
        await BuildAsync();
        OwnImage ours = (await ListAsync()).Should().ContainSingle().Subject;
        _set.With("strangers/Dockerfile", $"FROM {ours.Reference}\nRUN echo theirs > /theirs\n");
        await using (Stream context = await new BuildContextTar(_set.In("strangers"), isInput: null, forBuildKit: false).PackAsync(Token))
            await Engine.BuildImageAsync(Stranger("theirs:1"), [], context, withBuildKit: false, _ => { }, Token);
        var copy = new ImageTagParameters { RepositoryName = $"{_prefix}/a", Tag = "task1-copy" };
        await Engine.SendAsync(new EngineCall("naming an image"), (docker, token) =>
            docker.Images.TagImageAsync(ours.Reference, copy, token), Token);
        Stranger("a:task1-copy");
        (await Engine.ListImagesAsync(ImageLabels.Made, Token)).SelectMany(image => image.RepoTags ?? []).Should()
            .Contain(Stranger("theirs:1"), "it inherits the label");

        _set.WithTask("b_task", 5).Without("a_task");
        (await ListAsync()).Should().ContainSingle().Which.Standing.Should().Be(ImageStanding.Foreign);
        (await PruneAsync()).Should().Contain($"removed {ours.Reference}: foreign").And.NotContain("theirs").And.NotContain("copy");
        (await Engine.FindImageAsync(Stranger("theirs:1"), Token)).Should().NotBeNull();
        (await Engine.FindImageAsync(Stranger("a:task1-copy"), Token)).Should().NotBeNull();
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task A_build_that_fails_is_told_with_its_end_and_keeps_no_other_from_being_built()
    {
        WithTasks(1, 2, 3);
        Dockerfile(2, "RUN for i in $(seq 100); do echo line $i; done; echo the complaint; exit 3");
        (await BuildAsync()).Should().BeFalse();
        _output.ToString().Should().MatchRegex($"(?m)^FAILED   a_task/2  {_prefix}/a:task2 ").And.MatchRegex("(?m)^  the complaint$").And
            .Contain("3 tasks: 2 made, 0 present, 1 failed in ");
        (await ListAsync()).Select(image => image.UsedFor).Should().Equal("a_task/1", "a_task/3");
        FileInfo log = _logs.EnumerateFiles().Should().ContainSingle("what worked leaves no log").Subject;
        _output.ToString().Should().Contain($"whole output is in {log.FullName}").And.NotContain("line 50\n");
        (await File.ReadAllTextAsync(log.FullName, Token)).Should().Contain("\nline 1\n").And.Contain("\nline 50\n").And
            .Contain("\nthe complaint\n").And.Contain("code: 3").And.Contain(_set.In("a_task/task2"));

        Dockerfile(2, "RUN echo mended");
        _output.GetStringBuilder().Clear();
        (await BuildAsync()).Should().BeTrue();
        _output.ToString().Should().Contain("present  a_task/1").And.Contain("built    a_task/2").And
            .Contain("3 tasks: 1 made, 2 present, 0 failed in ");
        _logs.EnumerateFiles().Should().ContainSingle();
    }

    [Fact(Timeout = BackstopMs)]
    public async Task The_verb_lists_builds_and_tells_what_it_would_remove()
    {
        WithTasks(1, 2);
        (await VerbAsync("images", "--tasks", _set.Root)).Should().Contain("No image yet: a_task/1, a_task/2. `./run.sh images build`");
        (await VerbAsync("images", "build", "--tasks", _set.Root, "--task", "2")).Should().Contain("built    a_task/2").And
            .Contain("1 task: 1 made").And.NotContain("a_task/1");
        (await VerbAsync("images", "list", "--tasks", _set.Root)).Should()
            .MatchRegex($@"(?m)^{_prefix}/a:task2-\w+ +a_task/2 .* (kB|MB) +0 min  current +0$").And.Contain("No image yet: a_task/1.");
        _set.Without("a_task/task2").WithTask("a_task", 3);
        (await VerbAsync("images", "prune", "--dry-run", "--tasks", _set.Root)).Should()
            .MatchRegex($@"(?m)^would remove {_prefix}/a:task2-\w+: foreign, ");
        (await ListAsync()).Should().ContainSingle();
    }

    private void WithTasks(params int[] numbers)
    {
        _set.With("taskset.json", $$"""{ "image": "{{_prefix}}/{name}:task{id}" }""");
        foreach (int number in numbers)
        {
            _set.WithTask("a_task", number);
            Dockerfile(number, $"RUN echo {_prefix} {number} > /version");
        }
    }

    private void Dockerfile(int task, string end) => _set.With($"a_task/task{task}/Dockerfile", $"FROM {DockerEngine.BaseImage}\n{end}\n");

    private string Stranger(string name)
    {
        string reference = $"{_prefix}/{name}";
        if (!_strangers.Contains(reference))
            _strangers.Add(reference);
        return reference;
    }

    private async Task<bool> BuildAsync()
    {
        var logs = new BuildLogFolder(_logs.FullName, TimeProvider.System);
        using var store = new ImageStore(Engine, RegistryLogins.OfUser(TimeProvider.System), TimeProvider.System, logs);
        return await new ImageBuilds(store, _output, TimeProvider.System).RunAsync(_set.Load().Tasks, Token);
    }

    private async Task<IReadOnlyList<OwnImage>> ListAsync() =>
        [.. (await new OwnImages(Engine).ListAsync(_set.Load().Tasks, CancellationToken.None))
            .Where(image => image.Reference.StartsWith(_prefix, StringComparison.Ordinal))];

    private async Task<string> PruneAsync(bool dryRun = false)
    {
        using var output = new StringWriter { NewLine = "\n" };
        await new ImagePruning(new OwnImages(Engine), output).RunAsync(await ListAsync(), dryRun, Token);
        return output.ToString();
    }

    private static async Task<string> VerbAsync(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        (await CommandLine.RunAsync(arguments, output, output)).Should().Be(ExitCodes.Ok, output.ToString());
        return output.ToString();
    }
}
