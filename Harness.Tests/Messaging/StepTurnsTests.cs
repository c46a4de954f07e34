using System.Collections.Concurrent;
using FluentAssertions;
using Tandem.Harness.Messaging;
using Xunit;

namespace Tandem.Harness.Tests.Messaging;

public sealed class StepTurnsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Steps_alternate_however_fast_each_agent_is_and_who_is_done_is_not_waited_for()
    {
        var turns = new StepTurns(["a", "b", "c"]);
        var order = new ConcurrentQueue<string>();

        async Task Work(string name, int steps, int pauseMs)
        {
            for (int step = 0; step < steps; step++)
            {
                await turns.NextAsync(name, Token);
                order.Enqueue(name);
                await Task.Delay(pauseMs, Token);
            }
            turns.Leave(name);
        }

        await Task.WhenAll(Work("c", 2, 0), Work("b", 4, 5), Work("a", 3, 1));

        string.Concat(order).Should().Be("abcabcabb");
    }

    [Fact]
    public async Task Nobody_begins_before_the_first_has_and_the_first_may_leave_without_having_begun()
    {
        var turns = new StepTurns(["a", "b"]);
        Task second = turns.NextAsync("b", Token);
        second.IsCompleted.Should().BeFalse();

        turns.Leave("a");

        await second;
        await turns.Invoking(t => t.NextAsync("a", Token)).Should().ThrowAsync<InvalidOperationException>()
            .WithMessage("a takes no turns*");
    }

    [Fact]
    public async Task Who_is_cancelled_while_it_waits_lets_the_others_go_on_by_leaving()
    {
        var turns = new StepTurns(["a", "b", "c"]);
        using var stop = new CancellationTokenSource();
        await turns.NextAsync("a", Token);
        Task waits = turns.NextAsync("b", stop.Token);
        Task third = turns.NextAsync("c", Token);

        await stop.CancelAsync();
        await waits.Invoking(w => w).Should().ThrowAsync<OperationCanceledException>();
        turns.Leave("b");
        turns.Leave("b");
        third.IsCompleted.Should().BeFalse("a has its turn");

        Task again = turns.NextAsync("a", Token);
        await third;
        turns.Leave("c");
        await again;
    }
}
