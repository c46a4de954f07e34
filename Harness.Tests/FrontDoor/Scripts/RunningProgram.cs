using System.Diagnostics;
using System.Globalization;
using System.Text;
using Tandem.Harness.Processes;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor.Scripts;

/// <summary>A program that is watched while it runs, and gets keys or signals. Both its streams are read as one.</summary>
internal sealed class RunningProgram : IDisposable
{
    private const string Terminal = "/usr/bin/script";
    private const string WhereIsTheCursor = "\e[6n";
    private const string CursorIsAtHome = "\e[1;1R";

    private readonly Process _process;
    private readonly StringBuilder _text = new();
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly CancellationTokenSource _limit =
        CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private int _seen;
    private int _answered;

    private RunningProgram(ScriptProject project, IReadOnlyList<string> words)
    {
        // Where the tests are a shell's background job, interrupts are ignored, and that is inherited.
        string[] before = FrontDoorTests.IgnoresInterrupts() ? ["env", "--default-signal=INT"] : [];
        words = [.. before, .. words];
        var start = new ProcessStartInfo(words[0], words.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = project.Home,
        };
        start.Environment.Clear();
        foreach ((string name, string value) in project.Environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _limit.CancelAfter(TimeSpan.FromMinutes(8));
    }

    /// <summary>All that it has printed, as far as it was waited for.</summary>
    public string Text => _text.ToString();

    /// <summary>Starts one without a terminal.</summary>
    public static RunningProgram Start(ScriptProject project, params string[] words) =>
        new(project, ["/bin/sh", "-c", "exec \"$0\" \"$@\" 2>&1", .. words]);

    /// <summary>Starts one in a terminal of its own, whose Ctrl-C interrupts it; skips the test where there is none to be had.</summary>
    /// <param name="project">Whose environment and folder it gets.</param>
    /// <param name="line">A line for a shell; with <c>exec</c>, since a shell that waited would be interrupted as well.</param>
    public static RunningProgram StartInTerminal(ScriptProject project, string line)
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && File.Exists(Terminal), "There is no program 'script' of util-linux, which gives a terminal.");
        return new(project, [Terminal, "-qec", line, "/dev/null"]);
    }

    /// <summary>Waits until it prints a text, after what was waited for before.</summary>
    public async Task WaitForAsync(string text)
    {
        int at;
        while ((at = Text.IndexOf(text, _seen, StringComparison.Ordinal)) < 0)
        {
            if (!await ReadAsync())
                Assert.Fail($"It ended, and never printed '{text}'. It printed: {Text}");
        }
        _seen = at + text.Length;
    }

    /// <summary>Presses keys.</summary>
    public async Task TypeAsync(string keys)
    {
        await _process.StandardInput.WriteAsync(keys.AsMemory(), _limit.Token);
        await _process.StandardInput.FlushAsync(_limit.Token);
    }

    /// <summary>Sends a signal to the process that was started, and to no other.</summary>
    public async Task SignalAsync(string signal)
    {
        string id = _process.Id.ToString(CultureInfo.InvariantCulture);
        var kill = new ChildCommand("kill", "-" + signal, id) { Environment = ChildEnvironment.Usual() };
        (await ChildProcess.RunAsync(kill, _limit.Token)).ThrowOnFailure();
    }

    /// <summary>Waits for its end, and gives its exit code.</summary>
    public async Task<int> EndAsync()
    {
        while (await ReadAsync())
        {
        }
        await _process.WaitForExitAsync(_limit.Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
        _limit.Dispose();
    }

    private async Task<bool> ReadAsync()
    {
        byte[] bytes = new byte[4096];
        int count;
        try
        {
            count = await _process.StandardOutput.BaseStream.ReadAsync(bytes, _limit.Token);
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"It went on for two minutes. It printed: {Text}");
        }
        char[] characters = new char[bytes.Length];
        _text.Append(characters, 0, _decoder.GetChars(bytes, 0, count, characters, 0, flush: count == 0));
        // PowerShell waits for a terminal's answer before it reads a line.
        int at;
        while ((at = Text.IndexOf(WhereIsTheCursor, _answered, StringComparison.Ordinal)) >= 0)
        {
            _answered = at + WhereIsTheCursor.Length;
            await TypeAsync(CursorIsAtHome);
        }
        return count > 0;
    }
}
