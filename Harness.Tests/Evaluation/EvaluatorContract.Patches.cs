using FluentAssertions;
using Tandem.Harness.Evaluation;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

/// <summary>Patches of every sort.</summary>
public abstract partial class EvaluatorContract
{
    [Fact(Timeout = BackstopMs)]
    public async Task Carriage_returns_survive_from_patch_to_test()
    {
        CodingTask task = Tiny.Task(
            new TinyFeature(1, "check grep -qx $'TWO\\r' windows.txt\ncheck test \"$(grep -c $'\\r' windows.txt)\" = 4"),
            new TinyFeature(2, "check grep -qx $'four\\r' windows.txt"));

        EvaluationResult result = await EvaluateAsync(
            task, await Tiny.PatchAsync("windows.txt", "one\r\ntwo", "one\r\nTWO"),
                await Tiny.PatchAsync("windows.txt", "three\r\n", "three\r\nfour\r\n"));

        Verdicts(result).Should().Equal([true, true], Because(result));
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Bytes_that_are_no_text_survive_from_patch_to_test()
    {
        byte[] image = [0, 1, 2, 255, 254, 13, 10, 0, 128, 27];
        CodingTask task = Tiny.Task(
            new TinyFeature(1, "check test \"$(od -An -v -tu1 new.bin | tr -s ' \\n' ' ')\" = ' 0 1 2 255 254 13 10 0 128 27 '"),
            new TinyFeature(2, "check grep -qa CHANGED image.bin\ncheck grep -qax $'latin \\351' latin.txt"));

        EvaluationResult result = await EvaluateAsync(
            task,
            await Tiny.PatchAsync(repo => File.WriteAllBytes(Path.Combine(repo, "new.bin"), image)),
            await Tiny.PatchAsync(repo =>
            {
                File.WriteAllText(Path.Combine(repo, "image.bin"), "\0CHANGED\n\0");
                File.WriteAllBytes(Path.Combine(repo, "latin.txt"), [.. "latin "u8, 0xe9, (byte)'\n']);
            }));

        Verdicts(result).Should().Equal([true, true], Because(result));
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task Files_and_patches_without_a_final_line_feed_are_no_obstacle()
    {
        CodingTask task = Tiny.Task(new TinyFeature(1, "check test \"$(tail -c 4 open.txt)\" = LAST"),
            TinyFeature.WithLine(2, "numbers.txt", "TEN"));
        byte[] second = await Tiny.PatchAsync("numbers.txt", "ten", "TEN");

        EvaluationResult result = await EvaluateAsync(task, await Tiny.PatchAsync("open.txt", "last", "LAST"), second[..^1]);

        Verdicts(result).Should().Equal([true, true], Because(result));
        result.GradedPatches[1].ToArray().Should().Equal(second);
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task Names_with_spaces_and_letters_of_all_alphabets_are_names()
    {
        CodingTask task = Tiny.Task(
            TinyFeature.WithLine(1, "a folder/naïve file.txt", "fancy"),
            new TinyFeature(2, "check test -x 'bin/ein Übel.sh'\ncheck test \"$('bin/ein Übel.sh')\" = ran\ncheck test -L link"));

        EvaluationResult result = await EvaluateAsync(
            task,
            await Tiny.PatchAsync("a folder/naïve file.txt", "plain", "fancy"),
            await Tiny.PatchAsync(repo =>
            {
                string script = Path.Combine(repo, "bin", "ein Übel.sh");
                Directory.CreateDirectory(Path.GetDirectoryName(script)!);
                File.WriteAllText(script, "#!/bin/sh\necho ran\n");
                if (!OperatingSystem.IsWindows())
                    File.SetUnixFileMode(script, (UnixFileMode)0b111_101_101);
                File.CreateSymbolicLink(Path.Combine(repo, "link"), "list.txt");
            }));

        Verdicts(result).Should().Equal([true, true], Because(result));
    }

    [Fact(Timeout = BackstopMs), Long]
    public async Task A_patch_of_five_megabytes_is_a_patch()
    {
        CodingTask task = Tiny.Task(new TinyFeature(1, "check test \"$(wc -l < big.txt)\" -eq 70000"),
            TinyFeature.WithLine(2, "numbers.txt", "TEN"));
        string big = string.Concat(Enumerable.Range(0, 70_000).Select(i => $"{i:d8} {new string('x', 62)}\n"));

        EvaluationResult result = await EvaluateAsync(
            task, await Tiny.PatchAsync(repo => File.WriteAllText(Path.Combine(repo, "big.txt"), big)),
                await Tiny.PatchAsync("numbers.txt", "ten", "TEN"));

        Verdicts(result).Should().Equal([true, true], Because(result));
        result.MergedDiff!.Value.Length.Should().BeGreaterThan(5_000_000);
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData("tools")]
    [InlineData("$REPO/tools")]
    public async Task A_program_that_a_patch_brings_onto_the_search_path_does_not_run_before_the_tests(string place)
    {
        CodingTask task = Tiny.Task(new TinyFeature(1, "check test ! -e \"$TANDEM_PATCHES/ran\""),
            TinyFeature.WithLine(2, "numbers.txt", "TEN"));
        byte[] programs = await Tiny.PatchAsync(repo =>
        {
            string folder = Directory.CreateDirectory(Path.Combine(repo, "tools")).FullName;
            foreach (string name in (string[])["git", "cat", "head", "tar", "base64", "cp", "rm", "find", "df", "dd", "setsid"])
            {
                string program = Path.Combine(folder, name);
                File.WriteAllText(program, """
                    #!/bin/sh
                    case ${0##*/}$1 in gitapply) ;; *) echo "$0 $*" >> "${TANDEM_PATCHES:-/patches}/ran" ;; esac
                    PATH=/usr/local/bin:/usr/bin:/bin exec "${0##*/}" "$@"

                    """.ReplaceLineEndings("\n"));
                if (!OperatingSystem.IsWindows())
                    File.SetUnixFileMode(program, (UnixFileMode)0b111_101_101);
            }
        });
        EvaluationRequest request = await RequestAsync(task, programs, await Tiny.PatchAsync("numbers.txt", "ten", "TEN"));
        // Only a container's repository is where one knows before.
        string repo = (await SubjectAsync()).Provider.Abilities.HasFlag(SandboxAbilities.Isolation) ? "/workspace/repo" : "/nowhere";
        var environment = new Dictionary<string,
            string>
        { ["PATH"] = $"{place.Replace("$REPO", repo, StringComparison.Ordinal)}:/usr/local/bin:/usr/bin:/bin" };

        EvaluationResult result = await EvaluateAsync(request with { Sandbox = request.Sandbox with { Environment = environment } });

        Verdicts(result).Should().Equal([true, true], Because(result));
        result.Report.ApplyStatus.Should().Equal(ApplyStatus.Applied, ApplyStatus.Applied);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Test_files_of_the_agents_own_in_the_place_of_the_tasks_do_not_break_the_tests()
    {
        CodingTask task = Tiny.Task(TinyFeature.WithLine(1, "numbers.txt", "ONE"), TinyFeature.WithLine(2, "numbers.txt", "TEN"));
        async Task<byte[]> WithOwnTestsAsync(string old, string @new, string checks) => await Tiny.PatchAsync(repo =>
        {
            string numbers = Path.Combine(repo, "numbers.txt");
            File.WriteAllText(numbers, File.ReadAllText(numbers).Replace(old, @new, StringComparison.Ordinal));
            Directory.CreateDirectory(Path.Combine(repo, "checks", "__pycache__"));
            File.WriteAllText(Path.Combine(repo, "checks", "feature1.sh"), checks);
            File.WriteAllText(Path.Combine(repo, "checks", "__pycache__", "a.pyc"), checks);
        });

        EvaluationResult result = await EvaluateAsync(task, await WithOwnTestsAsync("one", "ONE", "check true # of agent1"),
            await WithOwnTestsAsync("ten", "TEN", "check true # of agent2"));

        Verdicts(result).Should().Equal([true, true], Because(result));
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeClean, "neither their tests nor their caches collide");
        PatchOmission[] dropped =
            [new("checks/__pycache__", OmissionReason.Cache), new("checks/feature1.sh", OmissionReason.TestsPatch)];
        result.Report.Dropped.Should().BeEquivalentTo([dropped, dropped]);
        Text(result.GradedPatches[0]).Should().Contain("+ONE").And.NotContain("checks/");
    }
}
