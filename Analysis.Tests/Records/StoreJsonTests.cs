using System.Text;
using System.Text.Json;
using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class StoreJsonTests
{
    private static readonly RunRecord Record = Sample.Run(Sample.Case(Setting.CoopComm));

    [Fact]
    public void A_record_line_looks_like_this()
    {
        string line = Encoding.UTF8.GetString(StoreJson
            .ToLine(Record with { Model = "gpt-\u00fc", TotalCost = 0.250m, Tokens = new TokenCounts(10, 20, null, 0) }));

        line.Should().Be("""
            {"schema_version":1,"run_id":"run-1","experiment":"default","case_id":"coop-comm/click_task/1/f1_f2/seed0","attempt":1,
            "attempt_id":"coop-comm.click_task.1.f1_f2.seed0#1","attempt_kind":"run","attempt_reason":"due","revision":1,"agent":"simulated","simulated":true,
            "repo":"click_task","task_id":1,"features":[1,2],"setting":"coop-comm","seed":0,"run_name":"default-coop-comm","model":"gpt-ü",
            "started_at":"2026-05-01T10:00:00+00:00","duration_seconds":12.5,"total_cost":0.250,"total_steps":14,"agent_status":"Submitted","infra_error":false,
            "both_passed":true,"feature1_passed":true,"feature2_passed":true,"merge_outcome":"merge_clean","merge_status":"clean","merge_strategy":"naive",
            "eval_error":null,"messages":[{"from":"agent1","to":"agent2","message":"I change core.py","sent_at":"2026-05-01T10:00:00+00:00",
            "delivered_at":"2026-05-01T10:00:00+00:00","read_at":null,"feature_id":1,"sent_step":1,"delivered_step":2}],"messages_count":1,"difficulty":null,
            "bucket":null,"interrupted":false,"language":"python","tokens":{"input":10,"output":20,"cache_read":null,"cache_write":0},"sunk_cost":null,
            "naive_conflict":false,"agents":[{"agent_id":"agent1","features":[1],"status":"Submitted","limit":null,"steps":7,"cost":null,"tokens":null,
            "model_calls":null,"malformed_calls":null,"seconds":8,"patch_source":"work_tree","patch_bytes":5,"apply_status":"applied","error":null},
            {"agent_id":"agent2","features":[2],"status":"Submitted","limit":null,"steps":7,"cost":null,"tokens":null,"model_calls":null,
            "malformed_calls":null,"seconds":8,"patch_source":"work_tree","patch_bytes":5,"apply_status":"applied","error":null}],
            "tests":[{"feature_id":1,"passed":true,"tests_passed":3,"tests_failed":0,"tests_skipped":0,"exit_code":0,"reason":null,"seconds":1.5},
            {"feature_id":2,"passed":true,"tests_passed":4,"tests_failed":0,"tests_skipped":0,"exit_code":0,"reason":null,"seconds":1.5}],
            "time":{"queue":0,"provision":0.5,"agent":8,"merge":1,"tests":3},"sandboxes":[{"role":"evaluation","id":"box-1","peak_memory_bytes":null,
            "cpu_seconds":null,"throttled_seconds":null,"oom_kills":null}],"error":null,"provenance":{"harness":"0.1.0+abc","task_set":"tasks",
            "task_digest":"digest","image":null,"image_id":null,"base_commit":"0123abc","engine":"process","host":"host","settings_hash":"hash",
            "prompt_digest":null,"price_table_digest":null},"artifacts":[]}
            """.ReplaceLineEndings(""));
    }

    [Fact]
    public void A_record_reads_as_it_is_written()
    {
        RunRecord infra = Sample.Infra(Sample.Case(Setting.Solo)) with { SunkCost = 0.1m };

        foreach (RunRecord record in new[] { Record, infra })
            StoreJson.ToLine(StoreJson.Read<RunRecord>(StoreJson.ToLine(record))).Should().Equal(StoreJson.ToLine(record));
    }

    [Fact]
    public void A_record_from_before_a_field_was_there_is_read_and_stays_byte_for_byte()
    {
        string old = Encoding.UTF8.GetString(StoreJson.ToLine(Record));
        string now = old.Replace("\"malformed_calls\":null,", "\"malformed_calls\":null,\"message_calls\":3,", StringComparison.Ordinal);

        now.Should().NotBe(old);
        foreach (string line in new[] { old, now })
            StoreJson.ToLine(StoreJson.Read<RunRecord>(Encoding.UTF8.GetBytes(line))).Should().Equal(Encoding.UTF8.GetBytes(line));
        old.Should().NotContain("message_calls", "a copy of the record would have other bytes");
    }

    [Theory]
    [InlineData("unknown member", "\"schema_version\":1", "\"schema_version\":1,\"x\":0")]
    [InlineData("unknown member within", "\"from\":\"agent1\"", "\"from\":\"agent1\",\"x\":0")]
    [InlineData("missing member", "\"bucket\":null,", "")]
    [InlineData("missing member within", "\"sent_step\":1,", "")]
    [InlineData("member given twice", "\"seed\":0", "\"seed\":0,\"seed\":0")]
    [InlineData("member in other casing", "\"seed\":0", "\"Seed\":0")]
    [InlineData("integer for an enum", "\"setting\":\"coop-comm\"", "\"setting\":1")]
    [InlineData("integer in quotes for an enum", "\"setting\":\"coop-comm\"", "\"setting\":\"1\"")]
    [InlineData("member's own name for an enum", "\"setting\":\"coop-comm\"", "\"setting\":\"CoopComm\"")]
    [InlineData("other casing of an enum", "\"agent_status\":\"Submitted\"", "\"agent_status\":\"submitted\"")]
    [InlineData("two names for an enum", "\"agent_status\":\"Submitted\"", "\"agent_status\":\"Submitted, Error\"")]
    [InlineData("null for an enum", "\"agent_status\":\"Submitted\"", "\"agent_status\":null")]
    [InlineData("null for a text", "\"repo\":\"click_task\"", "\"repo\":null")]
    [InlineData("null for a number", "\"seed\":0", "\"seed\":null")]
    [InlineData("null for a list", "\"artifacts\":[]", "\"artifacts\":null")]
    [InlineData("null in a list", "\"artifacts\":[]", "\"artifacts\":[null]")]
    [InlineData("null among the messages", "\"messages\":[", "\"messages\":[null,")]
    [InlineData("null for a case id", "\"case_id\":\"coop-comm/click_task/1/f1_f2/seed0\"", "\"case_id\":null")]
    [InlineData("a case id that leads elsewhere", "\"case_id\":\"coop-comm/click_task/1", "\"case_id\":\"coop-comm/../1")]
    [InlineData("an agent id that leads elsewhere", "\"agent_id\":\"agent1\"", "\"agent_id\":\"../../etc\"")]
    [InlineData("number in quotes", "\"seed\":0", "\"seed\":\"0\"")]
    [InlineData("fraction for an integer", "\"seed\":0", "\"seed\":0.5")]
    [InlineData("number out of range", "\"seed\":0", "\"seed\":2147483648")]
    [InlineData("number for a truth", "\"infra_error\":false", "\"infra_error\":0")]
    [InlineData("number too large", "\"duration_seconds\":12.5", "\"duration_seconds\":1e999")]
    [InlineData("time that cannot be", "\"duration_seconds\":12.5", "\"duration_seconds\":1e13")]
    [InlineData("cost that cannot be", "\"total_cost\":null", "\"total_cost\":7.9e28")]
    [InlineData("tokens that cannot be", "\"tokens\":null",
        "\"tokens\":{\"input\":9223372036854775807,\"output\":1,\"cache_read\":null,\"cache_write\":null}")]
    [InlineData("number too large within", "\"seconds\":8", "\"seconds\":-1e999")]
    [InlineData("not a number", "\"duration_seconds\":12.5", "\"duration_seconds\":NaN")]
    [InlineData("not a time", "2026-05-01T10:00:00+00:00\",\"duration", "yesterday\",\"duration")]
    [InlineData("features in disorder", "\"features\":[1,2],\"setting\"", "\"features\":[2,1],\"setting\"")]
    [InlineData("feature given twice", "\"features\":[1,2],\"setting\"", "\"features\":[1,1],\"setting\"")]
    [InlineData("no features", "\"features\":[1,2],\"setting\"", "\"features\":[],\"setting\"")]
    [InlineData("half a character", "I change core.py", "\\ud800")]
    [InlineData("half a character in a case id", "coop-comm/click_task/1", "\\ud800")]
    [InlineData("trailing comma", "\"artifacts\":[]}", "\"artifacts\":[],}")]
    [InlineData("comment", "\"seed\":0", "/* */\"seed\":0")]
    [InlineData("second value", "\"artifacts\":[]}", "\"artifacts\":[]}{}")]
    [InlineData("cut", "\"artifacts\":[]}", "\"artifacts\":[")]
    public void A_line_is_refused_for(string fault, string part, string by)
    {
        string line = Encoding.UTF8.GetString(StoreJson.ToLine(Record));
        line.Should().Contain(part, fault);
        int at = line.IndexOf(part, StringComparison.Ordinal);
        byte[] damaged = Encoding.UTF8.GetBytes(line[..at] + by + line[(at + part.Length)..]);

        FluentActions.Invoking(() => StoreJson.Read<RunRecord>(damaged)).Should().Throw<JsonException>(fault);
    }

    [Theory]
    [InlineData("click_task\",\"task_id")] // a text
    [InlineData("coop-comm/click_task/1")] // a case id
    [InlineData("Submitted")] // an enum
    [InlineData("I change core.py")]
    public void Bytes_that_are_no_text_are_refused(string part)
    {
        byte[] line = StoreJson.ToLine(Record);
        line[line.AsSpan().IndexOf(Encoding.UTF8.GetBytes(part))] = 0xFF;

        FluentActions.Invoking(() => StoreJson.Read<RunRecord>(line)).Should().Throw<JsonException>();
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("\"text\"")]
    public void What_is_no_record_is_refused(string text) =>
        FluentActions.Invoking(() => StoreJson.Read<RunRecord>(Encoding.UTF8.GetBytes(text))).Should().Throw<JsonException>();

    [Fact]
    public void A_list_of_messages_holds_no_null() =>
        FluentActions.Invoking(() => StoreJson.Read<IReadOnlyList<MessageRecord>>("[null]"u8)).Should().Throw<JsonException>()
            .WithMessage("The list holds a null.");

    [Fact]
    public void A_file_is_indented_and_ends_with_a_line_feed()
    {
        string file = Encoding.UTF8.GetString(StoreJson.ToFile(new AttemptEvent(FixedClock.Time, CasePhase.Merge, "ok", 1.25)));

        file.Should().Be("{\n  \"at\": \"2026-05-01T10:00:00+00:00\",\n  \"phase\": \"merge\",\n  \"outcome\": \"ok\",\n  \"seconds\": "
            + "1.25\n}\n");
    }

    [Fact]
    public void A_value_that_is_no_member_of_its_enum_is_never_written() =>
        FluentActions.Invoking(() => StoreJson.ToLine(Record with { AgentStatus = (AgentStatus)9 })).Should()
            .Throw<ArgumentOutOfRangeException>();
}
