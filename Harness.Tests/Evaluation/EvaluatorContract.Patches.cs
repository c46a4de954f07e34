using FluentAssertions;
using Tandem.Harness.Evaluation;
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
        CodingTask task = tiny.Task(
            new TinyFeature(1, "check grep -qx $'TWO\\r' windows.txt\ncheck test \"$(grep -c $'\\r' windows.txt)\" = 4"),
            new TinyFeature(2, "check grep -qx $'four\\r' windows.txt"));

        EvaluationResult result = await EvaluateAsync(
            task, await tiny.PatchAsync("windows.txt", "one\r\ntwo", "one\r\nTWO"), await tiny.PatchAsync("windows.txt", "three\r\n", "three\r\nfour\r\n"));

        Verdicts(result).Should().Equal([true, true], Because(result));
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Bytes_that_are_no_text_survive_from_patch_to_test()
    {
        byte[] image = [0, 1, 2, 255, 254, 13, 10, 0, 128, 27];
        CodingTask task = tiny.Task(
            new TinyFeature(1, "check test \"$(od -An -v -tu1 new.bin | tr -s ' \\n' ' ')\" = ' 0 1 2 255 254 13 10 0 128 27 '"),
            new TinyFeature(2, "check grep -qa CHANGED image.bin\ncheck grep -qax $'latin \\351' latin.txt"));

        EvaluationResult result = await EvaluateAsync(
            task,
            await tiny.PatchAsync(repo => File.WriteAllBytes(Path.Combine(repo, "new.bin"), image)),
            await tiny.PatchAsync(repo =>
            {
                File.WriteAllText(Path.Combine(repo, "image.bin"), "\0CHANGED\n\0");
                File.WriteAllBytes(Path.Combine(repo, "latin.txt"), [.. "latin "u8, 0xe9, (byte)'\n']);
            }));

        Verdicts(result).Should().Equal([true, true], Because(result));
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Files_and_patches_without_a_final_line_feed_are_no_obstacle()
    {
        CodingTask task = tiny.Task(new TinyFeature(1, "check test \"$(tail -c 4 open.txt)\" = LAST"), TinyFeature.WithLine(2, "numbers.txt", "TEN"));
        byte[] second = await tiny.PatchAsync("numbers.txt", "ten", "TEN");

        EvaluationResult result = await EvaluateAsync(task, await tiny.PatchAsync("open.txt", "last", "LAST"), second[..^1]);

        Verdicts(result).Should().Equal([true, true], Because(result));
        result.GradedPatches[1].ToArray().Should().Equal(second);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Names_with_spaces_and_letters_of_all_alphabets_are_names()
    {
        CodingTask task = tiny.Task(
            TinyFeature.WithLine(1, "a folder/naïve file.txt", "fancy"),
            new TinyFeature(2, "check test -x 'bin/ein Übel.sh'\ncheck test \"$('bin/ein Übel.sh')\" = ran\ncheck test -L link"));

        EvaluationResult result = await EvaluateAsync(
            task,
            await tiny.PatchAsync("a folder/naïve file.txt", "plain", "fancy"),
            await tiny.PatchAsync(repo =>
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

    [Fact(Timeout = BackstopMs)]
    public async Task A_patch_of_five_megabytes_is_a_patch()
    {
        CodingTask task = tiny.Task(new TinyFeature(1, "check test \"$(wc -l < big.txt)\" -eq 70000"), TinyFeature.WithLine(2, "numbers.txt", "TEN"));
        string big = string.Concat(Enumerable.Range(0, 70_000).Select(i => $"{i:d8} {new string('x', 62)}\n"));

        EvaluationResult result = await EvaluateAsync(
            task, await tiny.PatchAsync(repo => File.WriteAllText(Path.Combine(repo, "big.txt"), big)), await tiny.PatchAsync("numbers.txt", "ten", "TEN"));

        Verdicts(result).Should().Equal([true, true], Because(result));
        result.MergedDiff!.Value.Length.Should().BeGreaterThan(5_000_000);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task An_empty_patch_is_skipped_and_the_other_tested()
    {
        CodingTask task = tiny.Task(TinyFeature.WithLine(1, "numbers.txt", "ONE"), TinyFeature.WithLine(2, "numbers.txt", "TEN"));

        EvaluationResult result = await EvaluateAsync(task, Empty, await tiny.PatchAsync("numbers.txt", "ten", "TEN"));

        Verdicts(result).Should().Equal([false, true], Because(result));
        result.Report.ApplyStatus.Should().Equal(ApplyStatus.Skipped, ApplyStatus.Applied);
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeClean);
        result.Report.MergeStatus.Should().Be(MergeStatus.Clean);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Two_empty_patches_have_the_bare_base_tested_without_a_patch()
    {
        CodingTask task = tiny.Task(TinyFeature.WithLine(1, "numbers.txt", "ONE"), TinyFeature.WithLine(2, "numbers.txt", "ten"));

        EvaluationResult result = await EvaluateAsync(task, Empty, "\n  \n"u8.ToArray());

        Verdicts(result).Should().Equal([false, true], Because(result));
        result.Report.ApplyStatus.Should().Equal(ApplyStatus.Skipped, ApplyStatus.Skipped);
        result.Report.MergeOutcome.Should().Be(MergeOutcome.MergeClean);
        result.MergedDiff!.Value.IsEmpty.Should().BeTrue();
        result.TestOutputs.Select(Text).Should().OnlyContain(text => !text.Contains("merged.patch"));
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_patch_of_test_files_alone_counts_as_empty()
    {
        CodingTask task = tiny.Task(TinyFeature.Passing(1), TinyFeature.Passing(2));

        EvaluationResult result = await EvaluateAsync(
            task,
            await tiny.PatchAsync(repo =>
            {
                Directory.CreateDirectory(Path.Combine(repo, "pkg", "tests"));
                File.WriteAllText(Path.Combine(repo, "pkg", "tests", "a.py"), "x\n");
                File.WriteAllText(Path.Combine(repo, "pkg", "test_b.py"), "x\n");
            }),
            await tiny.PatchAsync("numbers.txt", "ten", "TEN"));

        result.Report.ApplyStatus.Should().Equal([ApplyStatus.Skipped, ApplyStatus.Applied], Because(result));
        result.GradedPatches[0].IsEmpty.Should().BeTrue();
        Verdicts(result).Should().Equal(true, true);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_patch_against_an_older_commit_applies_three_way()
    {
        CodingTask task = tiny.Task(TinyFeature.WithLine(1, "numbers.txt", "THREE"), TinyFeature.WithLine(2, "numbers.txt", "4"));

        // Its three lines of context reach the line that the base has changed since.
        byte[] patch = await tiny.PatchAsync("numbers.txt", "two", "two\nTHREE", from: "main~");

        EvaluationResult result = await EvaluateAsync(task, patch);

        Verdicts(result).Should().Equal([true, true], Because(result));
        result.Report.ApplyStatus.Should().Equal(ApplyStatus.Applied);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_patch_that_conflicts_with_the_base_leaves_no_trace()
    {
        CodingTask task = tiny.Task(new TinyFeature(1, "check grep -qx 4 numbers.txt\ncheck test \"$(wc -l < numbers.txt)\" = 10"), TinyFeature.Passing(2));

        byte[] patch = await tiny.PatchAsync(repo =>
        {
            string numbers = Path.Combine(repo, "numbers.txt");
            File.WriteAllText(numbers, File.ReadAllText(numbers).Replace("four", "FOUR", StringComparison.Ordinal));
            File.WriteAllText(Path.Combine(repo, "added.txt"), "x\n");
        }, from: "main~");
        EvaluationResult result = await EvaluateAsync(task, patch, Empty);

        result.Report.ApplyStatus.Should().Equal([ApplyStatus.Failed, ApplyStatus.Skipped], Because(result));
        result.MergedDiff!.Value.IsEmpty.Should().BeTrue();
        Verdicts(result).Should().Equal(true, true);
    }
}
