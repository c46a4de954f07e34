using System.Text;
using FluentAssertions;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Rules.Deep;
using Tandem.Analysis.Tests.Stores;
using Tandem.Analysis.Validating;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Rules;

public sealed class DeepRuleTests
{
    private static readonly CaseId Id = Sample.Case(Setting.CoopComm);
    private static readonly TokenCounts Tokens = new(1000, 50, 10, null);

    [Theory]
    [InlineData("conversation.json", "[\n  {\n", "conversation.json(3) cannot be read: ")]
    [InlineData("conversation.json", "[]", "conversation.json has 0 messages, the record 1")]
    [InlineData("trajectory.jsonl", "nonsense\n", "trajectory.jsonl(1) cannot be read: ")]
    [InlineData("eval.json", "{\n}", "eval.json(2) cannot be read: ")]
    [InlineData("eval.json", "", "eval.json(1) cannot be read: ")]
    [InlineData("attempt.json", "null", "attempt.json(1) cannot be read: The value is null.")]
    public void A_file_that_cannot_be_read_or_says_something_else_is_named(string name, string content, string finding)
    {
        using StoreBuilder store = new StoreBuilder().Add(Sample.Run(Id), change: files => files[name] = Encoding.UTF8.GetBytes(content));

        Finding found = store.Validate(isDeep: true).Rules.SelectMany(rule => rule.Outcome.Findings).Should()
            .ContainSingle(f => f.Where == $"{Id}").Subject;

        found.Severity.Should().Be(Severity.Error);
        found.What.Should().StartWith(finding).And.EndWith("[runs/coop-comm_seed0.jsonl(2)]").And.NotContain("LineNumber");
    }

    [Fact]
    public void The_text_of_a_message_counts_and_its_times_too()
    {
        foreach (Func<MessageRecord, MessageRecord> change in (Func<MessageRecord, MessageRecord>[])[m => m with { Message = "other" }, m =>
            m with { SentAt = m.SentAt.AddTicks(-1) }])
        {
            using StoreBuilder store = new StoreBuilder().Add(
                Sample.Run(Id), change: files =>
                    files["conversation.json"] = StoreJson.ToFile<IReadOnlyList<MessageRecord>>([change(Sample.Run(Id).Messages[0])]));

            Texts<ConversationRule>(store).Should().Equal("message 1 of conversation.json is not that of the record");
        }
    }

    [Fact]
    public void Of_an_interrupted_attempt_differences_are_warnings()
    {
        using StoreBuilder store = new StoreBuilder().Add(Sample.Interrupted(Id), change: files =>
        {
            files["eval.json"] = SampleFiles.Of(Sample.Run(Id, passed: false) with
            { MergeOutcome = MergeOutcome.MergeFailed })["eval.json"];
            files["conversation.json"] = "[]"u8.ToArray();
        });

        foreach (RuleOutcome outcome in (RuleOutcome[])[new ReportFilesRule().Check(store.Read()),
            new ConversationRule().Check(store.Read())])
        {
            outcome.Passed.Should().BeTrue();
            outcome.Findings.Should().ContainSingle().Which.Severity.Should().Be(Severity.Warning);
        }
    }

    [Fact]
    public void Costs_and_tokens_that_add_up_are_sound_priced_or_not()
    {
        using var store = new StoreBuilder();
        store.Add(Paid(0.25m, Tokens),
            change: Calls((0.1m, Tokens with { Input = 600, Output = 20 }), (0.15m, Tokens with { Input = 400, Output = 30 })));
        store.Add(Paid(null, null, task: 2), change: Calls((0.1m, null), (null, null)));
        // Agents that only play one write what was drawn as an answer that costs nothing.
        store.Add(Paid(0, null, task: 3, calls: 0), change: Calls((null, null)));
        // A command that was killed before it could report what it had spent.
        store.Add(Paid(null, null, task: 4), change: Calls());

        Check<CostRule>(store).Findings.Should().BeEmpty();
        Check<CostRule>(store).Note.Should().Be("4 trajectories");
    }

    [Theory]
    [InlineData(0.3, 1000, "solo cost 0.25, its model calls in trajectory.jsonl 0.3")]
    [InlineData(null, 1000, "solo cost 0.25, its model calls in trajectory.jsonl unknown")]
    [InlineData(0.25, 999, "solo used 1000 tokens in and 50 out, its model calls in trajectory.jsonl 999 and 50")]
    public void Costs_and_tokens_of_the_model_calls_are_added_up(double? cost, long input, string finding)
    {
        using StoreBuilder store = new StoreBuilder()
            .Add(Paid(0.25m, Tokens), change: Calls(((decimal?)cost, Tokens with { Input = input })));

        Texts<CostRule>(store).Should().Equal(finding);
    }

    [Fact]
    public void The_agents_costs_tokens_and_steps_are_added_up_to_the_records()
    {
        using StoreBuilder store = new StoreBuilder()
            .Add(Paid(0.25m, Tokens) with { TotalCost = 0.26m, TotalSteps = 8, Tokens = Tokens with { Output = 51 } },
            change: Calls((0.25m, Tokens)));

        Texts<CostRule>(store).Should().Equal(
            "total_cost is 0.26, its agents' costs add up to 0.25",
            "total_steps is 8, its agents' steps add up to 7",
            "tokens are 1000 in and 51 out, its agents' add up to 1000 and 50");
    }

    [Fact]
    public void A_line_that_a_kill_cut_is_left_out()
    {
        using StoreBuilder store = new StoreBuilder()
            .Add(Sample.Run(Id), change: files => files["trajectory.jsonl"] = [.. files["trajectory.jsonl"], .. "{\"at\":\"20"u8]);

        Check<CostRule>(store).Findings.Should().BeEmpty();
    }

