using System.Text.Json;
using System.Text.RegularExpressions;
using FluentAssertions;
using Tandem.Analysis.Commands;
using Tandem.Analysis.Reporting;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Analysis.Tests.Reporting;

[Trait("Tier", "Slow")]
public sealed class ReportTests
{
    [Fact]
    public void A_sound_store_gets_a_page_a_page_per_run_figures_with_their_numbers_and_markdown()
    {
        using StoreBuilder store = StoreBuilder.Sound();

        (int exitCode, string output, string error) = Run(store);

        error.Should().BeEmpty();
        exitCode.Should().Be(0);
        output.Should().Be($"report: {At(store, "index.html")}\n");
        Files(store).Should().Contain(["index.html", "report.md", "figures/success-by-setting.svg", "figures/success-by-setting.csv",
            "figures/pairs-by-setting.csv"])
            .And.Contain("runs/coop-comm/click_task/1/f1_f2/seed0.html")
            .And.NotContain(file => file.EndsWith(".png"));
        Files(store).Count(file => file.StartsWith("runs/")).Should().Be(10);
    }

    [Fact]
    public void The_first_page_answers_the_five_questions_and_asks_nothing_of_the_network()
    {
        using StoreBuilder store = StoreBuilder.Sound();
        Run(store);

        string page = Read(store, "index.html");

        page.Should().ContainAll("Which setting did best?", "Is that more than chance?", "What did it cost?", "What is missing?",
            "Can the store be trusted?");
        page.Should().ContainAll("SIMULATION", "All 10 cases have a verdict.", "rules hold");
        Regex.Matches(page, "(?:src|href)=\"?(https?:)?//").Should().BeEmpty();
        page.Should().NotContain("<link rel=stylesheet").And.NotContain("@import");
    }

    [Fact]
    public void Writing_it_again_gives_the_same_bytes_and_leaves_the_records_alone()
    {
        using StoreBuilder store = StoreBuilder.Sound();
        Hostile.AddTo(store, task: 3);
        Dictionary<string, string> records = Contents(store.Layout.RunsFolder);
        Run(store);
        Dictionary<string, string> first = Contents(ReportFolder.Of(store.Layout));

        Run(store);

        Contents(ReportFolder.Of(store.Layout)).Should().Equal(first);
        Contents(store.Layout.RunsFolder).Should().Equal(records);
        Directory.EnumerateFileSystemEntries(store.Layout.ExperimentFolder, ".report-*").Should().BeEmpty();
    }

    [Fact]
    public void A_store_that_fails_its_validation_is_refused_and_the_old_report_stays()
    {
        using StoreBuilder store = StoreBuilder.Sound();
        Run(store);
        string before = Read(store, "index.html");
        store.Add(Sample.Limited(Sample.Case(Setting.Solo, task: 7)) with { BothPassed = true });

        (int exitCode, string output, string error) = Run(store);

        exitCode.Should().Be(1);
        output.Should().BeEmpty();
        error.Should().ContainAll("FAIL DATA-02", "a limit was exceeded, yet both_passed is true",
            "error: No report of default: its store fails DATA-02", "The report of an earlier state is left as it was.", "--draft");
        Read(store, "index.html").Should().Be(before);
    }

    [Fact]
    public void A_draft_of_such_a_store_is_marked_on_every_page()
    {
        using StoreBuilder store = StoreBuilder.Sound();
        store.Add(Sample.Limited(Sample.Case(Setting.Solo, task: 7)) with { BothPassed = true });

        Run(store, "--draft").ExitCode.Should().Be(0);

        string[] pages = [.. Files(store).Where(file => file.EndsWith(".html") || file.EndsWith(".md"))];
        pages.Should().HaveCount(13).And.OnlyContain(page => Read(store, page).Contains("DRAFT"));
        Read(store, "index.html").Should().Contain("The store fails its validation (DATA-02)");
    }

    [Fact]
    public void A_part_of_the_plan_is_said_to_be_one()
    {
        using StoreBuilder store = StoreBuilder.Sound();
        store.Plan(Sample.Case(Setting.Solo, task: 9));

        Run(store).ExitCode.Should().Be(1);
        Run(store, "--partial").ExitCode.Should().Be(0);

        Read(store, "index.html").Should().ContainAll("PARTIAL", "10 of 11 planned cases have a record so far", "1 of 11 cases");
        Read(store, "runs/solo/click_task/1/f1_f2/seed0.html").Should().Contain("PARTIAL");
    }

