namespace Tandem.Harness.Gateway;

/// <summary>A place at a semaphore; given back once, when it is disposed of.</summary>
internal sealed class ReadingPlace(SemaphoreSlim places) : IDisposable
{
    private int _left;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _left, 1) == 0)
            places.Release();
    }
}
