using FluentAssertions;
using Tandem.Harness.Agents;
using Tandem.Harness.Configuration;
using Tandem.Harness.Tests.Evaluation;
using Tandem.Harness.Tests.Faults;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;
using Xunit;

namespace Tandem.Harness.Tests.Agents;

/// <summary>The command agent in containers, as users meet it.</summary>
[Slow]
public sealed class CommandAgentContainerTests(TinyTasks tiny) : FaultTests(tiny)
{
    private static readonly CaseId s_comm = CaseId.Parse("coop-comm/tiny_task/1/f1_f2/seed0");

    [Fact(Timeout = BackstopMs), Long]
    public async Task Login_shells_of_the_image_find_its_commands_and_what_it_printed_until_its_limit_is_kept()
    {
        Cases.Configuration = Cases.Configuration with
        {
            Agent = new AgentSettings
            {
                Kind = "command",
                Command = new CommandSettings
                {
                    Run = "for shell in 'bash -lc' 'sh -lc' 'env -i bash -lc' 'su - root -c'; do "
                        + "$shell 'type send_message read_messages' || echo missing; done; "
                        + "bash -lc 'send_message {peers} by bash'; env -i sh -c 'send_message {peers} by a plain path'; "
                        + "echo so far; sleep 99",
                },
            },
            Limits = Cases.Configuration.Limits with { AgentMinutes = 0.25, MaxCostUsd = new CostLimit(null) },
        };

        RunRecord record = await Cases.RecordAsync(s_comm, AgentCatalog.Find("command")!);

        record.AgentStatus.Should().Be(AgentStatus.LimitsExceeded, record.Error?.Message);
        record.Agents.Should().OnlyContain(agent => agent.Limit == "wall_clock" && agent.MessageCalls == 2);
        record.Messages.Select(m => m.Message).Should().BeEquivalentTo("by bash", "by bash", "by a plain path", "by a plain path");
        string[] outputs = [.. JsonLines.Read(Path.Combine(Cases.Layout.AttemptFolder(s_comm, 1), StoreLayout.TrajectoryFile))
            .Select(line => StoreJson.Read<TrajectoryEvent>(line.Utf8.Span)).Where(e => e.Kind == "command").Select(e => e.Output!)];
        outputs.Should().HaveCount(2).And.OnlyContain(output => !output.Contains("missing") && !output.Contains("not found")
            && output.TrimEnd().EndsWith("so far"));
    }
}
