using System.Buffers;
using System.IO.Pipelines;

namespace Tandem.Harness.Gateway.Relays;

/// <summary>A reader that says how many bytes its user has looked at, so that the sender may send as many more. Looked at is enough: a user
/// that waits for a whole body takes nothing of it before its end.</summary>
/// <param name="inner">What is read.</param>
/// <param name="onTaken">Called with each number of bytes above 0.</param>
internal sealed class CreditedReader(PipeReader inner, Action<int> onTaken) : PipeReader
{
    private ReadOnlySequence<byte> _shown;

    // Of the begin of what is shown next.
    private long _credited;

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        long taken = _shown.Slice(0, consumed).Length;
        long seen = Math.Max(taken, _shown.Slice(0, examined).Length);
        int fresh = (int)Math.Max(0, seen - _credited);
        _credited = Math.Max(_credited, seen) - taken;
        _shown = default;
        inner.AdvanceTo(consumed, examined);
        if (fresh > 0)
            onTaken(fresh);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        ReadResult result = await inner.ReadAsync(cancellationToken);
        _shown = result.Buffer;
        return result;
    }

    public override bool TryRead(out ReadResult result)
    {
        bool isRead = inner.TryRead(out result);
        if (isRead)
            _shown = result.Buffer;
        return isRead;
    }
}
