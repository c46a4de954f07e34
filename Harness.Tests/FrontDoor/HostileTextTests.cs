using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Verbs;
using Tandem.Harness.Processes;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>No message prints a control character that came from a record or a task set.</summary>
[Long]
public sealed class HostileTextTests : FrontDoorTests
{
    private int _shown;

    [Fact]
    public async Task No_field_of_a_record_reaches_the_console_as_it_is()
    {
        ChildResult run = await RunAsync("--smoke", "1", "--setting", "coop-nocomm", "--repo", "timespan_task");
        run.ExitCode.Should().Be(ExitCodes.Ok, run.Stdout.Text + run.Stderr.Text);
        var layout = new StoreLayout(Store, "oracle");
        RunRecord record = Records().Single();
        string attempt = Path.Combine(layout.AttemptFolder(record.CaseId, record.Attempt), StoreLayout.AttemptFile);
        string runFile = layout.RunFiles().Single();
        string[] lines = await File.ReadAllLinesAsync(runFile, TestContext.Current.CancellationToken);
        // Fields that are null in a run without faults.
        JsonObject full = JsonNode.Parse(lines[1])!.AsObject();
        foreach (string name in full.Where(member => member.Value is null).Select(member => member.Key).ToArray())
            full[name] = "text";
        foreach (JsonObject test in full["tests"]!.AsArray().OfType<JsonObject>())
            test["reason"] = "tests_failed";
        int tried = 0;
        foreach ((string path, string text, Func<string, string> whole) in new (string, string, Func<string, string>)[]
        {
            (runFile, lines[0], json => $"{json}\n{lines[1]}\n"),
            (runFile, lines[1], json => $"{lines[0]}\n{json}\n"),
            (runFile, full.ToJsonString(), json => $"{lines[0]}\n{json}\n"),
            (layout.PlanFile, await File.ReadAllTextAsync(layout.PlanFile, TestContext.Current.CancellationToken), json => json),
            (attempt, await File.ReadAllTextAsync(attempt, TestContext.Current.CancellationToken), json => json),
        })
        {
            byte[] before = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
            // A plan names each case: the first of them are enough.
            foreach ((string where, string json) in HostileText.InEachTextOf(text).Take(path == layout.PlanFile ? 40 : int.MaxValue))
            {
                await File.WriteAllTextAsync(path, whole(json), TestContext.Current.CancellationToken);
                foreach (string line in new[] { "status oracle -v", "regenerate oracle --dry-run --list", "trx oracle" })
                    await PrintsAsync($"{Path.GetFileName(path)} {where}", line.Split(' '));
                tried++;
            }
            await File.WriteAllBytesAsync(path, before, TestContext.Current.CancellationToken);
        }
        tried.Should().BeGreaterThan(150);
        _shown.Should().BeGreaterThan(20, "faults name what they met");
    }

    [Fact]
    public async Task Nothing_of_a_task_set_reaches_the_console_as_it_is()
    {
        string built = Project.Find().Tasks;
        string tasks = Path.Combine(Folder, "mine");
        CopyFolder(Path.Combine(built, "confsh_task"), Path.Combine(tasks, "confsh_task"));
        string description = await File.ReadAllTextAsync(Path.Combine(built, "taskset.json"), TestContext.Current.CancellationToken);
        string[] verbs = ["plan -e oracle", "run -e oracle --dry-run", "run -e oracle --dry-run --subset nope", "doctor -e oracle"];
        foreach ((string where, string json) in HostileText.InEachTextOf(description))
        {
            await File.WriteAllTextAsync(Path.Combine(tasks, "taskset.json"), json, TestContext.Current.CancellationToken);
            foreach (string verb in verbs)
                await PrintsAsync($"taskset.json {where}", [.. verb.Split(' '), "--tasks", tasks]);
        }
        await File.WriteAllTextAsync(Path.Combine(tasks, "taskset.json"), description, TestContext.Current.CancellationToken);
        string name = HostileText.Planted.Replace("\0", "", StringComparison.Ordinal);
        foreach (string folder in new[] { $"{name}_task/task1", $"confsh_task/{name}", "subsets" })
        {
            string odd = Path.Combine(tasks, folder);
            Directory.CreateDirectory(odd);
            await File.WriteAllTextAsync(Path.Combine(odd, name + ".json"), $"{{ \"{name}\": ", TestContext.Current.CancellationToken);
            foreach (string verb in verbs)
                await PrintsAsync(odd, [.. verb.Split(' '), "--tasks", tasks]);
        }
        _shown.Should().BeGreaterThan(4, "faults name what they met");
    }

    [Theory]
    [InlineData("setup.sh", "#!/bin/sh\nprintf '{0}'\nprintf '{0}' >&2\nexit 3\n")]
    [InlineData("runner.sh", "#!/bin/sh\nprintf '{0}'\nprintf '{0}' >&2\nexit 3\n")]
    [InlineData("feature1/feature.patch", "{0}\n")]
    [InlineData("feature1/tests.patch", "{0}\n")]
    [InlineData("combined.patch", "{0}\n")]
    public async Task What_a_task_prints_or_holds_is_shown_without_control_characters(string file, string content)
    {
        string tasks = Path.Combine(Folder, "mine");
        CopyFolder(Path.Combine(Project.Find().Tasks, "confsh_task"), Path.Combine(tasks, "confsh_task"));
        File.Copy(Path.Combine(Project.Find().Tasks, "taskset.json"), Path.Combine(tasks, "taskset.json"));
        string changed = Directory.EnumerateDirectories(Path.Combine(tasks, "confsh_task")).Select(task => Path.Combine(task, file))
            .First(File.Exists);
        string planted = content.Contains("printf", StringComparison.Ordinal)
            ? string.Concat(System.Text.Encoding.UTF8.GetBytes(HostileText.Planted)
                .Select(one => $"\\{Convert.ToString(one, 8).PadLeft(3, '0')}"))
            : HostileText.Planted;
        await File.WriteAllTextAsync(changed, content.Replace("{0}", planted, StringComparison.Ordinal),
            TestContext.Current.CancellationToken);

        ChildResult run = await RunAsync("--tasks", tasks, "--smoke", "1", "--setting", "solo");

        HostileText.ShouldBePrintable(run.Stdout.Text + run.Stderr.Text, file);
        await PrintsAsync(file, ["status", "-e", "oracle", "--tasks", tasks, "-v"]);
    }

    private async Task PrintsAsync(string where, string[] arguments)
    {
        // Hundreds of verbs that go on from one another would pile up on one stack.
        await Task.Yield();
        using var output = new StringWriter();
        await CommandLine.RunAsync([.. arguments, "--store", Store], output, output);
        _shown += output.ToString().Contains("X?[31m", StringComparison.Ordinal) ? 1 : 0;
        HostileText.ShouldBePrintable(output.ToString(), $"{where}, {string.Join(' ', arguments)},");
        output.ToString().Should().NotContain("   at Tandem.", where);
    }
}
