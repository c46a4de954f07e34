using FluentAssertions;
using Tandem.Harness.Processes;
using Xunit;

namespace Tandem.Harness.Tests.FrontDoor;

public sealed class HostLockTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tandem-lock-").FullName;

    private string LockFile => Path.Combine(_folder, "engine.lock");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_second_waits_until_the_first_is_done()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        var isWaiting = new TaskCompletionSource();
        IDisposable? first = await AcquireAsync(TimeSpan.Zero, () => { });

        Task<IDisposable?> second = AcquireAsync(TimeSpan.FromSeconds(30), isWaiting.SetResult);
        await isWaiting.Task.WaitAsync(token);
        second.IsCompleted.Should().BeFalse();
        first!.Dispose();

        using IDisposable? held = await second.WaitAsync(TimeSpan.FromSeconds(10), token);
        held.Should().NotBeNull();
    }

    [Fact]
    public async Task Who_waits_too_long_gets_nothing()
    {
        using IDisposable? first = await AcquireAsync(TimeSpan.Zero, () => { });

        (await AcquireAsync(TimeSpan.Zero, () => { })).Should().BeNull();
    }

    [Fact]
    public async Task A_file_that_cannot_be_made_is_a_fault_and_not_a_wait()
    {
        string nowhere = Path.Combine(_folder, "missing", "engine.lock");

        Func<Task> acquire = () =>
            HostLock.AcquireAsync(nowhere, TimeSpan.FromMinutes(1), () => { }, TimeProvider.System, TestContext.Current.CancellationToken);

        await acquire.Should().ThrowAsync<DirectoryNotFoundException>();
    }

    private Task<IDisposable?> AcquireAsync(TimeSpan bound, Action whenWaiting) =>
        HostLock.AcquireAsync(LockFile, bound, whenWaiting, TimeProvider.System, TestContext.Current.CancellationToken);
}
