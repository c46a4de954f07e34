using FluentAssertions;
using Tandem.Analysis.Tests.Stores;
using Tandem.Analysis.Validating;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Rules;

/// <summary>Files that were damaged after their record was written, and those that were made again.</summary>
public sealed class DamagedFileTests
{
    private static readonly CaseId Id = Sample.Case(Setting.CoopComm);

    [Theory]
    [InlineData("result.json", "missing")]
    [InlineData("result.json", "empty")]
    [InlineData("result.json", "truncated")]
    [InlineData("result.json", "altered")]
    [InlineData("eval.json", "missing")]
    [InlineData("eval.json", "altered")]
    [InlineData("conversation.json", "altered")]
    public void A_derived_file_that_was_damaged_later_is_seen_whatever_byte_it_is(string name, string damage)
    {
        using StoreBuilder store = new StoreBuilder().Add(Sample.Run(Id));
        string file = store.Artifact(Id, name);
        byte[] content = File.ReadAllBytes(file);
        if (damage == "missing")
            File.Delete(file);
        else
            File.WriteAllBytes(file, damage == "empty" ? [] : damage == "truncated" ? content[..(content.Length / 2)]
                : [.. content[..^1], (byte)' ']);

        ValidationReport report = store.Validate(isDeep: true);

        report.Passed.Should().BeFalse();
        report.Rules.SelectMany(rule => rule.Outcome.Findings).Should().Contain(f => f.What.StartsWith(name));
    }

    [Fact]
    public void A_file_that_was_made_again_is_looked_at_in_the_latest_revision_alone()
    {
        using StoreBuilder store = new StoreBuilder().Add(Sample.Run(Id));
        File.WriteAllText(store.Artifact(Id, "eval.json"), "");
        store.Add(Sample.Run(Id) with { Revision = 2 });

        store.Validate(isDeep: true).Rules.Where(rule => rule.Rule.IsDeep).SelectMany(rule => rule.Outcome.Findings).Should().BeEmpty();

        File.AppendAllText(store.Artifact(Id, "eval.r2.json"), " ");
        store.Validate(isDeep: true).Passed.Should().BeFalse();
    }
}
