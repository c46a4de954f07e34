using FluentAssertions;
using Tandem.Cli;
using Tandem.Cli.Verbs;
using Tandem.Harness.Experiments;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.Tests.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

/// <summary>Cases whose record rests on an older image of their task, as the front door selects them.</summary>
[Slow]
public sealed class OlderImageTests : IAsyncDisposable
{
    private readonly RunsFixture _runs = new();

    public ValueTask DisposeAsync() => _runs.DisposeAsync();

    [Fact, Long]
    public async Task They_are_selected_beside_their_status_and_run_again_without_being_asked_twice()
    {
        await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Oracle);
        await _runs.RecordAsync(RunsFixture.Coop, RunsFixture.Oracle, wrap: real => new Repaired(real));
        string file = Path.Combine(Path.GetDirectoryName(_runs.Store)!, "x.json");
        await File.WriteAllTextAsync(file, """{ "name": "x", "tasks": { "subset": "smoke" } }""", TestContext.Current.CancellationToken);

        (string listed, _) = await VerbAsync("status", "x", "--list", "--status", "older_image");
        (string planned, string said) = await VerbAsync("run", "--experiment", file, "--dry-run", "--status", "older_image", "--sandbox",
            "process");
        (string all, _) = await VerbAsync("run", "--experiment", file, "--dry-run", "--status", "older_image,completed",
            "--sandbox", "process");

        listed.Split('\n').Where(line => line.Contains("/seed", StringComparison.Ordinal)).Should().ContainSingle().Which.Should()
            .MatchRegex($@"^{RunsFixture.Solo}\s+completed\s");
        planned.Should().Be(RunsFixture.Solo + "\n", said);
        all.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should()
            .BeEquivalentTo(RunsFixture.Solo.ToString(), RunsFixture.Coop.ToString());

        RunRecord again = await _runs.RecordAsync(RunsFixture.Solo, RunsFixture.Oracle, AttemptReason.Status, real => new Repaired(real));
        again.Should().BeEquivalentTo(new { Attempt = 2, AttemptKind = AttemptKind.Run });
        (await VerbAsync("run", "--experiment", file, "--dry-run", "--status", "older_image", "--sandbox", "process")).Output.Should()
            .BeEmpty("all of them rest on the newer image");
    }

    [Fact]
    public void A_selection_of_them_travels_with_the_images_of_now()
    {
        var selection = new CaseSelection
        { OlderImage = true, Images = new Dictionary<string, string> { ["timespan_task/14"] = "sha256:aa" } };

        CaseSelection read = CaseSelection.Parse(selection.ToJson());

        read.OlderImage.Should().BeTrue();
        read.Images.Should().Equal(selection.Images);
        read.Selects(RunStatus.Completed, isOfOlderImage: true).Should().BeTrue();
        read.Selects(RunStatus.Missing, isOfOlderImage: false).Should().BeFalse("one status is asked for");
        new CaseSelection().Selects(RunStatus.Missing, isOfOlderImage: false).Should().BeTrue();
    }

    [Fact]
    public async Task A_word_that_is_none_is_answered_with_all_that_there_are()
    {
        using var error = new StringWriter();
        (await CommandLine.RunAsync(["status", "--status", "old"], TextWriter.Null, error)).Should().Be(ExitCodes.BadInput);
        error.ToString().Should().Contain("there are completed, results, failed, partial, missing, older_image.");
    }

    private async Task<(string Output, string Error)> VerbAsync(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        (await CommandLine.RunAsync([.. arguments, "--store", _runs.Store], output, error)).Should().Be(ExitCodes.Ok, error.ToString());
        return (output.ToString(), error.ToString());
    }

    /// <summary>The same images under another id, as after a repair.</summary>
    private sealed class Repaired(ISandboxProvider real) : ISandboxProvider
    {
        public string Kind => real.Kind;

        public SandboxAbilities Abilities => real.Abilities;

        public string Description => real.Description;

        public async Task<SandboxImage> PrepareImageAsync(SandboxImageSource source, CancellationToken cancellationToken) =>
            await real.PrepareImageAsync(source, cancellationToken) with { Id = "sha256:repaired" };

        public Task<ProgramVolume> PrepareProgramsAsync(ProgramRecipe recipe, CancellationToken cancellationToken) =>
            real.PrepareProgramsAsync(recipe, cancellationToken);

        public Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken) =>
            real.CreateAsync(spec, cancellationToken);

        public Task<IReadOnlyList<SweptSandbox>> SweepAsync(string? store, CancellationToken cancellationToken) =>
            real.SweepAsync(store, cancellationToken);

        public ValueTask DisposeAsync() => real.DisposeAsync();
    }
}
