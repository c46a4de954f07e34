using System.Runtime.CompilerServices;
using Xunit.Sdk;

namespace Tandem.Harness.Tests;

internal static class TestSetup
{
    /// <summary>Lets FluentAssertions fail tests with xunit's own exception, so that runners show the message alone.</summary>
    [ModuleInitializer]
    internal static void UseXunitFailures() =>
        FluentAssertions.Common.Services.ThrowException = message => throw new XunitException(message);

    /// <summary>Where pyenv is installed, puts the Python that it chooses before its shims: the tests start Python many hundred times, and
    /// a shim takes five times as long.</summary>
    [ModuleInitializer]
    internal static void SpareShims()
    {
        string path = Environment.GetEnvironmentVariable("PATH") ?? "";
        string? shim = path.Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "python3")).FirstOrDefault(File.Exists);
        if (shim is null || Path.GetFileName(Path.GetDirectoryName(shim)) != "shims")
            return;
        using var python = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo(shim, ["-c", "import os, sys; print(os.path.dirname(sys.executable))"])
            { RedirectStandardOutput = true })!;
        string folder = python.StandardOutput.ReadToEnd().Trim();
        if (folder.Length > 0)
            Environment.SetEnvironmentVariable("PATH", folder + Path.PathSeparator + path);
    }
}
