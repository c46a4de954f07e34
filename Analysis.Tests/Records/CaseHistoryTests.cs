using System.Globalization;
using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests.Records;

public sealed class CaseHistoryTests
{
    private static readonly CaseId Id = Sample.Case(Setting.Solo);

    // Each record is written attempt.revision, what became of it (ok, infra, interrupted) and why it was made.
    [Theory]
    [InlineData("", null)]
    [InlineData("1.1 ok due", "1.1")]
    [InlineData("1.1 infra due", null)]
    [InlineData("1.1 interrupted due", null)]
    [InlineData("1.1 infra due; 2.1 interrupted due; 3.1 ok due", "3.1")]
    [InlineData("1.1 ok due; 2.1 ok due", "1.1")] // a second, unasked attempt is no second chance
    [InlineData("1.1 ok due; 2.1 ok force", "2.1")]
    [InlineData("1.1 ok due; 2.1 ok status", "2.1")]
    [InlineData("1.1 ok due; 2.1 ok force; 3.1 ok status", "3.1")]
    [InlineData("1.1 ok due; 2.1 infra force", "1.1")]
    [InlineData("1.1 ok due; 2.1 ok force; 3.1 interrupted force", "2.1")]
    [InlineData("1.1 ok due; 2.1 ok force; 3.1 ok due", "2.1")]
    [InlineData("1.1 infra due; 2.1 ok force", "2.1")]
    [InlineData("1.1 ok due; 1.2 ok due", "1.2")] // regenerated: the latest revision of the attempt
    [InlineData("1.1 ok due; 1.2 infra due", "1.1")]
    [InlineData("1.1 ok due; 1.2 idle due", null)] // found to be an outage: the verdict is taken back
    [InlineData("1.1 ok due; 1.2 idle due; 2.1 ok due", "2.1")]
    [InlineData("1.1 ok due; 2.1 ok force; 2.2 idle force", "1.1")]
    [InlineData("1.1 infra due; 1.2 ok due", "1.2")]
    [InlineData("1.1 ok due; 2.1 ok force; 2.2 ok force", "2.2")]
    [InlineData("2.1 ok due; 1.1 ok due", "1.1")] // the order in the files does not matter
    [InlineData("2.1 ok force; 1.2 ok due; 1.1 ok due", "2.1")]
    public void One_record_counts(string records, string? counting)
    {
        var history = new CaseHistory(Id);
        foreach (string text in records.Split("; ", StringSplitOptions.RemoveEmptyEntries))
            history.Add(Record(text));

        (history.Counting is RunRecord record ? $"{record.Attempt}.{record.Revision}" : null).Should().Be(counting);
    }

    [Fact]
    public void The_latest_is_the_last_attempt_whatever_became_of_it()
    {
        var history = new CaseHistory(Id);
        history.Latest.Should().BeNull();
        history.Add(Record("2.1 infra due"));
        history.Add(Record("1.1 ok due"));

        history.Latest!.Attempt.Should().Be(2);
        history.Records.Select(r => r.Attempt).Should().Equal(1, 2);
    }

    [Fact]
    public void Records_are_grouped_by_case()
    {
        using var store = StoreBuilder.Sound();
        store.Add(Sample.Run(Id, attempt: 2));

        Dictionary<CaseId, CaseHistory> histories = CaseHistory.Group(new StoreReader(store.Layout).ReadRuns());

        histories.Should().HaveCount(10);
        histories[Id].Records.Should().HaveCount(2);
        histories[Id].CaseId.Should().Be(Id);
    }

    private static RunRecord Record(string text)
    {
        string[] parts = text.Split(' ', '.');
        int attempt = int.Parse(parts[0], CultureInfo.InvariantCulture);
        RunRecord record = parts[2] switch
        {
            "ok" => Sample.Run(Id, attempt: attempt),
            "infra" => Sample.Infra(Id, attempt),
            "idle" => Sample.Infra(Id, attempt) with { Error = new RunError(ErrorClass.NoWork, CasePhase.Agent, "idle") },
            _ => Sample.Interrupted(Id, attempt),
        };
        EnumNames.TryParse(parts[3], out AttemptReason reason).Should().BeTrue();
        return record with { Revision = int.Parse(parts[1], CultureInfo.InvariantCulture), AttemptReason = reason };
    }
}
