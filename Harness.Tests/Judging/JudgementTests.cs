using FluentAssertions;
using Tandem.FakeModel;
using Tandem.Harness.Configuration;
using Tandem.Harness.Judging;
using Tandem.Harness.Judging.Rubrics;
using Tandem.Harness.Tests.Models;
using Tandem.Records.Judgements;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Judging;

/// <summary>Whatever happens to a judgement, there is one sound record of it.</summary>
public sealed class JudgementTests : IDisposable
{
    private const string Good = """{"label": "C1b", "quotes": ["Which lines do you change?", "I wait for it."], "reason": "x"}""";

    private readonly List<JudgementRecord> _calls = [];
    private readonly JudgedRun _run = new("Which lines do you change?", "I wait for it.");
    private readonly Rubric _rubric = JudgedRun.Rubric("communication-errors");

    public void Dispose() => _run.Dispose();

    [Fact]
    public async Task A_label_is_recorded_with_all_that_it_rests_on()
    {
        JudgementRecord record = await MakeAsync(new FakeAnswer.Says(Good));

        record.JudgementId.ToString().Should().Be("communication-errors/gpt-4o/rep1/coop-comm/click_task/1/f1_f2/seed0");
        (record.Status, record.Labels[0].Label, record.VoidedLabels).Should().Be((JudgementOutcome.Labelled, "C1b", 0));
        (record.Judge, record.JudgeModel, record.Simulated, record.Calls).Should().Be(("default", "gpt-4o", false, 1));
        (record.JudgedAttempt, record.JudgedRevision).Should().Be((1, 1));
        record.EvidenceDigest.Should().Be(_run.Evidence(_rubric).Digest);
        record.Evidence.Select(extent => extent.Section).Should().Equal("task", "conversation", "patches", "merge", "tests");
        record.Cost.Should().BePositive();
        Status(record).Should().Be(JudgeStatus.Complete);
    }

    [Fact]
    public async Task A_void_label_is_kept_and_counted()
    {
        JudgementRecord record = await MakeAsync(new FakeAnswer.Says("""{"label": "C1b", "quotes": ["invented", "too"], "reason": "x"}"""));

        (record.Status, record.VoidedLabels, record.Labels[0].Label).Should().Be((JudgementOutcome.Voided, 1, "C1b"));
        record.Labels[0].Quotes.Should().Equal(new JudgementQuote("invented", null), new JudgementQuote("too", null));
        Status(record).Should().Be(JudgeStatus.Failed);
    }

    [Fact]
    public async Task A_judge_that_fails_is_failed_and_its_calls_are_in_the_books()
    {
        JudgementRecord record = await MakeAsync(new FakeAnswer.Says("garbage"));

        (record.Status, record.ErrorClass, record.Calls, record.Labels.Count).Should()
            .Be((JudgementOutcome.Failed, (ErrorClass?)null, 2, 0));
        record.FailureReason.Should().Contain("not one JSON object");
        record.Replies.Select(reply => reply.Text).Should().Equal("garbage", "garbage");
        record.IsMissingData.Should().BeFalse("it is left for --status failed");
        Status(record).Should().Be(JudgeStatus.Failed);
    }

    [Fact]
    public async Task An_endpoint_that_fails_is_an_error_of_the_infrastructure()
    {
        JudgementRecord record = await MakeAsync(new FakeAnswer.Status(401));

        (record.Status, record.ErrorClass, record.Calls).Should().Be((JudgementOutcome.Failed, ErrorClass.ModelConfiguration, 1));
        record.FailureReason.Should().Contain("401").And.NotContain(ModelFixture.Key);
        record.EvidenceDigest.Should().NotBeNull();
        Status(record).Should().Be(JudgeStatus.Failed);
    }

    [Fact]
    public async Task Evidence_that_is_too_long_is_between_the_rubric_and_the_model()
    {
        JudgementRecord record = await MakeAsync(new FakeAnswer.Status(400,
            Body: """{"error": {"message": "maximum context length is 8192 tokens", "code": "context_length_exceeded"}}"""));

        (record.Status, record.ErrorClass).Should().Be((JudgementOutcome.Failed, (ErrorClass?)null));
        record.FailureReason.Should()
            .StartWith("The evidence is longer than the judge can read: lower the bytes of evidence in rubric.json");
    }

    [Fact]
    public async Task An_interruption_is_recorded_with_what_was_paid()
    {
        using var stop = new CancellationTokenSource();
        await using ModelFixture model = await ModelFixture.StartAsync(request =>
        {
            if (request.Number == 1)
                return new FakeAnswer.Says("garbage");
            stop.Cancel();
            return new FakeAnswer.Stall(TimeSpan.FromMinutes(5));
        });

        JudgementRecord record = await MakeAsync(model, stop.Token);

        (record.Status, record.Interrupted, record.ErrorClass, record.Calls).Should()
            .Be((JudgementOutcome.Failed, true, (ErrorClass?)null, 2));
        record.Cost.Should().BeNull("nobody knows what the call cost that was under way");
        _calls.Select(call => (call.Calls, call.Interrupted, call.Replies.Count, call.Attempt)).Should()
            .Equal([(1, true, 0, 1), (2, true, 1, 1)], "before each call stands what the judgement is if its process ends now");
        Status(record).Should().Be(JudgeStatus.Partial);
    }

