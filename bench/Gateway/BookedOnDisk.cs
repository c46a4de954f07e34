using Tandem.Harness.Agents.Recordings;
using Tandem.Harness.Gateway.Calls;
using Tandem.Harness.Messaging;
using Tandem.Harness.Models;
using Tandem.Records.Runs;

namespace Tandem.Bench.Gateway;

/// <summary>An agent without limits that books as agents of cases do: each answer is flushed to a trajectory on the disk.</summary>
/// <param name="path">The trajectory; not there yet.</param>
internal sealed class BookedOnDisk(string path) : IGatewayClient, IDisposable
{
    private readonly TrajectoryWriter _trajectory = new(path);
    private int _steps;

    public string AgentId => "solo";

    public IAgentMessages? Messages => null;

    public IReadOnlyList<string> Peers => [];

    public Task<GatewayPermit> BeginCallAsync(bool takesMessages, CancellationToken cancellationToken) =>
        Task.FromResult(new GatewayPermit(null, []) { Step = Interlocked.Increment(ref _steps) });

    public IDisposable At(int step) => Stream.Null;

    public void BookAnswer(ChatReply reply) =>
        Append(TrajectoryKinds.Response, RecordedReply.Write(reply), null, reply.Cost, reply.Tokens, isDurable: true);

    public void BookUnusable(string why, TokenCounts? tokens, decimal? cost) =>
        throw new InvalidDataException($"An answer of the benchmark's upstream was not taken: {why}");

    public void BookLost()
    {
    }

    public void NoteToolOutput(ChatToolCall call, string output) => Append(TrajectoryKinds.Command, call.Arguments, output);

    public void NoteEvent(string what, string? detail) => Append(TrajectoryKinds.Gateway, what, detail);

    public void Wait()
    {
    }

    public void GoOn(TimeSpan counted)
    {
    }

    public void Dispose() => _trajectory.Dispose();

    private void Append(string kind, string? text, string? output, decimal? cost = null, TokenCounts? tokens = null,
        bool isDurable = false) =>
        _trajectory.Append(
            new TrajectoryEvent(TimeProvider.System.GetUtcNow(), AgentId, _steps, kind, text, output, null, null, cost, tokens), isDurable);
}
