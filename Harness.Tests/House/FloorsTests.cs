using FluentAssertions;
using Tandem.Harness.Configuration;
using Xunit;

namespace Tandem.Harness.Tests.House;

/// <summary>Rooms import only rooms below them, so that each can be understood with what lies under it.</summary>
public sealed class FloorsTests
{
    private static readonly string[][] s_harness =
    [
        // how a case is done, from claim to record; how a run is read by a judge; how a conversation with a model is held
        ["Cases", "Judging", "Scenarios"],
        ["Scenarios.Definitions"],   // scenarios, variants and expectations as files
        ["Judging.Rules"],           // the judge that goes by words
        ["Judging.Answers"],         // what a judge said, checked
        ["Judging.Evidences"],       // what a judge reads of a run
        ["Judging.Rubrics"],         // what a judge is asked
        ["Experiments"],             // what is planned and selected
        ["Evaluation.Verification"], // a task set, checked with its gold patches
        ["Evaluation"],              // patches merged and tested
        ["Evaluation.Suspicion"],    // passing verdicts that may be forged
        ["Evaluation.Patches"],      // what a patch says
        ["Evaluation.TestOutputs"],  // what test frameworks print
        ["Agents", "Agents.Shell", "Agents.Simulated", "Agents.Defined"],
        ["Agents.Definitions"],      // command-line agents as files
        ["Agents.Channel"],          // the commands that carry messages
        ["Agents.Recordings"],       // work that is done, or taken from a recording
        ["Gateway"],                 // what stands between a command-line agent and its model
        ["Gateway.Calls"],           // one call of a model: sent, kept, booked, handed on
        ["Gateway.Upstreams"],       // who answers
        ["Gateway.Dialects"],        // the protocols in which programs ask models
        ["Gateway.Relays"],          // connections out of a sandbox to a server of ours
        ["Admission.Postgres"],      // what workers on several machines share
        ["Admission"],               // who may start: claims, budget, circuit breaker
        ["Telemetry"],
        ["Models"],                  // calls of language models
        ["TaskSets.Images"],
        ["TaskSets"],
        ["Messaging"],
        ["Configuration"],
        ["Sandboxes.Docker"],
        ["Sandboxes.Docker.Commands"],
        ["Sandboxes.Docker.Life"],
        ["Sandboxes.Docker.Sessions"],
        ["Sandboxes.Docker.Engine"],
        ["Sandboxes.Process"],
        ["Sandboxes"],
        ["Processes"],
    ];

    private static readonly string[][] s_frontDoor =
    [
        ["Verbs"], ["Judging"], ["Running"], ["Recovery"], ["Planning"], ["Images"], ["Agents"], ["Tasks"], ["Testing"], ["Status"],
        ["Doctor"], ["Setup"], ["Live"],
        [""], // what every verb uses
    ];

    private static readonly string[][] s_analysis =
    [
        ["Commands"],           // the verbs and their options
        ["Reporting"],          // the report as a folder
        ["Reporting.Scenarios"], // the pages of an experiment of scenarios
        ["Reporting.Overview"], // its first page and Markdown
        ["Reporting.Runs"],     // a page for each case
        ["Figures"],            // drawings, with their numbers as CSV
        ["Markup"],             // HTML, and how numbers and times are written
        ["Scenarios.Statistics"], // rates, repetitions, variants and experiments of scenarios
        ["Agreement"],          // how far judges agree
        ["Statistics"],         // rates, intervals, comparisons
        ["Scenarios.Rules"],    // what must be true of a store of scenarios
        ["Validating"],         // all rules against one experiment
        ["Rules.Secrets"],
        ["Rules.Deep"],         // rules that read the attempts' files
        ["Rules"],              // what must be true of a store
        ["Querying"],           // SQL over records
        ["Merging"],            // several stores to one
        ["Importing"],          // upstream's logs to our store
        ["Exporting"],          // and back
        ["Upstream"],           // upstream's names, clock and words
        ["Collecting"],         // what an experiment holds, counted
        ["Judgements"],         // what judges said of the runs that count
        ["Scenarios"],          // one experiment of scenarios, read
        ["Data"],               // one experiment, read; results.json
        ["Formats"],            // CSV, Parquet, terminal text
    ];

