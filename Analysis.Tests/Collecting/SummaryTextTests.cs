using FluentAssertions;
using Tandem.Analysis.Collecting;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Analysis.Tests.Collecting;

public sealed class SummaryTextTests
{
    [Fact]
    public void The_summary_says_what_is_there_and_what_is_missing()
    {
        using var store = StoreBuilder.Sound();
        store.Plan(Sample.Case(Setting.Solo, task: 3), Sample.Case(Setting.CoopComm, task: 3), Sample.Case(Setting.CoopNocomm, task: 3));
        store.Add(Sample.Infra(Sample.Case(Setting.Solo, task: 3)) with { EvalError = "the image is gone" });
        store.Add(Sample.Interrupted(Sample.Case(Setting.CoopComm, task: 3)));
        store.Add(Sample.Run(Sample.Case(Setting.Solo, task: 4)) with { AgentStatus = AgentStatus.LimitsExceeded }, isPlanned: false);
        StoreBuilder.InsertLine(store.RunFile(Setting.CoopComm), 3, "{}");
        File.AppendAllText(store.RunFile(Setting.CoopNocomm), "{\"schema_ver");

        Print(store).Should().Be(
            """
            default: 12 of 13 planned cases have a record; 11 cases count
              SIMULATION, not real agents (all 13 records): how well these agents work is drawn by chance, no model was asked; merges and tests are real
              1 cases have a record but are not in the plan

              setting             records  infra  interrupted  overridden  eval errors  messages  passed
              solo                      8      1            0           1            1         0  4 of 7 (57.1 %)
              solo, seed 0 alone        4      1            0           1            1         0  2 of 3 (66.7 %)
              coop-comm                 3      0            1           0            0         3  2 of 2 (100.0 %)
              coop-nocomm               2      0            0           0            0         0  1 of 2 (50.0 %)
              all                      13      1            1           1            1         3

              difficulty  bucket  records  pairs
              0.0000           0        5      1
              0.6667           6        5      1
              1.0000           9        1      1
              unknown          -        2      1
              3 of 10 buckets are populated

              faults, each a record or a file that is left out: 1
                runs/coop-comm_seed0.jsonl(3): JSON deserialization for type 'Tandem.Records.Runs.RunRecord' was missing required properties

              warnings: 1
                runs/coop-nocomm_seed0.jsonl(4): The last line is torn: a crash cut it while it was written.

            """);
    }

    [Fact]
    public void Difficulties_that_share_a_bucket_are_added_up()
    {
        using var store = new StoreBuilder();
        for (int seed = 0; seed < 11; seed++)
        {
            store.Add(Sample.Run(Sample.Case(Setting.Solo, task: 1, seed)));
            store.Add(Sample.Run(Sample.Case(Setting.Solo, task: 2, seed), passed: seed > 0));
        }

        Print(store).ReplaceLineEndings("\n").Should().Contain(
            "  0.0000           0       11      1\n  0.0909           0       11      1\n  1 of 10 buckets are populated\n  bucket 0, of "
                + "2 difficulties: 22 records, 2 pairs\n");
    }

    [Fact]
    public void The_summary_of_an_empty_experiment_divides_by_nothing()
    {
        using StoreBuilder store = new StoreBuilder().Plan(Sample.Case(Setting.Solo));

        Print(store).Should().Be(
            """
            default: 0 of 1 planned cases have a record; 0 cases count

              setting             records  infra  interrupted  overridden  eval errors  messages  passed
              all                       0      0            0           0            0         0

              difficulty  bucket  records  pairs
              0 of 10 buckets are populated

            """);
    }

    // The serializer lists all members that are missing; that list is its own.
    private static string Print(StoreBuilder store)
    {
        using var text = new StringWriter { NewLine = "\n" };
        SummaryText.Write(text, Summary.Of(store.Read()), withDifficulty: true);
        return System.Text.RegularExpressions.Regex.Replace(text.ToString(), "(missing required properties).*", "$1");
    }
}
