using System.Text;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Tests.Stores;

/// <summary>What agents and tests may leave that a page must not choke on.</summary>
internal static class Hostile
{
    /// <summary>Ends elements and comments, begins scripts, breaks lines of JavaScript, turns the direction of writing, holds half a
    /// character.</summary>
    public const string Text =
        "</script><script>alert(1)</script><img src=x onerror=alert(2)> --> ]]> \" ' & \u2028\u2029 \u202Eevil\u202C \uD800 \u0000\u0007 "
        + "\u001b[31mred\u001b[0m \u001b]8;;http://x\u0007link";

    /// <summary>As a program prints it: colours, a title, and bytes that are no UTF-8.</summary>
    public static readonly byte[] Output =
        [.. Encoding.UTF8.GetBytes("\u001b[1;31mFAILED\u001b[0m <b>bold</b>\r\n\u001b]0;title\u0007progress 10 %\rprogress 100 %\n"), 0xFF,
        0xFE, 0xC3, 0x28, (byte)'\n'];

    /// <summary>A patch to make a page with.</summary>
    public const string Patch =
        "diff --git a/a.py b/a.py\nindex 1..2 100644\n--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n unchanged <b>\n--- a removed line of "
        + "dashes\n+++ an added line of plus signs </pre><script>alert(3)</script>\n";

    /// <summary>Adds a coop-comm case whose every text is hostile, and a solo one of the same pair, so that it has a difficulty.</summary>
    public static RunRecord AddTo(StoreBuilder store, int task = 1)
    {
        CaseId id = Sample.Case(Setting.CoopComm, task);
        RunRecord record = Sample.Run(id, passed: false) with
        {
            Agent = "simulated",
            Messages =
            [
                new MessageRecord("agent1", "agent2", Text, FixedClock.Time.AddSeconds(1), FixedClock.Time.AddSeconds(2),
                    FixedClock.Time.AddSeconds(3), 1, 1, 2),
                new MessageRecord("agent2", "agent1", new string('x', 20_000), FixedClock.Time.AddSeconds(4), null, null, 2, 3, null),
            ],
            MessagesCount = 2,
            Agents = [Sample.Agent("agent1", [1]) with { Error = Text, Cost = 0.25m, Tokens = new TokenCounts(1200, 34, 800, null) },
                Sample.Agent("agent2", [2])],
        };
        store.Add(Sample.Run(Sample.Case(Setting.Solo, task))).Add(record, change: files =>
        {
            files["agent1.patch"] = Encoding.UTF8.GetBytes(Patch);
            files["agent1.graded.patch"] = [.. "diff --git a/a.py b/a.py\n"u8];
            files["agent2.patch"] = [];
            files["merged.patch"] = files["agent1.patch"];
            files["tests_f1.log"] = Output;
            files["trajectory.jsonl"] =
                [.. Trajectory().SelectMany(one => (byte[])[.. StoreJson.ToLine(one), (byte)'\n']), .. "not json\n"u8];
        });
        return record;
    }

    private static IEnumerable<TrajectoryEvent> Trajectory()
    {
        yield return new TrajectoryEvent(FixedClock.Time, "agent1", 0, "start", "# Task\n" + Text, null, null, null, null, null);
        yield return new TrajectoryEvent(FixedClock.Time.AddSeconds(1), "agent1", 1, "response", "I look around", null, null, 1.5, 0.25m,
            new TokenCounts(1200, 34, null, null));
        yield return new TrajectoryEvent(FixedClock.Time.AddSeconds(2), "agent1", 1, "command", "cat a.py", "\u001b[32m"
            + Text, 1, 0.2, null, null);
        for (int step = 1; step <= 500; step++)
            yield return new TrajectoryEvent(FixedClock.Time.AddSeconds(step), "agent2", step, "command", $"echo {step}", "",
                0, 0.1, null, null);
    }
}
