using System.Diagnostics;
using Xunit;

namespace Tandem.Harness.Tests.Victims;

/// <summary>This test program once more, told to run one explicit test and nothing else: a process that can be killed.</summary>
internal sealed class Victim : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string[]> _output;

    private Victim(Process process) => (_process, _output) =
        (process, Task.WhenAll(process.StandardOutput.ReadToEndAsync(CancellationToken.None),
            process.StandardError.ReadToEndAsync(CancellationToken.None)));

    /// <summary>Starts it.</summary>
    /// <param name="test">The class of the test.</param>
    /// <param name="method">Its explicit test, which skips itself where the variables are not set.</param>
    /// <param name="variables">What it is told, by name.</param>
    public static Victim Start(Type test, string method, params (string Name, string Value)[] variables)
    {
        // Where the host is dotnet itself, the assembly comes first.
        string[] assembly = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [test.Assembly.Location] : [];
        var start = new ProcessStartInfo(Environment.ProcessPath!,
            [.. assembly, "-method", $"{test.FullName}.{method}", "-explicit", "only"])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        return new Victim(Process.Start(start)!);
    }

    /// <summary>Waits for its death by its own hand.</summary>
    /// <returns>The signal that it died of; 0 if it came to its end.</returns>
    public async Task<int> WaitForDeathAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return Math.Max(0, _process.ExitCode - 128);
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code, and what it printed.</returns>
    public async Task<(int Code, string Output)> WaitForEndAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (_process.ExitCode, string.Join('\n', await _output));
    }

    /// <summary>Kills it as soon as it is where it is to die.</summary>
    /// <param name="moment">Ends when it is there.</param>
    public async Task KillAtAsync(Task moment)
    {
        Task ended = _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (await Task.WhenAny(moment, ended) == ended)
            Assert.Fail($"The victim ended by itself: {string.Join('\n', await _output)}");
        await moment;
        _process.Kill();
        await ended;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }
}
