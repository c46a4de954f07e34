using FluentAssertions;
using Tandem.Analysis.Tests.Scenarios;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Merging;

/// <summary>Stores that each hold a part of one experiment of scenarios.</summary>
public sealed class ScenarioMergeTests : IDisposable
{
    private readonly MergeStores _stores = new();

    public void Dispose() => _stores.Dispose();

    [Fact]
    public void Parts_become_one_store_that_validates_and_has_all_their_files()
    {
        using PlantedScenarioStore one = Part("a", id => id.Repetition == 1);
        using PlantedScenarioStore two = Part("b", id => id.Repetition == 2);
        two.Begin(two.Record(PlantedScenarioStore.Id("plain", "s1", 2)));

        (int code, string output, string error) = _stores.Merge("a", "b", "all");

        (code, error).Should().Be((0, ""), output);
        output.Should().StartWith("2 stores merged into all\n").And.Contain("talks: 9 of 9 rules pass")
            .And.MatchRegex(@"\n  a +talks +\d+ +4 +0 ").And.MatchRegex(@"\n  total +\d+ +8 +0 ");
        _stores.Tree("all").Should().BeEquivalentTo(_stores.Tree("a").Union(_stores.Tree("b")));
        Read().Should().BeEquivalentTo(one.Plan.Cases);
        (code, output, _) = _stores.Merge("a", "all");
        code.Should().Be(0, output);
        output.Should().MatchRegex(@"\n  a +talks +0 +0 +4 ", "what is there is taken once");
    }

    [Fact]
    public void Repetitions_variants_and_scenarios_that_only_one_part_has_are_joined()
    {
        using PlantedScenarioStore one = Part("a", _ => true);
        using var two = new PlantedScenarioStore(scenarios: 3, ["plain"], repetitions: 3, store: _stores["b"]);
        two.Add([.. two.Plan.Cases.Where(id => id.Repetition == 3 || id.Scenario == "s3").Select(id => two.Record(id))]);
        foreach (string file in two.Layout.RunFiles())
            File.Move(file, Path.ChangeExtension(file, "b.jsonl"));

        (int code, string output, string error) = _stores.Merge("a", "b", "all", "--partial");

        code.Should().Be(0, output + error);
        ScenarioPlan plan = new ScenarioReader(_stores.Into(experiment: "talks")).ReadPlan()!;
        (plan.Repetitions, plan.Variants.Count, plan.Scenarios.Count, plan.Conversations.Count).Should().Be((3, 2, 3, 5));
        plan.Cases.Should().HaveCount(15, "no part says what s3 is made of under 'formal'").And.OnlyHaveUniqueItems()
            .And.NotContain(id => id.Variant == "formal" && id.Scenario == "s3");
        Read().Should().HaveCount(13);
    }

    [Fact]
    public void Another_plan_and_another_record_are_refused_and_nothing_is_changed()
    {
        using PlantedScenarioStore one = Part("a", id => id.Repetition == 1);
        using PlantedScenarioStore two = Part("b", id => id.Repetition == 1);
        File.Move(two.RunFile("plain"), two.RunFile("plain") + ".old");
        two.Add(two.Record(PlantedScenarioStore.Id("plain", "s1"), passed: false));
        File.Move(two.RunFile("plain"), two.RunFile("plain", 9));
        File.Delete(two.RunFile("plain") + ".old");

        Refused("scenario/plain/s1/rep1, attempt 1, revision 1 is another ");
        two.WritePlan(plan => plan with { ModelDigest = PlantedScenarioStore.Digest("acme-2"), Model = "acme-2" });
        Refused("it asks 'acme-2' here and 'acme-1' there");
        two.WritePlan(_ => one.Plan with
        {
            Conversations = [.. one.Plan.Conversations.Select(talk => talk.Scenario != "s2" ? talk
                : talk with { ConversationDigest = PlantedScenarioStore.Digest("other texts") })],
        });
        Refused("the scenario s2 of the variant plain is made of other texts or expectations");
    }

    [Fact]
    public void Runs_of_pairs_under_the_same_name_are_refused()
    {
        using PlantedScenarioStore one = Part("a", _ => true, name: "default");
        _stores.Shard("b", 1);

        Refused("is an experiment of scenarios, or cannot be read.");
    }

    private PlantedScenarioStore Part(string store, Func<ScenarioCaseId, bool> isDone, string name = "talks")
    {
        var part = new PlantedScenarioStore(name: name, store: _stores[store]);
        part.Add([.. part.Plan.Cases.Where(isDone).Select(id => part.Record(id))]);
        return part;
    }

    private ScenarioCaseId[] Read() =>
        [.. new ScenarioReader(_stores.Into(experiment: "talks")).Read().Select(stored => stored.Record.CaseId)];

    private void Refused(string words)
    {
        (int code, string output, string error) = _stores.Merge("a", "b", "all");

        code.Should().Be(2, output);
        error.Should().Contain(words);
        Directory.Exists(_stores["all"]).Should().BeFalse();
    }
}