    private static readonly string[][] s_records =
    [
        ["Store"],      // an experiment's files
        ["Judgements"], // what a judge's record holds, and where it stands
        ["Scenarios"],  // what a scenario's plan and record hold
        ["Runs"],       // what a record holds, and its verdict
        ["Cases"],      // case ids, settings, features
        ["Json"],       // enums by name
        ["Text"],       // what may be printed
    ];

    public static TheoryData<string, string[][]> Projects => new()
    {
        { "Records", s_records }, { "Harness", s_harness }, { "Cli", s_frontDoor }, { "Analysis", s_analysis },
    };

    [Theory]
    [MemberData(nameof(Projects))]
    public void Rooms_import_only_what_lies_below(string project, string[][] rooms) =>
        string.Join('\n', new Floors($"Tandem.{project}", rooms).Violations(Files(project))).Should().BeEmpty();

    [Theory]
    [InlineData("Down/A.cs", "using Tandem.X.Up;\nnamespace Tandem.X.Down;", "Down/A.cs: Down imports Up (using), *")]
    [InlineData("Down/A.cs", "using static Tandem.X.Up;\nnamespace Tandem.X.Down;", "Down/A.cs: Down imports Up (using), *")]
    [InlineData("Down/A.cs", "namespace Tandem.X.Down;\nclass A { Up.Roof _roof; }", "Down/A.cs: Down imports Up (Roof), *")]
    [InlineData("Up/Low/A.cs", "namespace Tandem.X.Up.Low;\nclass A { Roof _roof; }", "Up/Low/A.cs: Up.Low imports Up (Roof), *")]
    [InlineData("Up/A.cs", "namespace Tandem.X.Down;", "Up/A.cs: its namespace says room 'Down'; name it after its folder")]
    [InlineData("New/A.cs", "namespace Tandem.X.New;", "New/A.cs: the room 'New' has no floor; *")]
    public void What_breaks_the_floors_is_found(string path, string text, string violation) =>
        ViolationsWith(path, text).Should().ContainSingle().Which.Should().Match(violation);

    [Theory]
    [InlineData("Up/A.cs", "using Tandem.X.Down;\nnamespace Tandem.X.Up;")]
    [InlineData("Up/Low/A.cs", "namespace Tandem.X.Up.Low;\n/// <see cref=\"Roof\"/>\nclass A;")]
    public void An_import_downwards_or_in_a_comment_breaks_nothing(string path, string text) =>
        ViolationsWith(path, text).Should().BeEmpty();

    [Fact]
    public void A_floor_without_a_room_is_found() =>
        new Floors("Tandem.X", [["Up"], ["Gone"]]).Violations([("Up/A.cs", "namespace Tandem.X.Up;")])
            .Should().Equal("the room 'Gone' has a floor but no file");

    private static IReadOnlyList<string> ViolationsWith(string path, string text) =>
        new Floors("Tandem.X", [["Up"], ["Up.Low"], ["Down"]]).Violations([
            ("Up/Roof.cs", "namespace Tandem.X.Up;\npublic sealed class Roof;"), ("Up/Low/B.cs", "namespace Tandem.X.Up.Low;"),
            ("Down/B.cs", "namespace Tandem.X.Down;"), (path, text)]);

    private static (string Path, string Text)[] Files(string project)
    {
        string folder = Path.Combine(ProjectFolder.Find(), project);
        (string, string)[] files = [.. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(path => (Path.GetRelativePath(folder, path).Replace('\\', '/'), path))
            .Where(file => file.Item1.Split('/')[0] is not ("obj" or "bin") && file.Item1 != "Program.cs") // the entry uses all
            .Select(file => (file.Item1, File.ReadAllText(file.path)))];
        files.Should().NotBeEmpty();
        return files;
    }
}
