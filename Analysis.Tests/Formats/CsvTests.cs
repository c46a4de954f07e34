using System.Text;
using FluentAssertions;
using Tandem.Analysis.Data;
using Tandem.Analysis.Figures;
using Tandem.Analysis.Formats;
using Tandem.Analysis.Tests.Importing;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Formats;

public sealed class CsvTests
{
    [Theory]
    [InlineData(new string?[] { "a", null, "", "b" }, "a,,\"\",b\n")]
    [InlineData(new string?[] { "a,b", "say \"no\"", "two\nlines" }, "\"a,b\",\"say \"\"no\"\"\",\"two\nlines\"\n")]
    [InlineData(new string?[] { null, null }, ",\n")]
    [InlineData(new string?[] { "a;=1", "b\t=1" }, "\"a;=1\",\"b\t=1\"\n")]
    public void Fields_are_quoted_where_they_must_be_and_null_is_not_an_empty_text(string?[] fields, string line) =>
        CsvText.Line(fields).Should().Be(line);

    [Theory]
    [InlineData("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "'\r=1")]
    [InlineData("\n=1", "'\n=1")]
    [InlineData("＝1", "'＝1")]
    [InlineData("a=1", "a=1")]
    [InlineData("", "")]
    public void A_text_that_a_spreadsheet_would_run_gets_an_apostrophe(string text, string cell) => CsvText.Plain(text).Should().Be(cell);

    [Fact]
    public void Formulas_in_records_and_figures_are_plain_and_numbers_stay()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Sample.Case(Setting.Solo)) with { EvalError = "=cmd|' /C calc'!A0" });
        Encoding.UTF8.GetString(Write(store)).Should().Contain(",'=cmd|' /C calc'!A0,");

        var table = new CsvTable("setting", "difference");
        table.Add("=1+1", -0.5);
        table.ToString().Should().Be("setting,difference\n'=1+1,-0.5\n");
    }

    [Fact]
    public void Columns_are_the_members_of_the_record_in_their_order()
    {
        RecordColumn.All.Select(column => column.Name).Should().ContainInOrder(
            "repo", "task_id", "features", "setting", "seed", "run_name", "model", "started_at", "duration_seconds", "total_cost",
                "total_steps", "agent_status", "infra_error", "both_passed", "feature1_passed",
            "feature2_passed", "merge_outcome", "merge_status", "merge_strategy", "eval_error", "messages", "messages_count",
                "difficulty", "bucket");
        RecordColumn.All.Where(column => column.Type == ColumnType.Json).Select(column => column.Name)
            .Should().Equal("features", "messages", "tokens", "agents", "tests", "suspect", "time", "sandboxes", "error", "provenance",
                "artifacts");
        RecordColumn.All.Where(column => column.Type == ColumnType.Flag).Select(column => column.Name)
            .Should().Equal("simulated", "infra_error", "both_passed", "feature1_passed", "feature2_passed",
            "interrupted", "naive_conflict");
    }

    [Fact]
    public void Rows_are_the_records_with_lists_and_objects_as_JSON_text()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Sample.Case(Setting.Solo)) with { TotalCost = 0.10m, EvalError = "a \"b\", c", InfraError = false });

        string[] lines = Encoding.UTF8.GetString(Write(store)).Split('\n');

        lines.Should().HaveCount(3);
        lines[0].Should().StartWith("schema_version,run_id,experiment,case_id,").And.EndWith(",provenance,artifacts");
        lines[1].Should().Contain(",solo/click_task/1/f1_f2/seed0,1,").And.Contain(",\"[1,2]\",solo,0,").And
            .Contain(",2026-05-01T10:00:00+00:00,12.5,0.10,").And.Contain(",\"a \"\"b\"\", c\",[],0,0,0,");
        lines[2].Should().BeEmpty();
    }

    [Fact]
    public void Members_may_stand_in_any_order()
    {
        using var store = new StoreBuilder();
        store.Add(Sample.Run(Sample.Case(Setting.Solo)));
        byte[] before = Write(store);
        StoreBuilder.ChangeLine(store.RunFile(Setting.Solo), 2, line =>
            $"{{{line["{\"schema_version\":1,".Length..^1]},\"schema_version\":1}}");

        Write(store).Should().Equal(before);
    }

    [Fact]
    public void Collect_writes_each_format_beside_the_run_files_or_where_it_is_asked_to_the_same_bytes_each_time()
    {
        using var folder = new TempFolder();
        foreach (string name in new[] { "one", "two" })
            new StoreBuilder(name, folder.File("store")).Add(Sample.Run(Sample.Case(Setting.Solo)));

        foreach (string format in new[] { "csv", "parquet" })
        {
            ImportRun.Run(folder.Path, "collect", "--store", "store", "--format", format)
                .Should().Match<(int ExitCode, string Output, string Error)>(run => run.ExitCode == 0
                && run.Output.Contains($"results.{format}"));
            byte[] first = File.ReadAllBytes(folder.File("store", "two", $"results.{format}"));
            ImportRun.Run(folder.Path, "collect", "--store", "store", "--format", format);
            File.ReadAllBytes(folder.File("store", "two", $"results.{format}")).Should().Equal(first);
        }
        ImportRun.Run(folder.Path, "collect", "two", "one", "--store", "store", "--format", "csv", "--output", "all.csv").ExitCode.Should()
            .Be(0);
        File.ReadLines(folder.File("all.csv")).Skip(1).Select(line => line.Split(',')[2]).Should().Equal("two", "one");
        File.Exists(folder.File("store", "one", "results.json")).Should().BeFalse();
        ImportRun.Run(folder.Path, "collect", "--store", "store", "--format", "xml").Error.Should()
            .Contain("Argument 'xml' not recognized. Must be one of:");
    }

    private static byte[] Write(StoreBuilder store)
    {
        using var output = new MemoryStream();
        new Collector().Write(new CsvWriter(output), [store.Read()]);
        return output.ToArray();
    }
}
