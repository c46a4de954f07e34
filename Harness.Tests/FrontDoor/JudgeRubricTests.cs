using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Configuration;
using Tandem.Harness.Judging.Rubrics;
using Tandem.Harness.Processes;
using Tandem.Harness.Tests.Judging;
using Tandem.Records.Cases;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>Rubrics that stand elsewhere, are broken or share a name, and runs that were never made, as <c>judge</c> and
/// <c>status --judges</c> show them.</summary>
[Slow]
public sealed class JudgeRubricTests : IDisposable
{
    private readonly JudgedStore _store = new();
    private readonly DirectoryInfo _project = Directory.CreateTempSubdirectory("tandem-project-");

    public void Dispose()
    {
        _store.Dispose();
        _project.Delete(recursive: true);
    }

    [Fact, Long]
    public async Task A_broken_folder_is_named_with_what_to_do_and_stops_no_other_rubric()
    {
        string broken = Path.Combine(ProjectWithRubrics(), "rubrics", "mood");
        Directory.CreateDirectory(broken);
        await File.WriteAllTextAsync(Path.Combine(broken, RubricReader.DefinitionFile), "{", Token);

        (int code, string output) = await RunAsync("status", "--judges", "--judge-model", "builtin:rules");
        code.Should().Be(0, output);
        output.Should().MatchRegex(@"symptoms\s+builtin:rules\s+10").And.Contain($"Left out: The rubric in {broken} cannot be used:")
            .And.Contain("rubric.json: it is not JSON");

        (code, output) = await RunAsync("judge", "--judge-model", "builtin:rules");
        code.Should().Be(1, $"one rubric was not asked: {output}");
        output.Should().Contain($"Left out: The rubric in {broken} cannot be used:")
            .And.Contain("Correct it, or take the folder out of rubrics/.").And.MatchRegex(@"symptoms\s+builtin:rules\s+10\s+10");
        _store.Records().Should().HaveCount(30);

        (code, output) = await RunAsync("judge", "--rubric", "symptoms", "--judge-model", "builtin:rules");
        code.Should().Be(0, $"the broken rubric was not asked for: {output}");
    }

    [Fact, Long]
    public async Task Where_no_other_rubric_has_a_run_a_broken_folder_is_the_fault()
    {
        string rubrics = Path.Combine(ProjectWithRubrics(), "rubrics");
        foreach (string folder in Directory.EnumerateDirectories(rubrics))
            await File.WriteAllTextAsync(Path.Combine(folder, RubricReader.DefinitionFile), "{", Token);

        (int code, string output) = await RunAsync("judge", "--judge-model", "builtin:rules");

        code.Should().Be(2, output);
        output.Should().Contain("No other rubric has a run to judge. Nothing was started.");
        output.Split("Left out: ").Should().HaveCount(4);
    }

    [Fact, Long]
    public async Task A_rubric_of_another_folder_is_named_by_its_path_in_each_command()
    {
        using var folder = new RubricFolder("symptoms", "my-symptoms");
        folder.Change(RubricReader.DefinitionFile, "\"name\": \"symptoms\"", "\"name\": \"my-symptoms\"");

        (_, string output) = await RunAsync("status", "--judges", "--rubric", folder.Folder, "--judge-model", "gpt-4o");

        output.Should().Contain($"10 to be judged: ./run.sh judge judged --rubric {folder.Folder} --judge-model gpt-4o")
            .And.Contain($"(my-symptoms is the rubric in {folder.Folder})");
    }

    [Fact]
    [Long]
    public async Task A_red_judgement_names_the_folder_of_its_rubric_and_the_status_says_that_it_is_none_of_the_projects()
    {
        using var folder = new RubricFolder("symptoms", "my-symptoms");
        folder.Change(RubricReader.DefinitionFile, "\"name\": \"symptoms\"", "\"name\": \"my-symptoms\"");
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => new FakeAnswer.Says("I would rather not."));

        (int code, string output) = await RunAsync(["judge", "--rubric", folder.Folder, "--judge-model", "gpt-4o"],
            JudgedStore.At(server));
        code.Should().Be(1, output);
        output.Should().Contain(
            $"asked again only by: ./run.sh judge judged --rubric {folder.Folder} --judge-model gpt-4o --status failed");

