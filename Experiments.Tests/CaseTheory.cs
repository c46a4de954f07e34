using System.Runtime.CompilerServices;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace Tandem.Experiments.Tests;

/// <summary>A theory whose rows run in parallel: each row is a collection of its own, since collections are what xunit runs in parallel.
/// How many at once, <see cref="CaseTestFramework"/> decides.</summary>
[XunitTestCaseDiscoverer(typeof(CaseTheoryDiscoverer))]
[AttributeUsage(AttributeTargets.Method)]
public sealed class CaseTheoryAttribute([CallerFilePath] string? sourceFilePath = null, [CallerLineNumber] int sourceLineNumber = -1)
    : TheoryAttribute(sourceFilePath, sourceLineNumber);

/// <summary>Rows of one kind of experiment.</summary>
internal interface IRowsOfOneKind
{
    /// <summary>Whether the experiment is of the kind; if not, there is no row, not even one that says so.</summary>
    bool IsOfThisKind { get; }
}

/// <summary>Puts each row of a theory into a test collection of its own.</summary>
public sealed class CaseTheoryDiscoverer : TheoryDiscoverer
{
    /// <inheritdoc/>
    public override ValueTask<IReadOnlyCollection<IXunitTestCase>> Discover(
        ITestFrameworkDiscoveryOptions discoveryOptions, IXunitTestMethod testMethod, IFactAttribute factAttribute)
    {
        ArgumentNullException.ThrowIfNull(testMethod);
        // A theory without rows would be one test that is run whatever filter is given.
        return testMethod.DataAttributes.OfType<IRowsOfOneKind>().Any(rows => !rows.IsOfThisKind) ? new([])
            : base.Discover(discoveryOptions, testMethod, factAttribute);
    }

    /// <inheritdoc/>
    protected override ValueTask<IReadOnlyCollection<IXunitTestCase>> CreateTestCasesForDataRow(
        ITestFrameworkDiscoveryOptions discoveryOptions, IXunitTestMethod testMethod, ITheoryAttribute theoryAttribute,
            ITheoryDataRow dataRow, object?[] testMethodArguments, string? index)
    {
        var details = TestIntrospectionHelper.GetTestCaseDetailsForTheoryDataRow(discoveryOptions, testMethod, theoryAttribute, dataRow,
            testMethodArguments, index);
        IXunitTestMethod method = details.ResolvedTestMethod;
        var collection = new XunitTestCollection(method.TestClass.TestCollection.TestAssembly, collectionDefinition: null,
            disableParallelization: false, details.TestCaseDisplayName);
        var own = new XunitTestMethod(new XunitTestClass(method.TestClass.Class, collection), method.Method, method.TestMethodArguments);
        return new([new XunitTestCase(
            own,
            details.TestCaseDisplayName,
            details.UniqueID,
            details.Explicit,
            details.SkipExceptions,
            details.SkipReason,
            details.SkipType,
            details.SkipUnless,
            details.SkipWhen,
            TestIntrospectionHelper.GetTraits(testMethod, dataRow),
            testMethodArguments,
            details.SourceFilePath,
            details.SourceLineNumber,
            details.Timeout)]);
    }
}
