using System.Diagnostics;
using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class RunFileWriterTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly StoreLayout _layout;

    public RunFileWriterTests() => _layout = new StoreLayout(_folder.Path, "default");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_begins_with_its_header_and_then_holds_the_records()
    {
        using (RunFileWriter writer = Writer())
        {
            string first = writer.Append(Sample.Run(Sample.Case(Setting.Solo, task: 1)));
            writer.Append(Sample.Run(Sample.Case(Setting.Solo, task: 2))).Should().Be(first);
        }

        string file = _layout.RunFiles().Should().ContainSingle().Subject;
        Path.GetFileName(file).Should()
            .MatchRegex($"^solo_seed0_20260501T100000Z_[A-Za-z0-9-]*-{Environment.ProcessId}-[0-9a-f]{{8}}\\.jsonl$");
        string[] lines = File.ReadAllLines(file);
        lines.Should().HaveCount(3);
        RunFileHeader header = StoreJson.Read<RunFileHeader>(System.Text.Encoding.UTF8.GetBytes(lines[0]));
        header.Should().Be(new RunFileHeader(1, "runs", "default", "default-solo", Setting.Solo, 0, "run-7", ProcessIdentity.Current,
            FixedClock.Time, "0.1.0+test"));
        Read().Select(r => r.CaseId.TaskId).Should().Equal(1, 2);
    }

    [Fact]
    public void Each_setting_and_seed_has_a_file_of_its_own()
    {
        using RunFileWriter writer = Writer();
        writer.Append(Sample.Run(Sample.Case(Setting.Solo)));
        writer.Append(Sample.Run(Sample.Case(Setting.Solo, seed: 1)));
        writer.Append(Sample.Run(Sample.Case(Setting.CoopComm)));

        _layout.RunFiles().Select(path => string.Join('_', Path.GetFileName(path).Split('_').Take(2))).Should()
            .Equal("coop-comm_seed0", "solo_seed0", "solo_seed1");
        Read().Should().HaveCount(3);
    }

    [Fact]
    public void Nothing_is_on_disk_before_the_first_record()
    {
        using RunFileWriter writer = Writer();

        Directory.Exists(_layout.ExperimentFolder).Should().BeFalse();
    }

    [Fact]
    public void A_record_is_readable_while_the_writer_is_still_open()
    {
        using RunFileWriter writer = Writer();
        writer.Append(Sample.Run(Sample.Case(Setting.Solo)));

        Read().Should().ContainSingle();
    }

    [Fact]
    public void Two_writers_never_share_a_file()
    {
        using RunFileWriter one = Writer();
        using RunFileWriter two = Writer();

        one.Append(Sample.Run(Sample.Case(Setting.Solo, task: 1))).Should()
            .NotBe(two.Append(Sample.Run(Sample.Case(Setting.Solo, task: 2))));

        Read().Select(r => r.CaseId.TaskId).Should().BeEquivalentTo([1, 2]);
    }

    [Fact]
    public void Records_appended_at_once_do_not_mix()
    {
        using (RunFileWriter writer = Writer())
            Parallel.For(1, 101, new ParallelOptions { MaxDegreeOfParallelism = 8 }, task =>
                writer.Append(Sample.Run(Sample.Case(Setting.Solo, task))));

        _layout.RunFiles().Should().ContainSingle();
        Read().Select(r => r.TaskId).Should().BeEquivalentTo(Enumerable.Range(1, 100));
    }

    [Fact]
    public void On_a_full_disk_whole_lines_stay_and_the_record_can_be_appended_again()
    {
        using var disk = SmallDisk.Mount(_folder.File("disk"));
        var layout = new StoreLayout(disk.Path, "default");
        using var writer = new RunFileWriter(layout, "run-7", "0.1.0+test", new FixedClock());
        int task = 0;
        IOException? full = null;
        while (full is null && task < 1000)
        {
            try
            {
                writer.Append(Sample.Run(Sample.Case(Setting.Solo, ++task)));
            }
            catch (IOException exception)
            {
                full = exception;
            }
        }
        full.Should().NotBeNull();
        Read(layout).Should().HaveCount(task - 1);

        FluentActions.Invoking(() => writer.Append(Sample.Run(Sample.Case(Setting.CoopComm)))).Should().Throw<IOException>();
        layout.RunFiles().Should().ContainSingle("a file that could not be begun is not left behind");

        disk.Grow();
        writer.Append(Sample.Run(Sample.Case(Setting.Solo, task)));
        writer.Append(Sample.Run(Sample.Case(Setting.CoopComm)));
        Read(layout).Should().HaveCount(task + 1);
    }

    private RunFileWriter Writer() => new(_layout, "run-7", "0.1.0+test", new FixedClock());

    private RunRecord[] Read() => Read(_layout);

    private static RunRecord[] Read(StoreLayout layout)
    {
        var reader = new StoreReader(layout);
        RunRecord[] records = [.. reader.ReadRuns().Select(run => run.Record)];
        reader.Faults.Should().BeEmpty();
        return records;
    }

    /// <summary>A disk of 64 KiB, where the test may mount one.</summary>
    private sealed class SmallDisk(string path) : IDisposable
    {
        public string Path { get; } = path;

        public static SmallDisk Mount(string path)
        {
            Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root on Linux may mount a small disk.");
            Directory.CreateDirectory(path);
            Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", path),
                "This machine does not let root mount a small disk.");
            return new SmallDisk(path);
        }

        public void Grow() => Run("mount", "-o", "remount,size=1m", Path).Should().BeTrue();

        public void Dispose() => Run("umount", "-l", Path);

        private static bool Run(string program, params string[] arguments)
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
    }
}
