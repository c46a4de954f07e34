using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Verbs;
using Tandem.Harness.Processes;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>Lines of record files that are not whole, and what status, the next run and the validation make of them.</summary>
[Long]
public sealed class TornRecordTests : FrontDoorTests
{
    private StoreLayout Layout => new(Store, "oracle");

    [Fact]
    public async Task A_torn_last_line_costs_its_case_an_evaluation_and_one_in_the_middle_is_named_by_file_and_line()
    {
        (await RunAsync("--smoke", "3", "--setting", "solo")).ExitCode.Should().Be(ExitCodes.Ok);
        string file = Layout.RunFiles().Single();
        StoredRun last = new StoreReader(Layout).ReadRuns().Last();
        using (FileStream stream = File.OpenWrite(file))
            stream.SetLength(last.Offset + last.Length / 2);

        string status = await StatusAsync();

        status.Should().MatchRegex($@"{last.Record.CaseId}\s+results\s").And.MatchRegex(@"TOTAL\s+3\s+2\s+1\s+0\s+0\s+0\s").And
            .NotContain("cannot be read");

        ChildResult again = await RunAsync("--smoke", "3", "--setting", "solo");

        again.ExitCode.Should().Be(ExitCodes.Ok, again.Stdout.Text + again.Stderr.Text);
        again.Stdout.Text.Should().Contain("1 to run").And.MatchRegex(@"TOTAL\s+3\s+3\s+0\s+0\s+0").And.Contain("PASS STORE-01");
        CaseHistory history = CaseHistory.Group(new StoreReader(Layout).ReadRuns())[last.Record.CaseId];
        history.Records.Select(r => (r.Attempt, r.AttemptKind, r.Interrupted)).Should()
            .Equal((1, AttemptKind.Run, true), (2, AttemptKind.Regrade, false));
        (await StatusAsync()).Should().MatchRegex(@"TOTAL\s+3\s+3\s+0\s+0\s+0\s+0\s");

        // Now the same cut, with whole lines behind it: somebody changed the file.
        byte[] content = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        int second = Array.IndexOf(content, (byte)'\n') + 1;
        await File.WriteAllBytesAsync(file,
            [.. content[..(second + 100)], (byte)'\n', .. content[(Array.IndexOf(content, (byte)'\n', second) + 1)..]],
            TestContext.Current.CancellationToken);

        ChildResult validated = await Programs.ValidateAsync(Store, "oracle", "--partial");
        ChildResult third = await RunAsync("--smoke", "3", "--setting", "solo");

        validated.ExitCode.Should().Be(1);
        validated.Stdout.Text.Should().Contain($"runs/{Path.GetFileName(file)}(2): ");
        (await StatusAsync()).Should().Contain($"cannot be read: runs/{Path.GetFileName(file)}(2): ");
        third.ExitCode.Should().Be(ExitCodes.InvalidStore, "a run that ends well does not hide what is broken");
        third.Stdout.Text.Should().Contain($"runs/{Path.GetFileName(file)}(2): ");
    }

    private async Task<string> StatusAsync()
    {
        using var output = new StringWriter { NewLine = "\n" };
        (await CommandLine.RunAsync(["status", "oracle", "--list", "--smoke", "3", "--setting", "solo", "--store", Store], output,
            TextWriter.Null)).Should().Be(ExitCodes.Ok);
        return output.ToString();
    }
}
