using FluentAssertions;
using Tandem.Cli;
using Tandem.Harness.Configuration;
using Tandem.Harness.Processes;
using Tandem.Harness.TaskSets;
using Tandem.Harness.TaskSets.Images;
using Tandem.Harness.Tests.Sandboxes.Docker;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>A run over a task set of which two thirds of the images cannot be had.</summary>
[Slow]
[Long]
public sealed class MissingImagesRunTests : FrontDoorTests
{
    [Fact]
    public async Task The_others_run_and_it_ends_with_a_list_of_what_is_missing()
    {
        var provider = await DockerEngine.RequireOrSkip();
        string set = Path.Combine(Folder, "set");
        Task("here_task", 1, null);
        Task("dspy_task", 2, "localhost:9/python:3.11-slim");
        Task("go_chi_task", 3, "localhost:9/golang:1.21");
        File.WriteAllText(Path.Combine(set, "taskset.json"),
            $$"""{ "image": "tandem-test-{{Guid.NewGuid().ToString("N")[..12]}}/{name}:task{id}" }""");
        try
        {
            ChildResult result = await RunAsync("--tasks", set, "--agent", "nop", "--setting", "solo", "--seed", "0", "--pair", "f1_f2",
                "--sandbox", "docker");

            string text = result.Stdout.Text;
            result.ExitCode.Should().Be(ExitCodes.Red, text + result.Stderr.Text);
            Records().Should().ContainSingle().Which.Repo.Should().Be("here_task");
            string[] missing =
            [
                $"no image for dspy_task/2: {set}/dspy_task/task2/Dockerfile builds on localhost:9/python:3.11-slim, which is neither "
                    + "present nor can it be pulled: the registry localhost:9 cannot be reached",
                $"no image for go_chi_task/3: {set}/go_chi_task/task3/Dockerfile builds on localhost:9/golang:1.21, which is neither",
            ];
            text.Should().ContainAll(missing).And.Contain("2 of 3 tasks have no image").And.NotContain("paused");
            text.IndexOf("2 of 3 tasks have no image", StringComparison.Ordinal).Should()
                .BeLessThan(text.IndexOf("] solo/", StringComparison.Ordinal), "the list comes before the first case");
            text[text.IndexOf("Tasks without an image: 2 of 3.", StringComparison.Ordinal)..].Should().ContainAll(missing).And
                .EndWith($"Then the same command runs these cases.{Environment.NewLine}").And.Contain($"images build --tasks {set}");
            text.Should().MatchRegex(@"(?m)^2 missing: ").And.MatchRegex("(?m)^report: ").And.NotContain("FAIL ");
        }
        finally
        {
            foreach (CodingTask task in TaskSetLoader.Load(set).Tasks)
            {
                if (await new TaskImages(provider.Engine).FindAsync(task.Image, CancellationToken.None) is { } image)
                    await provider.Engine.RemoveImageAsync(image.Reference, evenIfUsed: true, CancellationToken.None);
            }
        }

        void Task(string repo, int id, string? baseImage)
        {
            string from = Path.Combine(ProjectFolder.Find(), "tasks", "timespan_task", "task14");
            string to = Path.Combine(set, repo, $"task{id}");
            foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            {
                string copy = Path.Combine(to, Path.GetRelativePath(from, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }
            string dockerfile = Path.Combine(to, "Dockerfile");
            if (baseImage is not null)
                File.WriteAllText(dockerfile, $"FROM {baseImage}\n{string.Join('\n', File.ReadLines(dockerfile).Skip(1))}\n");
        }
    }
}
