using System.Text.Json;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;

namespace Tandem.Analysis.Tests.Scenarios;

/// <summary>A store with all that the pages show: answers that differ, hostile texts, missing data, long answers, ties.</summary>
internal static class ScenarioShowcase
{
    public static PlantedScenarioStore Store()
    {
        var store = new PlantedScenarioStore(scenarios: 5, variants: ["plain", "formal", "applike"], repetitions: 3, name: "bookings");
        store.WritePlan(plan => plan with
        {
            ScenarioPassRate = 0.6,
            AllowsEmptyText = true,
            Scenarios =
            [
                .. plan.Scenarios.Select((scenario, place) => scenario with
                {
                    User = place == 4 ? Hostile.Text : "I would like a table for two on Friday evening, by the window if there is one.",
                    Tags = place % 2 == 0 ? ["booking", "easy"] : ["booking", "two tools"],
                    FixedTimestamp = place == 1 ? "2026-05-01T18:00:00+02:00" : null,
                    Persona = place == 1 ? "a hurried guest who writes in short sentences" : null,
                }),
            ],
        });
        store.Add([.. store.Plan.Cases.Select((id, place) => Record(store, id, place))]);
        store.Add(store.Record(PlantedScenarioStore.Id("formal", "s2", 2), attempt: 2) with
        {
            Reruns = 1,
            FailedTries = [new ScenarioError(ErrorClass.RateLimit, "429")],
        });
        return store;
    }

    private static ScenarioRecord Record(PlantedScenarioStore store, ScenarioCaseId id, int place)
    {
        ScenarioRecord passed = store.Record(id) with { LatencySeconds = 1.0 + (place % 7), Cost = place % 11 == 0 ? null : 0.003m };
        return (id.Scenario, id.Variant, id.Repetition) switch
        {
            ("s2", "formal", 2) => store.Failed(id),
            ("s3", "applike", 3) => store.Failed(id, error: ErrorClass.RateLimit),
            ("s3", "formal", 3) => passed with
            {
                ResponseText = "Your table for two is booked. Enjoy!",
                Turns = [passed.Turns[0], passed.Turns[1] with { Text = "Your table for two is booked. Enjoy!" }],
            },
            ("s4", "plain", _) => store.Record(id, passed: false),
            ("s4", "applike", 2) => passed with
            {
                ResponseText = "",
                Turns = [passed.Turns[0]],
                EndedBy = ScenarioEnd.ToolWithoutAnswer,
                EndDetail = "find_table has no answer for these arguments.",
                ToolCalls = [passed.ToolCalls[0] with { Name = "find_table", Answer = null }],
                Checks = [passed.Checks[0] with { Passed = false, Detail = "called find_table" },
                    passed.Checks[1] with { Passed = false, Detail = "the answer is empty" }],
                Passed = false,
            },
            ("s5", "plain", 1) => store.Record(id, passed: false) with
            {
                ResponseText = Hostile.Text,
                ToolCalls = [new ScenarioToolCall(1, "c", "<b>tool</b>", Hostile.Text, null, "It is no JSON.", Hostile.Text)],
                Checks = [new ScenarioCheck(PlantedScenarioStore.Check, false, Hostile.Text),
                    new ScenarioCheck(PlantedScenarioStore.OtherCheck, true, null)],
            },
            ("s5", "formal", _) => passed with
            {
                ResponseText = string.Concat(Enumerable.Repeat($"A long answer in {id.Repetition} parts. ", 300))
                    + new string('x', 400),
                ToolCalls = [new ScenarioToolCall(1, "c", "book_table", $$"""{"note":"{{new string('y', 500)}}"}""",
                    JsonDocument.Parse("{}").RootElement, null, new string('z', 500))],
            },
            _ => passed,
        };
    }
}
