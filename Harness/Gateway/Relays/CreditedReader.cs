using System.Buffers;
using System.IO.Pipelines;

namespace Tandem.Harness.Gateway.Relays;

/// <summary>A reader that says how many bytes its user has taken, so that the sender may send as many more.</summary>
/// <param name="inner">What is read.</param>
/// <param name="onTaken">Called with each number of bytes above 0.</param>
internal sealed class CreditedReader(PipeReader inner, Action<int> onTaken) : PipeReader
{
    private ReadOnlySequence<byte> _shown;

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        int taken = (int)_shown.Slice(0, consumed).Length;
        _shown = default;
        inner.AdvanceTo(consumed, examined);
        if (taken > 0)
            onTaken(taken);
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