    [Theory]
    [InlineData(500, ErrorClass.ModelTransport, true)]
    [InlineData(401, ErrorClass.ModelConfiguration, false)]
    public async Task A_second_call_without_an_answer_leaves_the_cost_unknown_unless_it_was_refused(int code, ErrorClass fault,
        bool isUnknown)
    {
        await using ModelFixture model = await ModelFixture.StartAsync(
            request => request.Number == 1 ? new FakeAnswer.Says("garbage") : new FakeAnswer.Status(code), settings => settings with
            { Retries = 0 });

        JudgementRecord record = await MakeAsync(model, TestContext.Current.CancellationToken);

        (record.ErrorClass, record.Calls, record.Replies.Count).Should().Be((fault, 2, 1));
        (record.Cost is null).Should().Be(isUnknown);
        var spent = Spending.OfJudgement([record], unknownUsd: 0.5m);
        spent.Unpriced.Should().Be(isUnknown ? 1 : 0);
        spent.Usd.Should().Be(isUnknown ? 0.5m : record.Cost);
        Status(record).Should().Be(JudgeStatus.Failed);
    }

    [Fact]
    public async Task A_call_that_could_not_be_kept_on_disk_is_not_made_and_not_counted()
    {
        await using ModelFixture model = await ModelFixture.AlwaysAsync(new FakeAnswer.Says(Good));

        JudgementRecord record = await MakeAsync(model, TestContext.Current.CancellationToken,
            _ => throw new IOException("No space left on device"));

        (record.Calls, model.Server.Count, record.ErrorClass is not null).Should().Be((0, 0, true));
        Spending.OfJudgement([record], unknownUsd: 0.5m).Should().Be(default(Spending));
    }

    [Fact]
    public async Task The_built_in_judge_makes_records_too()
    {
        JudgementRecord record = await Judgement.MakeAsync(TaskOf("symptoms"), new RulesJudge(), _run.Layout, TimeProvider.System,
            onCall: null, TestContext.Current.CancellationToken);

        (record.Simulated, record.Calls, record.Cost, record.JudgementId.Judge).Should().Be((true, 0, (decimal?)null, "builtin.rules"));
        JudgementLaws.Faults(record).Should().BeEmpty();
    }

    [Fact]
    public async Task A_judgement_of_an_older_rubric_or_conversation_is_not_done()
    {
        JudgementRecord record = await MakeAsync(new FakeAnswer.Says(Good));
        JudgeIdentity judge = ModelJudge.IdentityOf("default", new ModelSettings { Name = "gpt-4o" });

        JudgeStatusReader.Of(_run.Run, [record], Judgement.InputsOf(_rubric with { Digest = "other" }, judge, _run.Run))
            .Should().Be(JudgeStatus.Missing);
        _run.Say(JudgedRun.Message("agent1", "something else", 0));
        Status(record).Should().Be(JudgeStatus.Missing);
    }

    [Fact]
    public async Task What_was_made_again_and_says_the_same_is_not_judged_again()
    {
        JudgementRecord record = await MakeAsync(new FakeAnswer.Says(Good));

        _run.Run = _run.Run with
        {
            Revision = 2,
            Artifacts = [.. _run.Run.Artifacts.Select(artifact => artifact.Path == StoreLayout.ConversationFile
                ? artifact with { Path = StoreLayout.Revised(artifact.Path, 2) } : artifact)],
        };
        Status(record).Should().Be(JudgeStatus.Complete, "the messages have the same bytes under another name");
        _run.Write("tests_f1.log", "FAILED tests/test_core.py::test_one - AssertionError\n1 failed, 3 passed in 0.31s\n");
        Status(record).Should().Be(JudgeStatus.Complete, "the tests were run again and came to the same counts");
        _run.Run = _run.Run with { Tests = [.. _run.Run.Tests.Select(test => test with { Passed = true })] };
        Status(record).Should().Be(JudgeStatus.Missing, "they came to something else");
    }

    private JudgeStatus Status(JudgementRecord record)
    {
        JudgementLaws.Faults(record).Should().BeEmpty();
        StoreJson.ToLine(StoreJson.Read<JudgementRecord>(StoreJson.ToLine(record))).Should().Equal(StoreJson.ToLine(record));
        JudgeIdentity judge = ModelJudge.IdentityOf("default", new ModelSettings { Name = "gpt-4o" });
        return JudgeStatusReader.Of(_run.Run, [record], Judgement.InputsOf(_rubric, judge, _run.Run));
    }

    private async Task<JudgementRecord> MakeAsync(FakeAnswer answer)
    {
        await using ModelFixture model = await ModelFixture.AlwaysAsync(answer);
        return await MakeAsync(model, TestContext.Current.CancellationToken);
    }

    private Task<JudgementRecord> MakeAsync(ModelFixture model, CancellationToken stop, Action<JudgementRecord>? onCall = null)
    {
        JudgeIdentity identity = ModelJudge.IdentityOf("default", new ModelSettings { Name = "gpt-4o" });
        var judge = new ModelJudge(model.Connection, identity);
        return Judgement.MakeAsync(TaskOf(_rubric.Name), judge, _run.Layout, TimeProvider.System, onCall ?? _calls.Add, stop);
    }

    private JudgementTask TaskOf(string rubric) => new()
    {
        Rubric = JudgedRun.Rubric(rubric),
        Run = _run.Run,
        TaskText = "Build the parser.",
        Repetition = 1,
        Attempt = 1,
        Reason = AttemptReason.Due,
        RunId = "run-1",
        Harness = "0.1.0+test",
    };
}