        (_, output) = await RunAsync("status", "--judges");
        output.Should().Contain("The store has judgements by the rubric 'my-symptoms', which is not in rubrics/; name its folder to see "
            + "them: ./run.sh status judged --judges --rubric FOLDER");
    }

    [Fact, Long]
    public async Task Two_rubrics_of_one_name_are_refused_with_both_folders()
    {
        using var folder = new RubricFolder("symptoms");

        (int code, string output) = await RunAsync("judge", "--rubric", $"symptoms,{folder.Folder}", "--judge-model", "builtin:rules");

        code.Should().Be(2, output);
        output.Should().Contain("The rubric 'symptoms' cannot be used:").And.Contain(
            $"{Path.Combine("rubrics", "symptoms")} and {folder.Folder}. Judgements bear the name alone. Name one of the two");
    }

    [Fact]
    public async Task Runs_that_were_never_made_are_counted_apart()
    {
        CaseId first = new StoreReader(_store.Layout).ReadRuns().First().Record.CaseId;
        string runs = _store.Layout.RunFiles().Single();
        await File.WriteAllLinesAsync(runs, (await File.ReadAllLinesAsync(runs, Token)).Take(2), Token);

        (int code, string output) = await RunAsync("status", "--judges", "--rubric", "symptoms", "--judge-model", "gpt-4o");
        code.Should().Be(0, output);
        output.Should().MatchRegex(@"symptoms\s+gpt-4o\s+1\s+0\s+1\s+0\s+0\s+0\s").And.Contain(
            "not run: 9 runs have no result that could be judged; ./run.sh run --experiment FILE makes them.");
        (_, output) = await RunAsync("status", "--judges", "--rubric", "symptoms", "--judge-model", "gpt-4o", "--json", "--list");
        output.Should().Contain("\"runs_without_result\":9").And.Contain($"symptoms/gpt-4o/rep1/{first}");

        await File.WriteAllLinesAsync(runs, (await File.ReadAllLinesAsync(runs, Token)).Take(1), Token);
        (code, output) = await RunAsync("judge", "--rubric", "symptoms", "--judge-model", "gpt-4o");
        code.Should().Be(2, output);
        output.Should().Contain("There is nothing to judge: 10 of the selected runs have no result yet.");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A project that has the folders of this one, and a folder <c>rubrics/</c> of its own with the same rubrics.</summary>
    private string ProjectWithRubrics()
    {
        string project = ProjectFolder.Find();
        foreach (string path in Directory.EnumerateFileSystemEntries(project).Where(path => Path.GetFileName(path) != "rubrics"))
            File.CreateSymbolicLink(Path.Combine(_project.FullName, Path.GetFileName(path)), path);
        foreach (string rubric in Directory.EnumerateDirectories(Path.Combine(project, "rubrics")))
        {
            string copy = Path.Combine(_project.FullName, "rubrics", Path.GetFileName(rubric));
            Directory.CreateDirectory(copy);
            foreach (string file in Directory.EnumerateFiles(rubric))
                File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }
        return _project.FullName;
    }

    private Task<(int Code, string Output)> RunAsync(params string[] arguments) => RunAsync(arguments, []);

    private async Task<(int Code, string Output)> RunAsync(string[] arguments, (string Name, string Value)[] variables)
    {
        var environment = new Dictionary<string, string>(ChildEnvironment.Usual("DOTNET_ROOT"))
        {
            ["TANDEM_EXPERIMENT"] = arguments[0] == "status" ? JudgedStore.Experiment : _store.ExperimentFile,
            ["TANDEM_STORE"] = _store.Layout.StoreFolder,
        };
        foreach ((string name, string value) in variables)
            environment[name] = value;
        if (Directory.Exists(Path.Combine(_project.FullName, "rubrics")))
            environment["TANDEM_ROOT"] = _project.FullName;
        ChildResult result = await ChildProcess.RunAsync(new ChildCommand("dotnet", [Programs.Built("Cli"), .. arguments])
        { Environment = environment, TimeLimit = TimeSpan.FromMinutes(10) }, Token);
        return (result.ExitCode ?? -1, result.Stdout.Text + result.Stderr.Text);
    }
}
