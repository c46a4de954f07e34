using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Scenarios;
using Tandem.Records.Runs;
using Tandem.Records.Scenarios;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Scenarios;

/// <summary>Cases of scenarios from claim to record, by a model that is scripted.</summary>
[Slow]
public sealed class ScenarioRunnerTests : IDisposable
{
    private static readonly ScenarioSelection s_ask = new() { Scenarios = ["ask"], Variants = ["plain"], Repetitions = [1] };

    private readonly ScenarioFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_case_runs_once_and_has_a_line_in_the_file_of_its_variant_and_repetition()
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(ScenarioFolder.Good);

        (await _folder.RunAsync(server, cancellationToken: Token)).Should().AllBeOfType<ScenarioResult.Ran>().And.HaveCount(12);
        (await _folder.RunAsync(server, cancellationToken: Token)).Should().AllBeOfType<ScenarioResult.Stored>();

        server.Count.Should().Be(18, "six conversations have two turns");
        _folder.Records().Should().HaveCount(12).And.OnlyContain(record => record.Passed == true && record.EndedBy == ScenarioEnd.Answered
            && record.Reruns == 0 && record.Cost > 0 && record.Calls == record.Turns.Count);
        _folder.Layout.RunFiles().Should().HaveCount(6).And.OnlyContain(file => File.ReadAllLines(file).Length == 3);
        StoredScenario first = new ScenarioReader(_folder.Layout).Read().First();
        (first.Metadata.Variant, first.Metadata.Rep, first.Metadata.FixedTimestamp, first.Metadata.ZeroPersona, first.Metadata.Temperature)
            .Should().Be(("plain", 1, "2026-03-02T09:00:00+01:00", true, 0.2));
        first.Metadata.DefinitionDigests.Keys.Should()
            .Equal("experiment.json", "scenarios.json", "variants/plain.json", "variants/terse.json");
    }

    [Fact]
    public async Task The_model_is_asked_with_prompt_clock_tools_and_what_tools_answered()
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(ScenarioFolder.Good);

        ScenarioRecord record = Ran(await _folder.RunAsync(server, s_ask, cancellationToken: Token));

        JsonNode asked = server.Requests[1].Body!;
        asked["temperature"]!.GetValue<double>().Should().Be(0.2);
        asked["messages"]!.AsArray().Select(message => (string)message!["role"]!).Should().Equal("system", "user", "assistant", "tool");
        ((string)asked["messages"]![0]!["content"]!).Should().Be("You are plain.\nIt is 2026-03-02T09:00:00+01:00.");
        ((string)asked["messages"]![3]!["content"]!).Should().Be("""{"title":"countess"}""");
        asked["tools"]!.AsArray().Select(tool => (string)tool!["function"]!["name"]!).Should().Equal("find", "mute");
        record.ToolCalls.Should().ContainSingle().Which.Should().Match<ScenarioToolCall>(call => call.Turn == 1 && call.Name == "find"
            && call.ArgumentsText == """{"name": "Ada"}""" && call.ArgumentsFault == null && call.Answer!.Contains("countess"));
        (record.ResponseText, record.FinishReason, record.Turns.Count).Should().Be(("She is a countess.", "stop", 2));
        record.Usage!.Output.Should().Be(record.Turns.Sum(turn => turn.Usage!.Output));
    }

    [Theory]
    [InlineData("find", """{"name": "Zoe"}""", ScenarioEnd.ToolWithoutAnswer, "no answer of the tool 'find' that fits")]
    [InlineData("mute", "{}", ScenarioEnd.ToolWithoutAnswer, "no answer of the tool 'mute'")]
    [InlineData("fly", "{}", ScenarioEnd.ToolWithoutAnswer, "'fly', which is no tool of the variant")]
    [InlineData("find", """{"name": "Bob"}""", ScenarioEnd.MaxTurns, "in each of its 3 turns")]
    public async Task A_conversation_that_goes_nowhere_ends_with_what_happened(string tool, string arguments, ScenarioEnd end, string words)
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(
            _ => new FakeAnswer.Says(null, [new FakeToolCall(tool, arguments)]));

        ScenarioRecord record = Ran(await _folder.RunAsync(server, s_ask, cancellationToken: Token));

        (record.EndedBy, record.Passed, record.Error).Should().Be((end, false, null));
        record.EndDetail.Should().Contain(words);
        record.Checks.Should().HaveCount(2);
    }

    [Theory]
    [InlineData("{\"name\": \"Ada\"", "They are not JSON.")]
    [InlineData("", "They are empty.")]
    [InlineData("[1]", "They are JSON, but no object: array.")]
    public async Task Arguments_that_are_no_object_are_kept_as_given_and_go_back_as_an_object(string arguments, string fault)
    {
        _folder.Replace("variants/plain.json", """{ "when": { "name": "Nobody" }, "answer": "nobody of this name" }""",
            """{ "answer": "nobody" }""");
        int asked = 0;
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => ++asked == 1
            ? new FakeAnswer.Says("", [new FakeToolCall("find", arguments)]) : new FakeAnswer.Says("I do not know."));

        ScenarioRecord record = Ran(await _folder.RunAsync(server, s_ask, cancellationToken: Token));

        record.ToolCalls.Should().ContainSingle().Which.Should().Match<ScenarioToolCall>(
            call => call.ArgumentsText == arguments && call.Arguments == null && call.ArgumentsFault == fault);
        ((string)server.Requests[1].Messages[2]!["tool_calls"]![0]!["function"]!["arguments"]!).Should().Be("{}");
        record.EndedBy.Should().Be(ScenarioEnd.Answered);
    }

    [Fact]
    public async Task Faults_of_the_transport_are_begun_again_and_counted()
    {
        int asked = 0;
        await using FakeModelServer server = await FakeModelServer.StartAsync(request => ++asked switch
        {
            1 => new FakeAnswer.Status(429),
            3 => new FakeAnswer.Reset(Midway: true),
            _ => ScenarioFolder.Good(request),
        });

        ScenarioRecord record = Ran(await _folder.RunAsync(server, s_ask, cancellationToken: Token));

        (record.Passed, record.Reruns, record.Attempt, record.Calls).Should().Be((true, 2, 1, 5));
        record.FailedTries.Select(tried => tried.Class).Should().Equal(ErrorClass.RateLimit, ErrorClass.ModelTransport);
        record.Cost.Should().BeGreaterThan(record.Turns.Sum(turn => turn.Cost!.Value), "the turn before the cut was paid, too");
    }

    [Fact]
    public async Task What_outlives_its_reruns_is_missing_data_and_the_next_run_tries_it_again()
    {
        bool isDown = true;
        await using FakeModelServer server = await FakeModelServer.StartAsync(
            request => isDown ? new FakeAnswer.Status(503) : ScenarioFolder.Good(request));
        ScenarioRecord record = Ran(await _folder.RunAsync(server, s_ask, cancellationToken: Token));
        (record.Passed, record.Error!.Class, record.Reruns, server.Count).Should().Be(((bool?)null, ErrorClass.ModelTransport, 2, 3));
        _folder.View(s_ask).Cases[0].Standing.Status.Should().Be(RunStatus.Failed);
        byte[] before = await File.ReadAllBytesAsync(_folder.Layout.RunFiles()[0], Token);

        isDown = false;
        ScenarioRecord second = Ran(await _folder.RunAsync(server, s_ask, cancellationToken: Token));

        (second.Passed, second.Attempt, second.AttemptReason).Should().Be((true, 2, AttemptReason.Due));
        _folder.Layout.RunFiles().Should().HaveCount(2, "a run again adds files");
        (await File.ReadAllBytesAsync(_folder.Layout.RunFiles().First(file => File.ReadAllBytes(file).Length == before.Length), Token))
            .Should().Equal(before);
    }

    [Fact]
    public async Task A_refused_key_stops_the_run_but_a_conversation_that_is_refused_alone_is_an_outcome()
    {
        await using FakeModelServer refusing = await FakeModelServer.StartAsync(_ => new FakeAnswer.Status(401));
        ScenarioResult[] results = await _folder.RunAsync(refusing, cancellationToken: Token);
        results[0].Should().BeOfType<ScenarioResult.Ran>().Which.Record.Error!.Class.Should().Be(ErrorClass.ModelConfiguration);
        results.Skip(1).Should().AllBeOfType<ScenarioResult.Skipped>();
        refusing.Count.Should().Be(1);

        await using FakeModelServer picky = await FakeModelServer.StartAsync(request =>
            request.Messages[^1]!["content"]!.ToString() == "Hello!" ? new FakeAnswer.Status(400) : ScenarioFolder.Good(request));
        results = await _folder.RunAsync(picky, new ScenarioSelection { Variants = ["plain"], Repetitions = [1] },
            cancellationToken: Token);
        results.Cast<ScenarioResult.Ran>().Select(ran => ran.Record.EndedBy).Should().Equal(ScenarioEnd.Answered, ScenarioEnd.Refused);
    }

    [Fact]
    public async Task What_a_killed_process_had_begun_is_settled_with_an_unknown_cost_and_run_again()
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(ScenarioFolder.Good);
        await _folder.RunAsync(server, s_ask, cancellationToken: Token);
        foreach (string file in _folder.Layout.RunFiles())
            await File.WriteAllLinesAsync(file, (await File.ReadAllLinesAsync(file, Token)).Take(1), Token);
        _folder.View(s_ask).Cases[0].Standing.Status.Should().Be(RunStatus.Partial);

        Ran(await _folder.RunAsync(server, s_ask, cancellationToken: Token)).Attempt.Should().Be(2);

        _folder.Records().Select(one => (one.Attempt, one.Interrupted, one.Calls, one.Passed, one.Cost is null)).Should()
            .Equal((1, true, 1, null, true), (2, false, 2, true, false));
    }

    [Fact]
    public async Task An_interruption_is_recorded_and_passed_on()
    {
        using var stop = new CancellationTokenSource();
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ =>
        {
            stop.Cancel();
            return new FakeAnswer.Stall(TimeSpan.FromSeconds(30));
        });

        await _folder.Invoking(folder => folder.RunAsync(server, s_ask, cancellationToken: stop.Token)).Should()
            .ThrowAsync<OperationCanceledException>();

        _folder.Records().Should().ContainSingle().Which.Should().Match<ScenarioRecord>(
            record => record.Interrupted && record.Cost == null && record.Calls == 1);
    }

    [Fact]
    public async Task Changed_expectations_are_checked_again_without_the_model_and_a_changed_prompt_is_asked_anew()
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(ScenarioFolder.Good);
        await _folder.RunAsync(server, cancellationToken: Token);
        int asked = server.Count;
        _folder.Replace("scenarios.json", "countess", "Countess of Lovelace");
        _folder.View().Cases.Count(one => one.Standing.Status == RunStatus.Results).Should().Be(6);

        ScenarioResult[] results = await _folder.RunAsync(server, cancellationToken: Token);

        server.Count.Should().Be(asked);
        results.OfType<ScenarioResult.Rechecked>().Should().HaveCount(6).And.OnlyContain(one => one.Record.Passed == false
            && one.Record.Revision == 2 && one.Record.Attempt == 1);
        _folder.View().Due.Should().BeEmpty();

        _folder.Replace("variants/terse.json", "You are terse.", "You are very terse.");
        _folder.View().Cases.Where(one => one.Standing.Status == RunStatus.Missing).Should().HaveCount(6)
            .And.OnlyContain(one => one.Id.Variant == "terse" && one.Standing.IsStale);
        (await _folder.RunAsync(server, cancellationToken: Token)).OfType<ScenarioResult.Ran>().Should().HaveCount(6)
            .And.OnlyContain(ran => ran.Record.Attempt == 2);
    }

    [Fact]
    public async Task Another_model_or_temperature_under_the_same_name_is_refused()
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(ScenarioFolder.Good);
        await _folder.RunAsync(server, s_ask, cancellationToken: Token);

        _folder.Invoking(folder => folder.View(null, ("TANDEM__Temperature", "1"))).Should()
            .Throw<Harness.Experiments.ExperimentMismatchException>().WithMessage("*temperature, seed*Answers of both would be mixed*");
        _folder.View(null, ("TANDEM__Repetitions", "1")).Plan.Repetitions.Should().Be(3, "no repetition is taken out of a plan");
    }

    [Fact]
    public async Task The_budget_holds_for_scenarios_too()
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(ScenarioFolder.Good);

        ScenarioResult[] results = await _folder.RunAsync(server, cancellationToken: Token,
            variables: [("TANDEM__Limits__MaxCostUsd", "0.25")]);

        results.OfType<ScenarioResult.Ran>().Should().NotBeEmpty();
        results.OfType<ScenarioResult.Skipped>().Should().BeEmpty("each costs little, and its reservation is given back");
        ScenarioResult[] none = await _folder.RunAsync(server, new ScenarioSelection { Statuses = [RunStatus.Completed] },
            cancellationToken: Token, variables: [("TANDEM__Limits__MaxCostUsd", "0.1")]);
        none.Should().AllBeOfType<ScenarioResult.Skipped>().And.Subject.Cast<ScenarioResult.Skipped>().First().Reason.Should()
            .Contain("the experiment's budget does not cover it").And.Contain("limits.max_cost_usd");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ScenarioRecord Ran(ScenarioResult[] results) =>
        results.Should().ContainSingle().Which.Should().BeOfType<ScenarioResult.Ran>().Subject.Record;
}