    [Fact]
    public void The_list_of_runs_is_data_that_no_text_can_end()
    {
        using StoreBuilder store = StoreBuilder.Sound();
        store.Add(Sample.Infra(Sample.Case(Setting.Solo, task: 1, seed: 3)) with
        { Error = new RunError(ErrorClass.Engine, CasePhase.Provision, Hostile.Text) });
        Run(store).ExitCode.Should().Be(0);

        string json = Regex.Match(Read(store, "index.html"), "id=runs-data>(.*?)</script>", RegexOptions.Singleline).Groups[1].Value;

        json.Should().NotContainAny("<", ">", "\u2028").And.Match(text => text.All(char.IsAscii));
        using var data = JsonDocument.Parse(json);
        data.RootElement.GetProperty("rows").GetArrayLength().Should().Be(11);
        data.RootElement.GetProperty("words").EnumerateArray().Select(word => word.GetString()).Should()
            .Contain(word => word!.Contains("</script><script>alert(1)"));
    }

    [Fact]
    public void Pages_of_runs_can_be_left_out()
    {
        using StoreBuilder store = StoreBuilder.Sound();

        Run(store, "--no-run-pages").ExitCode.Should().Be(0);

        Files(store).Should().NotContain(file => file.StartsWith("runs/"));
    }

    [Fact]
    public void What_a_dead_writer_left_is_swept_and_a_living_one_is_waited_for()
    {
        using StoreBuilder store = StoreBuilder.Sound();
        Directory.CreateDirectory(Path.Combine(store.Layout.ExperimentFolder, ".report-dead", "runs"));
        using (ReportFolder.Begin(store.Layout))
            Run(store).Should().Match<(int ExitCode, string Output, string Error)>(r => r.ExitCode == CommandHost.Busy
                && r.Error.Contains("Another process writes the report"));

        Run(store).ExitCode.Should().Be(0);

        Directory.EnumerateFileSystemEntries(store.Layout.ExperimentFolder, ".report-*").Should().BeEmpty();
    }

    public static TheoryData<string, RunRecord[]> OddStores() => new()
    {
        { "one solo run", [Sample.Run(Sample.Case(Setting.Solo))] },
        { "one run with messages", [Sample.Run(Sample.Case(Setting.CoopComm))] },
        { "infrastructure errors alone",
            [Sample.Infra(Sample.Case(Setting.Solo)), Sample.Infra(Sample.Case(Setting.CoopComm)),
            Sample.Infra(Sample.Case(Setting.CoopNocomm))] },
        { "an interrupted run", [Sample.Interrupted(Sample.Case(Setting.CoopNocomm))] },
        { "equal settings", [Sample.Run(Sample.Case(Setting.Solo)), Sample.Run(Sample.Case(Setting.CoopComm)),
            Sample.Run(Sample.Case(Setting.CoopNocomm))] },
        { "unknown costs", [Sample.Run(Sample.Case(Setting.Solo)) with { TotalCost = null }, Sample.Run(Sample.Case(Setting.CoopComm)) with
            { TotalCost = 1.5m }] },
    };

    [Theory]
    [MemberData(nameof(OddStores))]
    internal void Odd_stores_are_reported_too(string what, RunRecord[] records)
    {
        using var store = new StoreBuilder();
        foreach (RunRecord record in records)
            store.Add(record);

        (int exitCode, _, string error) = Run(store, "--draft");

        error.Should().BeEmpty(what);
        exitCode.Should().Be(0, what);
        Read(store, "index.html").Should().NotContainAny("NaN", "Infinity", "\u221E");
        Files(store).Where(file => file.EndsWith(".svg")).Should().OnlyContain(file => !Read(store, file).Contains("NaN"));
    }

    [Fact]
    public void A_plan_without_a_single_record_is_reported_as_a_draft()
    {
        using var store = new StoreBuilder();
        store.Plan(Sample.Case(Setting.Solo), Sample.Case(Setting.CoopComm));

        Run(store, "--draft").ExitCode.Should().Be(0);

        Read(store, "index.html").Should().ContainAll("No run has a verdict", "2 not run");
    }

    internal static (int ExitCode, string Output, string Error) Run(StoreBuilder store, params string[] options)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int exitCode = AnalysisProgram.Run(["report", "--store", store.Layout.StoreFolder, .. options],
            new CommandHost(output, error, store.Layout.StoreFolder, _ => null));
        return (exitCode, output.ToString(), error.ToString());
    }

    internal static string At(StoreBuilder store, string file) => Path.Combine(ReportFolder.Of(store.Layout), file);

    internal static string Read(StoreBuilder store, string file) => File.ReadAllText(At(store, file));

    internal static string[] Files(StoreBuilder store) =>
        [.. Directory.EnumerateFiles(ReportFolder.Of(store.Layout), "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(ReportFolder.Of(store.Layout), path).Replace('\\', '/'))];

    private static Dictionary<string, string> Contents(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .ToDictionary(path => Path.GetRelativePath(folder, path), path =>
        Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path))));
}
