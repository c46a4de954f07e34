using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Admission;
using Tandem.Harness.Judging;
using Xunit;

namespace Tandem.Harness.Tests.Judging;

/// <summary>What keeps a judgement from going on: a store that cannot be written, and money that is held elsewhere.</summary>
public sealed class JudgementLimitsTests : IDisposable
{
    private static readonly JudgementSelection s_errors = new() { Rubrics = ["communication-errors"], Judges = ["gpt-4o"] };

    private readonly JudgedStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task A_stop_does_not_wait_for_a_store_that_cannot_be_written()
    {
        JudgementView view = _store.Judgements(s_errors with { Judges = [RulesJudge.Name] });
        // Where the folder of judgements should be stands a file.
        await File.WriteAllTextAsync(_store.Layout.JudgementsFolder, "", Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var notices = new List<string>();
        using var environment = new JudgeEnvironment(view, "run-j", TimeProvider.System, line =>
        {
            notices.Add(line);
            stop.Cancel();
        });

        Func<Task> judging = () => new JudgementRunner(environment).RunAsync(view.Judgements[0], stop.Token);

        await judging.Should().ThrowAsync<OperationCanceledException>().WaitAsync(TimeSpan.FromSeconds(30), Token);
        notices.Should().ContainSingle().Which.Should().StartWith("paused: the store cannot be written");
        File.Delete(_store.Layout.JudgementsFolder);
        (await new JudgementRunner(environment).RunAsync(view.Judgements[0], Token)).Should().BeOfType<JudgementResult.Ran>(
            "nothing was recorded");
    }

    [Fact]
    public async Task After_the_patience_with_an_unwritable_store_the_message_speaks_of_judgements()
    {
        JudgementView view = _store.Judgements(s_errors with { Judges = [RulesJudge.Name] }, ("TANDEM__Run__PatienceMinutes", "0"));
        await File.WriteAllTextAsync(_store.Layout.JudgementsFolder, "", Token);
        using var environment = new JudgeEnvironment(view, "run-j", TimeProvider.System);

        Func<Task> judging = () => new JudgementRunner(environment).RunAsync(view.Judgements[0], Token);

        (await judging.Should().ThrowAsync<StoreUnwritableException>()).Which.Message.Should()
            .EndWith("start the same command again: it makes the judgements that are missing.");
    }

    [Fact]
    public async Task The_lines_of_a_pause_count_judgements()
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(_ => new FakeAnswer.Status(500));
        JudgementView view = _store.Judgements(s_errors, [.. JudgedStore.At(server), ("TANDEM__Run__Attempts", "1")]);
        var notices = new List<string>();
        using var environment = new JudgeEnvironment(view, "run-j", TimeProvider.System, notices.Add);

        foreach (SelectedJudgement one in view.Judgements.Take(3))
            await new JudgementRunner(environment).RunAsync(one, Token);

        notices.Should().ContainSingle().Which.Should().StartWith("paused: 3 judgements in a row met the same fault (model_transport)");
    }

    [Fact]
    public async Task What_agents_of_this_process_have_open_counts_in_the_budget_of_its_judges()
    {
        await using FakeModelServer server = await FakeModelServer.StartAsync(JudgedStore.Good);
        JudgementView view = _store.Judgements(s_errors, [.. JudgedStore.At(server).Where(one => one.Name != "TANDEM__Limits__MaxCostUsd"),
            ("TANDEM__Limits__MaxCostUsd", "1"), ("TANDEM__Judges__JudgementCostUsd", "0.5")]);
        var shared = new Reservations();
        (IDisposable? agent, _) = await shared.TakeAsync(0.8m, (_, _) => null, Token);
        using var environment = new JudgeEnvironment(view, "run-j", TimeProvider.System, reservations: shared);

        Task<JudgementResult> judging = new JudgementRunner(environment).RunAsync(view.Judgements[0], Token);
        await Task.WhenAny(judging, Task.Delay(300, Token));
        (judging.IsCompleted, server.Count).Should().Be((false, 0), "the agent may still cost 0.8 of 1 USD");

        agent!.Dispose();
        (await judging).Should().BeOfType<JudgementResult.Ran>();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;
}
