using FluentAssertions;
using Tandem.Harness.Sandboxes;
using Xunit;

namespace Tandem.Harness.Tests.Sandboxes.Docker;

/// <summary>Who reaches whom.</summary>
public sealed class DockerNetworkTests : DockerTestBase
{
    private const string Listen =
        "python3 -c \"import socket; s = socket.create_server(('0.0.0.0', 8000)); open('/tandem/up', 'w').close(); "
        + "s.accept()[0].send(b'hello')\" > /dev/null 2>&1 & while [ ! -e /tandem/up ]; do sleep 0.05; done; hostname -i";

    [Fact(Timeout = BackstopMs)]
    public async Task Without_a_network_there_is_only_loopback()
    {
        await using ISandbox sandbox = await CreateAsync();
        (await PrintAsync(sandbox, "cat /proc/net/route | wc -l; ls /sys/class/net")).Should().Be("1\nlo\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Without_a_network_localhost_has_an_address_also_after_a_reset_and_in_a_process_of_its_own()
    {
        await using ISandbox sandbox = await CreateAsync();
        (await sandbox.ExecAsync(ExecRequest.Shell("getent hosts localhost") with { OwnProcess = true }, Token)).Stdout.Text.Should()
            .StartWith("127.0.0.1");

        await sandbox.ResetProcessesAsync(Token);

        (await PrintAsync(sandbox, "getent hosts localhost; wc -l < /etc/hosts")).Should().StartWith("127.0.0.1").And.EndWith("\n2\n");
    }

    [Fact(Timeout = BackstopMs)]
    public async Task Sandboxes_that_reach_outwards_do_not_reach_each_other()
    {
        ISandbox[] pair = await Task.WhenAll(CreateAsync(spec => spec with { Network = SandboxNetwork.Bridge }),
            CreateAsync(spec => spec with { Network = SandboxNetwork.Bridge }));
        await using ISandbox one = pair[0];
        await using ISandbox two = pair[1];
        string address = (await PrintAsync(one, Listen)).Trim();
        string connect = $"python3 -c \"import socket; print(socket.create_connection(('{address}', 8000), 2).recv(9).decode())\"";
        (await two.ExecAsync(ExecRequest.Shell(connect), Token)).ExitCode.Should().Be(1, "the other is out of reach");
        (await PrintAsync(two, "ip neigh 2>/dev/null; grep -c . /proc/net/route")).Should().NotBeEmpty();
        (await PrintAsync(one, connect)).Should().Be("hello\n", "it does listen");
    }

    [Fact(Timeout = BackstopMs)]
    [Long]
    public async Task Package_managers_work_from_the_inside()
    {
        await using ISandbox sandbox = await CreateAsync(spec => spec with { Network = SandboxNetwork.Bridge });
        ExecResult result = await sandbox.ExecAsync(
            ExecRequest.Shell("apt-get update -q && apt-get install -y -q --no-install-recommends tree && tree --version") with
            { TimeLimit = TimeSpan.FromMinutes(1) }, Token);
        result.Succeeded.Should().BeTrue("{0} {1}", result.Stdout.Text, result.Stderr.Text);
    }
}
