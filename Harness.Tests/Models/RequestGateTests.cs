using FluentAssertions;
using Tandem.Harness.Models;
using Xunit;

namespace Tandem.Harness.Tests.Models;

public sealed class RequestGateTests : IDisposable
{
    private readonly HandClock _clock = new();
    private readonly List<RequestGate> _gates = [];

    public void Dispose() => _gates.ForEach(gate => gate.Dispose());

    [Fact]
    public async Task No_more_requests_than_the_limit_are_under_way_and_the_next_goes_when_one_ends()
    {
        RequestGate gate = Gate(2);
        RequestGate.Pass first = await gate.EnterAsync(Stop);
        await gate.EnterAsync(Stop);
        Task<RequestGate.Pass> third = gate.EnterAsync(Stop);
        Task<RequestGate.Pass> fourth = gate.EnterAsync(Stop);

        third.IsCompleted.Should().BeFalse();
        first.Dispose();
        first.Dispose();

        await third.WaitAsync(Patience, Stop);
        fourth.IsCompleted.Should().BeFalse("a place is given back once");
    }

    [Fact]
    public async Task A_crowd_that_is_turned_away_together_halves_the_limit_once()
    {
        RequestGate gate = Gate(16);
        RequestGate.Pass[] crowd = await Enter(gate, 16);

        foreach (RequestGate.Pass pass in crowd)
            pass.Throttled();

        gate.Limit.Should().Be(8);
    }

    [Fact]
    public async Task Each_further_crowd_halves_it_again_but_one_request_is_always_let_through()
    {
        RequestGate gate = Gate(5);

        foreach (int expected in new[] { 2, 1, 1, 1 })
        {
            using RequestGate.Pass pass = await gate.EnterAsync(Stop).WaitAsync(Patience, Stop);
            pass.Throttled();
            gate.Limit.Should().Be(expected);
        }
        (await gate.EnterAsync(Stop).WaitAsync(Patience, Stop)).Should().NotBeNull();
    }

    [Fact]
    public async Task Successes_bring_the_limit_back_slowly_and_never_above_the_most()
    {
        RequestGate gate = Gate(8);
        using (RequestGate.Pass pass = await gate.EnterAsync(Stop))
            pass.Throttled();
        gate.Limit.Should().Be(4);

        await Succeed(gate, 5);
        gate.Limit.Should().Be(5, "a round trip of the crowd brings one place");
        await Succeed(gate, 15);
        gate.Limit.Should().BeLessThan(8);
        await Succeed(gate, 200);
        gate.Limit.Should().Be(8);
    }

    [Fact]
    public async Task A_pause_holds_everybody_and_ends_by_itself()
    {
        RequestGate gate = Gate(4);
        gate.Pause(TimeSpan.FromSeconds(30));
        gate.Pause(TimeSpan.FromSeconds(10));
        Task<RequestGate.Pass>[] waiting = [gate.EnterAsync(Stop), gate.EnterAsync(Stop)];

        _clock.Advance(TimeSpan.FromSeconds(29.9));
        waiting.Should().OnlyContain(task => !task.IsCompleted, "the longer pause holds");
        _clock.Advance(TimeSpan.FromSeconds(0.2));

        await Task.WhenAll(waiting).WaitAsync(Patience, Stop);
    }

    [Fact]
    public async Task A_pause_that_comes_while_others_wait_holds_them_too()
    {
        RequestGate gate = Gate(1);
        RequestGate.Pass first = await gate.EnterAsync(Stop);
        Task<RequestGate.Pass> second = gate.EnterAsync(Stop);
        gate.Pause(TimeSpan.FromSeconds(5));
        first.Dispose();

        second.IsCompleted.Should().BeFalse();
        _clock.Advance(TimeSpan.FromSeconds(6));

        await second.WaitAsync(Patience, Stop);
    }

    [Fact]
    public async Task Who_stops_waiting_takes_no_place()
    {
        RequestGate gate = Gate(1);
        RequestGate.Pass first = await gate.EnterAsync(Stop);
        using var cancel = new CancellationTokenSource();
        Task<RequestGate.Pass> gone = gate.EnterAsync(cancel.Token);
        Task<RequestGate.Pass> next = gate.EnterAsync(Stop);

        await cancel.CancelAsync();
        await FluentActions.Awaiting(() => gone).Should().ThrowAsync<OperationCanceledException>();
        first.Dispose();

        await next.WaitAsync(Patience, Stop);
    }

    [Fact]
    public async Task Whoever_waits_when_the_gate_goes_away_is_told()
    {
        RequestGate gate = Gate(1);
        await gate.EnterAsync(Stop);
        Task<RequestGate.Pass> waiting = gate.EnterAsync(Stop);

        gate.Dispose();

        await FluentActions.Awaiting(() => waiting).Should().ThrowAsync<ObjectDisposedException>();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static TimeSpan Patience => TimeSpan.FromSeconds(30);

    private RequestGate Gate(int most)
    {
        var gate = new RequestGate(most, _clock);
        _gates.Add(gate);
        return gate;
    }

    private static async Task<RequestGate.Pass[]> Enter(RequestGate gate, int count) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => gate.EnterAsync(Stop)));

    private static async Task Succeed(RequestGate gate, int times)
    {
        for (int i = 0; i < times; i++)
        {
            using RequestGate.Pass pass = await gate.EnterAsync(Stop);
            pass.Succeeded();
        }
    }
}
