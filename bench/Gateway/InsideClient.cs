using System.Globalization;
using Tandem.Bench.Measuring;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;

namespace Tandem.Bench.Gateway;

/// <summary>A client in a sandbox without a network. It measures by its own clock: what the engine takes to start it does not
/// count.</summary>
/// <param name="sandbox">Where it runs.</param>
/// <param name="port">Of the loopback inside; 0 is a trivial server of its own.</param>
/// <param name="token">The key that it shows.</param>
internal sealed class InsideClient(ISandbox sandbox, int port, string token)
{
    // Calls that do not count have numbers, too.
    private const int MostUncounted = 10;
    private static readonly string s_script = File.ReadAllText(Path.Combine(ProjectFolder.Find(), "bench", "Gateway", "inside.py"));
    private int _number;

    /// <summary>Puts what is exchanged into a sandbox.</summary>
    public static Task PutAsync(ISandbox sandbox, IEnumerable<Exchanged> all, CancellationToken cancellationToken) => sandbox.PutFilesAsync(
        [.. all.SelectMany(one => (SandboxFile[])
            [new(PathOf(sandbox, one, "request"), one.Request), new(PathOf(sandbox, one, "answer"), one.Answer)])],
        cancellationToken);

    /// <summary>As <see cref="HostClient.CallAsync"/>, on one connection.</summary>
    public async Task<Lap> CallAsync(Exchanged what, int count, CancellationToken cancellationToken) =>
        CallLap.Of(await RunAsync(what, count, 1, cancellationToken));

    /// <summary>As <see cref="HostClient.CallAtOnceAsync"/>.</summary>
    public async Task<Lap> CallAtOnceAsync(Exchanged what, int count, CancellationToken cancellationToken) =>
        await RunAsync(what, 0, count, cancellationToken) is [double one, double slowest]
            ? Lap.Of(slowest, new Phase(CallLap.Alone, one))
            : throw new InvalidDataException("The client in the sandbox did not say two times.");

    private async Task<IReadOnlyList<double>> RunAsync(Exchanged what, int count, int atOnce, CancellationToken cancellationToken)
    {
        int first = _number;
        _number += count + atOnce + MostUncounted;
        ExecResult result = await sandbox.ExecAsync(new ExecRequest
        {
            Command =
            [
                "python3", "-c", s_script, Text(port), token, what.Accept, PathOf(sandbox, what, "request"),
                PathOf(sandbox, what, "answer"), Text(first), Text(count), Text(atOnce),
            ],
        }, cancellationToken);
        return result.Succeeded
            ? [.. result.Stdout.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => double.Parse(line, CultureInfo.InvariantCulture))]
            : throw new InvalidDataException($"The client in the sandbox ended with {result.Outcome} {result.ExitCode}: {result.Detail} "
                + result.Stderr.Text);
    }

    private static string PathOf(ISandbox sandbox, Exchanged what, string role) =>
        $"{sandbox.Paths.Scratch}/{role}-{(what.Accept == BenchUpstream.EventStream ? "stream" : "whole")}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
