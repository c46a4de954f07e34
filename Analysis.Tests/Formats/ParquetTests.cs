using System.Text.Json;
using FluentAssertions;
using Tandem.Analysis.Data;
using Tandem.Analysis.Formats;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Formats;

public sealed class ParquetTests
{
    [Fact]
    public void Every_value_can_be_read_back()
    {
        using var store = StoreBuilder.Sound();
        store.Add(Sample.Infra(Sample.Case(Setting.Solo, task: 3)) with { TotalCost = 0.1m, Model = "ü, \"x\"" });

        var file = new ParquetReader(Write(store));

        file.IsFramed.Should().BeTrue();
        file.Columns.Select(column => column.Name).Should().Equal(RecordColumn.All.Select(column => column.Name));
        RunRecord[] records = Collected(store);
        file.Rows.Should().Be(records.Length);
        file.Read("case_id").Should().Equal(records.Select(record => record.CaseId.ToString()));
        file.Read("both_passed").Should().Equal(records.Select(record => (object?)record.BothPassed));
        file.Read("task_id").Should().Equal(records.Select(record => (object)(long)record.TaskId));
        file.Read("total_cost").Should().Equal(records.Select(record => (object?)(double?)record.TotalCost));
        file.Read("difficulty").Should().Equal(records.Select(record => (object?)record.Difficulty));
        file.Read("model").Should().Equal(records.Select(record => record.Model));
        file.Read("started_at").Should()
            .Equal(records.Select(record => (object)((record.StartedAt - DateTimeOffset.UnixEpoch).Ticks / 10)));
        file.Read("messages").Cast<string>().Select(text => JsonDocument.Parse(text).RootElement.GetArrayLength()).Should()
            .Equal(records.Select(record => record.MessagesCount));
    }

    [Fact]
    public void Types_are_those_that_data_tools_know()
    {
        using var store = StoreBuilder.Sound();

        var columns = new ParquetReader(Write(store)).Columns
            .ToDictionary(column => column.Name, column => (column.Type, column.Converted));

        columns["both_passed"].Should().Be((0, null), "BOOLEAN");
        columns["seed"].Should().Be((2, null), "INT64");
        columns["started_at"].Should().Be((2, 10L), "INT64, TIMESTAMP_MICROS");
        columns["total_cost"].Should().Be((5, null), "DOUBLE");
        columns["repo"].Should().Be((6, 0L), "BYTE_ARRAY, UTF8");
    }

    [Fact]
    public void More_rows_than_a_group_holds_go_to_further_groups()
    {
        using var store = StoreBuilder.Sound();

        var file = new ParquetReader(Write(store, mostRows: 4));

        file.RowsOfGroups.Should().Equal(4, 4, 2);
        file.Read("case_id").Should().Equal(Collected(store).Select(record => record.CaseId.ToString()));
        file.Read("feature1_passed").Should().Equal(Collected(store).Select(record => (object?)record.Feature1Passed));
    }

    [Fact]
    public void A_store_without_records_gives_a_file_without_rows()
    {
        using var store = new StoreBuilder().Plan(Sample.Case(Setting.Solo));

        var file = new ParquetReader(Write(store));

        file.Rows.Should().Be(0);
        file.Columns.Should().HaveCount(RecordColumn.All.Count);
    }

    private static byte[] Write(StoreBuilder store, int? mostRows = null)
    {
        using var output = new MemoryStream();
        new Collector().Write(mostRows is int rows ? new ParquetWriter(output, rows) : new ParquetWriter(output), [store.Read()]);
        return output.ToArray();
    }

    private static RunRecord[] Collected(StoreBuilder store)
    {
        using var output = new MemoryStream();
        new Collector().Write(output, [store.Read()]);
        return [.. JsonDocument.Parse(output.ToArray()).RootElement.EnumerateArray()
            .Select(record => StoreJson.Read<RunRecord>(JsonSerializer.SerializeToUtf8Bytes(record)))];
    }
}
