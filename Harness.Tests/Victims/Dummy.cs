using System.Diagnostics;
using Xunit;

namespace Tandem.Harness.Tests.Victims;

/// <summary>A process that runs one of the programs of <see cref="DummyProgram"/>: it can be killed, and its memory is its own.</summary>
internal sealed class Dummy : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string[]> _output;

    private Dummy(Process process) => (_process, _output) =
        (process, Task.WhenAll(process.StandardOutput.ReadToEndAsync(CancellationToken.None),
            process.StandardError.ReadToEndAsync(CancellationToken.None)));

    /// <summary>Starts it.</summary>
    /// <param name="program">A method of <see cref="DummyProgram"/>.</param>
    /// <param name="arguments">The program's.</param>
    public static Dummy Start(Func<string[], Task> program, params string[] arguments) => StartAt(home: null, program, arguments);

    /// <summary>As <see cref="Start"/>, with another home folder.</summary>
    public static Dummy StartAt(string? home, Func<string[], Task> program, params string[] arguments)
    {
        Tier.RequireSlow("starts a program");
        // Where the host is dotnet itself, the assembly comes first.
        string[] assembly = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(Dummy).Assembly.Location] : [];
        var start = new ProcessStartInfo(Environment.ProcessPath!, [.. assembly, DummyProgram.Word, program.Method.Name, .. arguments])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        if (home is not null)
            start.Environment["HOME"] = home;
        return new Dummy(Process.Start(start)!);
    }

    /// <summary>Its number.</summary>
    public int Pid => _process.Id;

    public bool HasEnded => _process.HasExited;

    /// <summary>Waits for its end.</summary>
    /// <param name="signal">What it must die of; 0 means that it must come to a good end.</param>
    /// <returns>What it printed.</returns>
    public async Task<string> WaitForEndAsync(int signal = 0)
    {
        string[] output = await _output.WaitAsync(TestContext.Current.CancellationToken);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (_process.ExitCode != (signal == 0 ? 0 : 128 + signal))
            Assert.Fail($"The program exited with {_process.ExitCode}: {string.Join('\n', output)}");
        return output[0];
    }

    /// <summary>Kills it as soon as it is where it is to die.</summary>
    /// <param name="moment">Ends when it is there.</param>
    public async Task KillAtAsync(Task moment)
    {
        Task ended = _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (await Task.WhenAny(moment, ended) == ended)
            Assert.Fail($"The program ended by itself: {string.Join('\n', await _output)}");
        await moment;
        _process.Kill();
        await ended;
    }

    /// <summary>Kills it, if it has not ended.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }
}