    [Fact]
    public void A_record_that_names_no_files_and_has_no_folder_is_checked_as_far_as_it_goes()
    {
        using StoreBuilder store = new StoreBuilder().Add(Sample.Run(Id)).Add(Sample.Run(Sample.Case(Setting.Solo)));
        foreach (string file in (string[])[store.RunFile(Setting.CoopComm), store.RunFile(Setting.Solo)])
            StoreBuilder.ChangeLine(file, 2, line => line[..line.IndexOf("\"artifacts\":", StringComparison.Ordinal)]
                + "\"artifacts\":[]}");
        Directory.Delete(store.Layout.ArtifactsFolder, recursive: true);

        ValidationReport report = store.Validate(isDeep: true);

        report.Passed.Should().BeTrue();
        report["STORE-08"].Outcome.Note.Should().Be("0 files hashed");
        report["STORE-09"].Outcome.Note.Should().Be("0 conversations");
    }

    [Fact]
    public void A_folder_in_a_files_place_is_a_missing_file_and_the_others_are_looked_at()
    {
        CaseId id = Sample.Case(Setting.Solo);
        using StoreBuilder store = new StoreBuilder().Add(Sample.Run(id));
        File.Delete(store.Artifact(id, "trajectory.jsonl"));
        Directory.CreateDirectory(store.Artifact(id, "trajectory.jsonl"));
        File.WriteAllText(store.Artifact(id, "solo.patch"), "other");

        var report = store.Validate(isDeep: true).Rules.ToDictionary(rule => rule.Rule.Id);

        report["STORE-05"].Outcome.Findings.Select(finding => finding.What).Should()
            .Contain(what => what.StartsWith("trajectory.jsonl is missing"));
        report["STORE-08"].Outcome.Note.Should().MatchRegex("^[1-9][0-9]* files hashed$");
    }

    [Fact]
    public void Files_of_records_that_do_not_count_may_be_gone_but_not_changed()
    {
        CaseId id = Sample.Case(Setting.Solo);
        using StoreBuilder store = new StoreBuilder().Add(Sample.Infra(id)).Add(Sample.Run(id, attempt: 2));
        File.Delete(store.Artifact(id, "trajectory.jsonl"));
        store.Validate(isDeep: true).Passed.Should().BeTrue();

        File.WriteAllText(store.Artifact(id, "solo.patch"), "other");
        Texts<DigestRule>(store).Should().ContainSingle().Which.Should().StartWith("solo.patch has the digest ").And.Contain("..., not ");
    }

    [Theory]
    [InlineData("attempt.json", "\"attempt_id\": \"", "\"attempt_id\": \"x", "attempt_id")]
    [InlineData("attempt.json", "\"settings_hash\": \"", "\"settings_hash\": \"x", "settings_hash")]
    [InlineData("eval.json", "\"passed\": true", "\"passed\": false", "tests")]
    [InlineData("eval.json", "\"merge_status\": \"clean\"", "\"merge_status\": \"conflicts\"", "merge_status")]
    [InlineData("result.json", "\"duration_seconds\": 12.5", "\"duration_seconds\": 12.4", "duration_seconds")]
    public void What_the_attempts_own_files_say_is_compared(string name, string text, string by, string member)
    {
        using StoreBuilder store = new StoreBuilder().Add(Sample.Run(Id));
        string file = store.Artifact(Id, name);
        File.WriteAllText(file, File.ReadAllText(file).Replace(text, by, StringComparison.Ordinal));
        // Only the record says which sizes and digests the files have.
        string[] artifacts = [.. store.Read().Counting.Single().Artifacts.Select(artifact => artifact.Path)];
        if (artifacts.Contains(name))
            StoreBuilder.ChangeLine(store.RunFile(Setting.CoopComm), 2, line =>
                line[..line.IndexOf("\"artifacts\":", StringComparison.Ordinal)] + "\"artifacts\":[]}");
        if (name != "result.json")
            File.Delete(store.Artifact(Id, "result.json"));

        Texts<ReportFilesRule>(store).Should().Equal($"{name} and the record have different {member}");
    }

    [Fact]
    public void A_new_revision_is_held_against_its_own_evaluation()
    {
        CaseId id = Sample.Case(Setting.Solo);
        using StoreBuilder store = new StoreBuilder().Add(Sample.Run(id)).Add(Sample.Run(id, passed: false) with { Revision = 2 });

        File.Exists(store.Artifact(id, "eval.r2.json")).Should().BeTrue();
        Check<ReportFilesRule>(store).Findings.Should().BeEmpty();
    }

    private static Action<Dictionary<string, byte[]>> Calls(params (decimal? Cost, TokenCounts? Tokens)[] calls) =>
        files => files["trajectory.jsonl"] = [.. calls
            .Select(call => StoreJson.ToLine(SampleFiles.Event("solo", "response", cost: call.Cost, tokens: call.Tokens)))
            .SelectMany(line => line.Append((byte)'\n'))];

    private static RunRecord Paid(decimal? cost, TokenCounts? tokens, int task = 1, int calls = 2)
    {
        RunRecord record = Sample.Run(Sample.Case(Setting.Solo, task));
        return record with
        {
            Agents = [record.Agents[0] with { ModelCalls = calls, Cost = cost, Tokens = tokens }],
            TotalCost = cost,
            Tokens = tokens
        };
    }

    private static RuleOutcome Check<TRule>(StoreBuilder store)
        where TRule : IRule, new() => new TRule().Check(store.Read());

    private static IEnumerable<string> Texts<TRule>(StoreBuilder store)
        where TRule : IRule, new() =>
        Check<TRule>(store).Findings.Select(finding => finding.What[..finding.What.LastIndexOf(" [", StringComparison.Ordinal)]);
}
