using Tandem.Records.Runs;

namespace Tandem.Harness.Messaging;

/// <content>An agent's end of the channel.</content>
internal sealed partial class Mailroom
{
    private sealed class Mailbox(Mailroom room, string agentId, int featureId, IReadOnlyList<string> peers) : IMailbox
    {
        public string AgentId => agentId;

        public int FeatureId => featureId;

        public IReadOnlyList<string> Peers => peers;

        /// <summary>Places in the conversation of what was not delivered yet.</summary>
        public List<int> Waiting { get; } = [];

        public bool IsFinished { get; set; }

        public Task<string?> SendAsync(string to, string text, int step, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Task.FromResult(room.Send(this, to, text, step));
        }

        public Task<IReadOnlyList<MessageRecord>> ReceiveAsync(int step, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Task.FromResult<IReadOnlyList<MessageRecord>>(room.Take(this, step, byCommand: false));
        }

        public Task<IReadOnlyList<MessageRecord>> ReadAsync(int step, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Task.FromResult<IReadOnlyList<MessageRecord>>(room.Take(this, step, byCommand: true));
        }

        public Task<IReadOnlyList<MessageRecord>?> TakeRecordedAsync(IReadOnlyList<MessageRecord> recorded, int step, bool byCommand,
            CancellationToken cancellationToken) =>
            room.TakeRecordedAsync(this, recorded, step, byCommand, cancellationToken);

        public Task<Answer> WaitForAsync(string from, TimeSpan atMost, int step, Func<Task<bool>>? stillWaits,
            CancellationToken cancellationToken) =>
            room.WaitAsync(this, from, atMost, step, stillWaits, cancellationToken);
    }
}
