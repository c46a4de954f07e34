using System.Collections.Concurrent;
using Tandem.Analysis.Commands;
using Tandem.Analysis.Data;
using Tandem.Analysis.Rules;
using Tandem.Analysis.Tests.Stores;
using Tandem.Analysis.Validating;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Analysis.Tests;

/// <summary>The rules of <c>validate</c> as tests: a row for each rule and experiment of the store that TANDEM_STORE names,
/// or of a sample.</summary>
[Trait("Category", "Store")]
public sealed class StoreTests
{
    // One report per experiment serves all its rows.
    private static readonly ConcurrentDictionary<(string Store, string Experiment), Lazy<ValidationReport>> Reports = new();

    [Theory]
    [StoreRows]
    public void The_store_holds_to(string rule, string experiment)
    {
        ValidationReport report = Report(StoreRowsAttribute.StoreFolder, experiment);
        using var text = new StringWriter();
        ReportText.Write(text, report[rule], isVerbose: false);
        TestContext.Current.TestOutputHelper?.Write(text.ToString());
        if (!report[rule].Outcome.Passed)
            Assert.Fail(text.ToString());
        foreach (Finding warning in report[rule].Outcome.Findings.Take(10))
            TestContext.Current.AddWarning(warning.ToString());
    }

    private static ValidationReport Report(string store, string experiment)
    {
        try
        {
            return Reports.GetOrAdd((store, experiment), key =>
                new(() => AnyExperiment.Validate(new StoreLayout(key.Store, key.Experiment), isDeep: StoreRowsAttribute.IsDeep))).Value;
        }
        catch (UnreadableStoreException exception)
        {
            Assert.Fail($"{exception.Message}\n  next: {exception.Next}");
            throw;
        }
    }
}
