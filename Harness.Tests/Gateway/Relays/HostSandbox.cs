using System.Diagnostics;
using System.Text;
using Tandem.Harness.Processes;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.Tests.Gateway.Relays;

/// <summary>This host in the place of a sandbox, with the interpreters that a test allows: real processes, without an engine. It runs
/// commands and connects to processes, and can do no more.</summary>
internal sealed class HostSandbox : ISandbox
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-relay-").FullName;
    private readonly List<Process> _processes = [];

    /// <param name="interpreters">Names of those that are found inside.</param>
    public HostSandbox(params string[] interpreters)
    {
        foreach (string name in interpreters)
        {
            string path = Path.Combine(_folder, name);
            File.WriteAllText(path, $"#!/bin/sh\nexec '{FindOnHost(name)}' \"$@\"\n");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public string Id => "host";

    public SandboxPaths Paths => new(_folder, _folder, _folder);

    /// <summary>Those that were connected to, the latest last.</summary>
    public IReadOnlyList<Process> Processes => _processes;

    /// <summary>Where a program of this host is; null if it is not there.</summary>
    public static string? FindOnHost(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    public async Task<ExecResult> ExecAsync(ExecRequest request, CancellationToken cancellationToken)
    {
        using Process process = Start(request.Command);
        process.StandardInput.Close();
        Task<string> complaints = process.StandardError.ReadToEndAsync(cancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return new ExecResult(ExecOutcome.Exited, process.ExitCode, Captured(output), Captured(await complaints), TimeSpan.Zero);
    }

    public Task<ISandboxChannel> ConnectAsync(IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        Process process = Start(command);
        _processes.Add(process);
        return Task.FromResult<ISandboxChannel>(new HostChannel(process));
    }

    public Task PutFilesAsync(IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<byte[]?> GetFileAsync(string path, long maxBytes, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ResetProcessesAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<SandboxUsage> ReadUsageAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync()
    {
        foreach (Process process in _processes)
        {
            process.Kill();
            process.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private Process Start(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        start.Environment["PATH"] = _folder;
        return Process.Start(start)!;
    }

    private static CapturedOutput Captured(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return new CapturedOutput(bytes, default, bytes.Length);
    }

    private sealed class HostChannel : ISandboxChannel
    {
        private readonly Process _process;
        private readonly Stream _input;
        private readonly Stream _output;
        private readonly StringBuilder _errors = new();

        public HostChannel(Process process)
        {
            (_process, _input, _output) = (process, process.StandardInput.BaseStream, process.StandardOutput.BaseStream);
            process.ErrorDataReceived += (_, line) =>
            {
                lock (_errors)
                    _errors.AppendLine(line.Data);
            };
            process.BeginErrorReadLine();
        }

        public string ErrorText
        {
            get
            {
                lock (_errors)
                    return _errors.ToString();
            }
        }

        public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            try
            {
                return await _output.ReadAsync(buffer, cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException)
            {
                return 0;
            }
        }

        public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            try
            {
                await _input.WriteAsync(bytes, cancellationToken);
                await _input.FlushAsync(cancellationToken);
            }
            catch (ObjectDisposedException exception)
            {
                throw new IOException(exception.Message, exception);
            }
        }

        public async ValueTask DisposeAsync()
        {
            try
            {
                _input.Dispose();
            }
            catch (IOException)
            {
                // What was left in it has no reader.
            }
            // What does not heed the end of its input would leave a read waiting.
            await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
        }
    }
}
