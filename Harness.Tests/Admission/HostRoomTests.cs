using FluentAssertions;
using Tandem.Harness.Admission;
using Tandem.Harness.Tests.Models;
using Xunit;

namespace Tandem.Harness.Tests.Admission;

/// <summary>Attempts begin only while the host has room for them.</summary>
public sealed class HostRoomTests
{
    private readonly HandClock _clock = new();
    private readonly List<string> _notices = [];
    private (long? Memory, long? Disk) _free = (4L << 30, 4L << 30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_is_always_let_in_and_the_others_wait_for_memory_and_disk(bool memoryIsLow)
    {
        var room = new HostRoom(() => _free, _clock, _notices.Add);
        _free = memoryIsLow ? (100L << 20, 4L << 30) : (4L << 30, 100L << 20);
        IDisposable first = await room.EnterAsync(Token);
        Task<IDisposable> second = room.EnterAsync(Token);
        Task<IDisposable> third = room.EnterAsync(Token);
        _clock.Advance(TimeSpan.FromSeconds(1));
        second.IsCompleted.Should().BeFalse();
        _notices.Should().ContainSingle().Which.Should().Contain("100 MiB");

        first.Dispose();
        first.Dispose();
        Task<IDisposable> let = await AdvanceUntilAsync(second, third);
        await Task.Delay(50, Token);
        (let == second ? third : second).IsCompleted.Should().BeFalse("there is still no room for two");
        _free = (4L << 30, 4L << 30);
        await AdvanceUntilAsync(let == second ? third : second);
    }

    [Fact]
    public async Task What_is_unknown_holds_nobody_up_and_a_cancelled_wait_ends()
    {
        _free = (null, null);
        var room = new HostRoom(() => _free, _clock, _notices.Add);
        await room.EnterAsync(Token);
        await room.EnterAsync(Token);
        _free = (0, null);
        using var stop = new CancellationTokenSource();
        Task<IDisposable> waiting = room.EnterAsync(stop.Token);
        await stop.CancelAsync();
        await waiting.Invoking(w => w).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task This_hosts_own_room_can_be_read()
    {
        var room = HostRoom.Of(Path.GetTempPath(), TimeProvider.System, _notices.Add);
        (await room.EnterAsync(Token)).Dispose();
        _notices.Should().BeEmpty();
    }

    private async Task<Task<IDisposable>> AdvanceUntilAsync(params Task<IDisposable>[] any)
    {
        for (int i = 0; i < 50 && !any.Any(t => t.IsCompleted); i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny([.. any, Task.Delay(50, Token)]);
        }
        return any.First(t => t.IsCompleted);
    }
}
