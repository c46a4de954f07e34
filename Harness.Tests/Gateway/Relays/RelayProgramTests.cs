using System.Globalization;
using FluentAssertions;
using Tandem.Harness.Gateway.Relays;
using Tandem.Harness.Sandboxes;
using Xunit;

namespace Tandem.Harness.Tests.Gateway.Relays;

/// <summary>Which interpreter is taken, and what becomes of one that says what it should not.</summary>
[Slow]
public sealed class RelayProgramTests
{
    private const int BackstopMs = 60_000;
    private const string Ready = @"\000\000\000\000P\000\000\000\0048765";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory(Timeout = BackstopMs)]
    [InlineData("python3", "perl", "node", "python3")]
    [InlineData("node", "perl", "node")]
    [InlineData("perl", "perl")]
    public async Task The_first_interpreter_that_works_is_taken(string taken, params string[] present)
    {
        await using var sandbox = new HostSandbox(present);
        (await RelayProgram.FindAsync(sandbox, [], Token))!.Name.Should().Be(taken);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task A_node_from_elsewhere_serves_where_there_is_no_other()
    {
        await using var bare = new HostSandbox();
        await using var other = new HostSandbox("node");
        string node = Path.Combine(other.Paths.Scratch, "node");
        (await RelayProgram.FindAsync(bare, ["/no/such/node", node], Token)).Should().Be(new RelayProgram("node", node));
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Without_any_the_message_says_what_to_do()
    {
        await using var bare = new HostSandbox();
        (await bare.Invoking(sandbox => SandboxRelay.OpenAsync(sandbox, new RelayConnections(), null, [], TimeProvider.System, Token))
            .Should().ThrowAsync<SandboxException>().Where(exception => exception.Fault == SandboxFault.Unsupported))
            .WithMessage("*none of python3 (3.5 or newer), node (12 or newer) and perl. Install one of them in the task's image.");
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(@"echo no frame at all, but many words")]
    [InlineData(@"echo out of order >&2")]
    [InlineData(@"printf '\000\000\000\000P\000\000\000\002no'")]
    public async Task What_does_not_say_that_it_listens_is_refused(string script)
    {
        await using var sandbox = new HostSandbox();
        (await sandbox.Invoking(one => StartAsync(one, script)).Should().ThrowAsync<SandboxException>())
            .Which.Message.Should().Contain("does not listen: ");
    }

    [Theory(Timeout = BackstopMs)]
    [InlineData(@"\000\000\000\007D\000\000\000\001x", "A frame for connection 7 came, which was never opened.")]
    [InlineData(@"\000\000\000\000D\000\000\000\001x", "A frame for connection 0 came, which was never opened.")]
    [InlineData(@"\000\000\000\001O\000\000\000\000\000\000\000\001O\000\000\000\000", "Connection 1 was opened after connection 1.")]
    [InlineData(@"\000\000\000\001O\000\000\000\000\000\000\000\001?\000\000\000\000", "A frame of the unknown kind 63 came.")]
    [InlineData(@"\000\000\000\001O\000\000\000\000\000\000\000\001C\000\000\000\004\000\000\000\001",
        "A connection was credited with more than it was sent.")]
    [InlineData(@"\000\000\000\001D\377\377\377\377", "A frame of 4294967295 bytes came; at most 65536 are allowed.")]
    public async Task A_program_that_breaks_the_rules_is_used_no_more(string frames, string why)
    {
        await using var sandbox = new HostSandbox();
        RelayLink link = await StartAsync(sandbox, $"printf '{Ready}{frames}'; read wait");
        await using (link)
            (await link.Ended.WaitAsync(TimeSpan.FromSeconds(10), Token)).Should().Be(why);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task One_that_sends_more_than_the_window_is_used_no_more()
    {
        string filled = string.Concat(Enumerable.Repeat(
            $@"printf '\000\000\000\001D\000\001\000\000'; /usr/bin/head -c 65536 /dev/zero; ", 4));
        await using var sandbox = new HostSandbox();
        RelayLink link = await StartAsync(sandbox, string.Create(CultureInfo.InvariantCulture,
            $@"printf '{Ready}\000\000\000\001O\000\000\000\000'; {filled} printf '\000\000\000\001D\000\000\000\001x'; read wait"));
        await using (link)
        {
            (await link.Ended.WaitAsync(TimeSpan.FromSeconds(10), Token)).Should()
                .Be("A connection sent more than its window allows.");
        }
    }

    private static Task<RelayLink> StartAsync(HostSandbox sandbox, string script) => RelayLink.StartAsync(sandbox,
        ["/bin/sh", "-c", script], new RelayConnections(), new RelayOrigin("host", null), TimeProvider.System, Token);
}
