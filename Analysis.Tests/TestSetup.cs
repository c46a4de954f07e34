using System.Runtime.CompilerServices;
using Xunit.Sdk;

namespace Tandem.Analysis.Tests;

internal static class TestSetup
{
    /// <summary>Lets FluentAssertions fail tests with xunit's own exception, so that runners show the message alone.</summary>
    [ModuleInitializer]
    internal static void UseXunitFailures() =>
        FluentAssertions.Common.Services.ThrowException = message => throw new XunitException(message);
}
