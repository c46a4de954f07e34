using System.Text.Json.Nodes;
using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Admission;
using Tandem.Harness.Judging;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Judging;

/// <summary>A judgement from claim to record, by a model that is scripted.</summary>
[Slow]
public sealed class JudgementRunnerTests : IDisposable
{
    private static readonly JudgementSelection s_errors = new() { Rubrics = ["communication-errors"], Judges = ["gpt-4o"] };
    private static readonly JudgementSelection s_failed = s_errors with { Statuses = [JudgeStatus.Failed] };

    private readonly JudgedStore _store = new();
    private readonly List<string> _notices = [];

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task Each_run_is_judged_once_and_what_is_done_is_not_asked_again()
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(JudgedStore.Good);

        (await JudgeAsync(server, s_errors)).Should().AllBeOfType<JudgementResult.Ran>().And.HaveCount(10);
        (await JudgeAsync(server, s_errors)).Should().AllBeOfType<JudgementResult.Stored>();

        server.Count.Should().Be(10);
        _store.Records().Should().HaveCount(10).And.OnlyContain(record => record.Status == JudgementOutcome.Labelled
            && record.Labels[0].Label == "C1b" && record.Attempt == 1 && record.AttemptReason == AttemptReason.Due);
        Directory.EnumerateFiles(_store.Layout.JudgementCallsFolder).Should().ContainSingle("each call stood on disk before it was made");
    }

    [Theory]
    [InlineData("garbage", "not one JSON object")]
    [InlineData("这两个代理没有沟通。", "not one JSON object")]
    [InlineData("""{"label": "C1b", "quotes": ["Which lines do you chan""", "not JSON")]
    [InlineData("""{"label": "Keine Antwort", "quotes": ["Which lines do you change?", "I wait for it."], "reason": "x"}""", "label")]
    [InlineData("", "empty")]
    public async Task An_answer_that_cannot_be_read_is_asked_for_twice_and_then_only_if_its_status_is_named(string answer, string reason)
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => new FakeAnswer.Says(answer));

        JudgementRecord record = Ran((await JudgeAsync(server, s_errors))[0]);
        (record.Status, record.ErrorClass, record.Calls).Should().Be((JudgementOutcome.Failed, (ErrorClass?)null, 2));
        record.FailureReason.Should().Contain(reason);
        server.Count.Should().Be(20);
        (await JudgeAsync(server, s_errors)).Should().AllBeOfType<JudgementResult.Stored>();
        server.Count.Should().Be(20);

        (await JudgeAsync(server, s_failed)).Should().AllBeOfType<JudgementResult.Ran>();
        server.Count.Should().Be(40);
        _store.Records().Select(one => (one.Attempt, one.AttemptReason)).Distinct().Should()
            .Equal((1, AttemptReason.Due), (2, AttemptReason.Status));
    }

    [Fact]
    public async Task A_quote_that_nobody_wrote_leaves_the_judgement_failed()
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(
            _ => new FakeAnswer.Says("""{"label": "C1b", "quotes": ["I never said that", "nor this one"], "reason": "x"}"""));

        JudgementRecord record = Ran((await JudgeAsync(server, s_errors))[0]);

        (record.Status, record.VoidedLabels).Should().Be((JudgementOutcome.Voided, 1));
        Status(s_errors).Should().AllBeEquivalentTo(JudgeStatus.Failed);
        (await JudgeAsync(server, s_errors)).Should().AllBeOfType<JudgementResult.Stored>();
        server.Count.Should().Be(10, "an answer in the right form is not asked for twice");
    }

    [Fact]
    public async Task A_judge_that_answers_too_late_fails_with_the_reason_after_all_attempts()
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => new FakeAnswer.Stall(TimeSpan.FromSeconds(30)));

        JudgementResult[] results = await JudgeAsync(server, s_errors, requestSeconds: 0.2, most: 1,
            variables: ("TANDEM__Run__Attempts", "2"));

        JudgementRecord record = Ran(results[0]);
        (record.ErrorClass, record.Attempt, record.Cost).Should().Be((ErrorClass.ModelTransport, 2, null));
        record.FailureReason.Should().Contain("gave no whole answer within 0.2 s");
        Status(s_errors)[0].Should().Be(JudgeStatus.Failed);
        _store.Records().Should().HaveCount(2).And.OnlyContain(one => one.Calls == 1);
    }

    [Theory]
    [InlineData("3")]
    [InlineData("1")]
    public async Task A_key_that_is_refused_stops_all_judgements_at_once(string attempts)
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => new FakeAnswer.Status(401));

        JudgementResult[] results = await JudgeAsync(server, s_errors, variables: ("TANDEM__Run__Attempts", attempts));

        results[0].Should().BeOfType<JudgementResult.Ran>();
        results.Skip(1).Should().AllBeOfType<JudgementResult.Skipped>();
        server.Count.Should().Be(1);
    }

    [Fact]
    public async Task What_a_killed_process_had_asked_is_settled_and_judged_again()
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(JudgedStore.Good);
        JudgementRecord[] made = [.. (await JudgeAsync(server, s_errors, most: 2)).Select(Ran)];
        // Of the second, only what stood on disk before its call is left.
        foreach (string file in _store.Layout.JudgementFiles())
            await File.WriteAllLinesAsync(file, (await File.ReadAllLinesAsync(file, Token)).Take(2), Token);

        Status(s_errors).Take(3).Should().Equal(JudgeStatus.Complete, JudgeStatus.Partial, JudgeStatus.Missing);
        new JudgementIndex(_store.Layout).Spent(unknownUsd: 5).Usd.Should().Be(made[0].Cost + 5, "nobody knows what it cost");
        await JudgeAsync(server, s_errors);

        server.Count.Should().Be(11);
        _store.Records().Where(one => one.JudgementId == made[1].JudgementId)
            .Select(one => (one.Attempt, one.Interrupted, one.Calls, one.Status)).Should()
            .Equal((1, true, 1, JudgementOutcome.Failed), (2, false, 1, JudgementOutcome.Labelled));
        new JudgementIndex(_store.Layout).Open().Should().BeEmpty();
    }

    [Fact]
    public async Task A_key_that_the_endpoint_sends_back_is_not_written_down()
    {
        const string variable = "TANDEM_TEST_JUDGE_KEY";
        const string key = "sk-planted-zY8xW7vU6tS5rQ4pO3nM2lK1";
        Environment.SetEnvironmentVariable(variable, key);
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => new FakeAnswer.Says($"Your key is {key}."));

        JudgementRecord record = Ran((await JudgeAsync(server, s_errors, most: 1, variables: ("TANDEM__Model__KeyVariable", variable)))[0]);

        record.Calls.Should().Be(2);
        server.Requests[0].Headers["Authorization"].Should().Contain(key);
        Directory.EnumerateFiles(_store.Layout.JudgementsFolder, "*", SearchOption.AllDirectories).Should().HaveCount(2).And
            .OnlyContain(file => !File.ReadAllText(file).Contains(key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_judgement_that_another_process_makes_is_left_to_it()
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(JudgedStore.Good);
        using IDisposable? held = new FileClaimStore(_store.Layout).TryClaim(
            _store.Judgements(s_errors, JudgedStore.At(server)).Judgements[0].Id, out _);

        JudgementResult[] results = await JudgeAsync(server, s_errors);

        results[0].Should().BeOfType<JudgementResult.Skipped>().Which.Reason.Should().StartWith("claimed elsewhere");
        server.Count.Should().Be(9);
    }

    [Fact]
    public async Task A_judgement_begins_only_if_the_budget_of_the_experiment_covers_it()
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(JudgedStore.Good);

        JudgementResult[] results = await JudgeAsync(server, s_errors, variables:
            [("TANDEM__Limits__MaxCostUsd", "1.2"), ("TANDEM__Judges__JudgementCostUsd", "0.5")]);
        results.Select(result => (result as JudgementResult.Skipped)?.Reason).Should().OnlyContain(reason => reason == null,
            "each costs a fraction of what is reserved for it");
        decimal spent = _store.Records().Sum(record => record.Cost!.Value);
        spent.Should().BePositive();

        results = await JudgeAsync(server, s_errors with { Judges = ["gpt-4o-mini"] }, variables:
            [("TANDEM__Limits__MaxCostUsd", "0.5"), ("TANDEM__Judges__JudgementCostUsd", "0.5")]);
        results.Should().AllBeOfType<JudgementResult.Skipped>().Which.First().Reason.Should()
            .Contain("limits.max_cost_usd, judges.judgement_cost_usd");
    }

    [Fact]
    public async Task What_another_process_pays_agents_meanwhile_counts_in_the_budget_of_judges()
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(JudgedStore.Good);
        JudgementView view = _store.Judgements(s_errors,
            [.. JudgedStore.At(server).Where(one => one.Name != "TANDEM__Limits__MaxCostUsd"), ("TANDEM__Limits__MaxCostUsd", "1")]);
        using var environment = new JudgeEnvironment(view, "run-j", TimeProvider.System);
        (await new JudgementRunner(environment).RunAsync(view.Judgements[0], Token)).Should().BeOfType<JudgementResult.Ran>();

        _store.Append(_store.RunOf(view.Judgements[0].Id.CaseId) with { Attempt = 2, AttemptId = "attempt-2", TotalCost = 1 });

        (await new JudgementRunner(environment).RunAsync(view.Judgements[1], Token)).Should().BeOfType<JudgementResult.Skipped>()
            .Which.Reason.Should().Contain("limits.max_cost_usd");
    }

    [Fact]
    public async Task A_model_that_costs_money_is_not_asked_without_a_budget()
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(JudgedStore.Good);

        JudgementResult[] results = await JudgeAsync(server, s_errors, variables: ("TANDEM__Limits__MaxCostUsd", "null"));

        results.Should().AllBeOfType<JudgementResult.Skipped>().Which.First().Reason.Should().Contain("limits.max_cost_usd");
        server.Count.Should().Be(0);
    }

    [Fact]
    public async Task An_alias_is_resolved_and_both_names_are_recorded()
    {
        using var store = new JudgedStore(settings: new JsonObject
        { ["judges"] = new JsonObject { ["default"] = "strong", ["aliases"] = new JsonObject { ["strong"] = "gpt-4o" } } });
        await using FakeModelServer server = await FakeModelServer.StartAsync(JudgedStore.Good);

        await JudgeAsync(server, s_errors with { Judges = [] }, store: store);

        store.Records().Should().HaveCount(10).And.OnlyContain(record => record.Judge == "strong" && record.JudgeModel == "gpt-4o"
            && record.JudgementId.Judge == "gpt-4o");
        store.Judgements(s_errors).Judgements.Should().OnlyContain(one => one.Status == JudgeStatus.Complete, "it is the same judge");
    }

    [Fact]
    public async Task A_judgement_is_interrupted_by_the_stop_and_recorded()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ =>
        {
            stop.Cancel();
            return new FakeAnswer.Stall(TimeSpan.FromSeconds(30));
        });
        JudgementView view = _store.Judgements(s_errors, JudgedStore.At(server));
        using var environment = new JudgeEnvironment(view, "run-j", TimeProvider.System);

        await FluentActions.Awaiting(() => new JudgementRunner(environment).RunAsync(view.Judgements[0], stop.Token)).Should()
            .ThrowAsync<OperationCanceledException>();

        _store.Records().Should().ContainSingle().Which.Interrupted.Should().BeTrue();
        Status(s_errors)[0].Should().Be(JudgeStatus.Partial);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static JudgementRecord Ran(JudgementResult result) => result.Should().BeOfType<JudgementResult.Ran>().Which.Record;

    private JudgeStatus[] Status(JudgementSelection selection) => [.. _store.Judgements(selection).Judgements.Select(one => one.Status)];

    private async Task<JudgementResult[]> JudgeAsync(FakeModelServer server, JudgementSelection selection, double requestSeconds = 60,
        int most = int.MaxValue, JudgedStore? store = null, params (string Name, string Value)[] variables)
    {
        JudgementView view = (store ?? _store).Judgements(selection,
            [.. JudgedStore.At(server, requestSeconds).ExceptBy(variables.Select(one => one.Name), one => one.Name), .. variables]);
        using var environment = new JudgeEnvironment(view, $"run-{Guid.NewGuid():n}", TimeProvider.System, _notices.Add);
        var results = new List<JudgementResult>();
        foreach (SelectedJudgement one in view.Judgements.Take(most))
            results.Add(await new JudgementRunner(environment).RunAsync(one, Token));
        return [.. results];
    }
}
