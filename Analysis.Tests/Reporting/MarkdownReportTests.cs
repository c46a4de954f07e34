using FluentAssertions;
using Tandem.Analysis.Reporting;
using Tandem.Analysis.Tests.Stores;
using Xunit;

namespace Tandem.Analysis.Tests.Reporting;

public sealed class MarkdownReportTests
{
    [Fact]
    public void The_report_for_a_pull_request_is_compact_and_whole()
    {
        using StoreBuilder store = StoreBuilder.Sound();
        ReportTests.Run(store);

        File.ReadAllText(Path.Combine(ReportFolder.Of(store.Layout), "report.md")).Should().Be(
            """
            ## default: solo and coop-comm passed equally often: solo 100.0 % (2 of 2); coop-comm 100.0 % (2 of 2); coop-nocomm 50.0 % (1 of 2); seed 0.

            > **SIMULATION, not real agents (all 10 records): how well these agents work is drawn by chance, no model was asked; merges and tests are real**

            agent simulated (simulated); 2 pairs of 2 tasks, 10 cases

            | question | answer | numbers |
            |---|---|---|
            | Which setting did best? | **solo and coop-comm, equally** | One run per pair (seed 0). solo 100.0 % (2 of 2; 34.2 to 100.0 %); coop-comm 100.0 % (2 of 2; 34.2 to 100.0 %); coop-nocomm 50.0 % (1 of 2; 9.5 to 90.5 %). |
            | Is that more than chance? | **No difference to explain** | The first settings have the same rate, which does not show that they are equal. |
            | What did it cost? | **Not known** | 10 attempts of unknown cost not included. In the median solo 7 steps and 12.5 s a run; coop-comm 14 steps and 12.5 s a run; coop-nocomm 14 steps and 12.5 s a run; the wait for a place and for an image is not in it. |
            | What is missing? | **Nothing** | All 10 cases have a verdict. |
            | Can the store be trusted? | **Yes** | All 16 rules hold; those that read every file were not asked (--deep). |

            **Success by setting**

            | setting | seeds | passed | with a verdict | rate | 95 % Wilson | 95 % over tasks | not run | infra errors | interrupted | nothing handed in |
            |---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|
            | solo | seed 0 | 2 | 2 | 100.0 % | 34.2 to 100.0 % | – | 0 | 0 | 0 | 0 |
            | solo | all | 4 | 6 | 66.7 % | 30.0 to 90.3 % | 33.3 to 100.0 % | 0 | 0 | 0 | 0 |
            | coop-comm | seed 0 | 2 | 2 | 100.0 % | 34.2 to 100.0 % | – | 0 | 0 | 0 | 0 |
            | coop-nocomm | seed 0 | 1 | 2 | 50.0 % | 9.5 to 90.5 % | 0.0 to 100.0 % | 0 | 0 | 0 | 0 |

            On the intervals over tasks: all tasks agree: the interval has no width, which does not mean that nothing is uncertain; only 2 tasks: the interval is too narrow.

            **Settings compared within pairs**

            | setting | against | seed | pairs | difference | 95 % over tasks | p after Holm | with what is missing | more than chance? |
            |---|---|---|---:|---:|---:|---:|---:|---|
            | coop-comm | solo | 0 | 2 | 0.0 pp | – | 1.000 | none missing | not shown |
            | coop-comm | solo | mean of all | 2 | +33.3 pp | 0.0 to +66.7 | – | none missing |  |
            | coop-nocomm | solo | 0 | 2 | −50.0 pp | −100.0 to 0.0 | 1.000 | none missing | not shown |
            | coop-nocomm | solo | mean of all | 2 | −16.7 pp | −33.3 to 0.0 | – | none missing |  |
            | coop-comm | coop-nocomm | 0 | 2 | +50.0 pp | 0.0 to +100.0 | 1.000 | none missing | not shown |
            | coop-comm | coop-nocomm | mean of all | 2 | +50.0 pp | 0.0 to +100.0 | – | none missing |  |

            With what is missing: the difference if all that is missing had gone against the first setting, and for it. On the intervals over tasks: all tasks agree: the interval has no width, which does not mean that nothing is uncertain; only 2 tasks: the interval is too narrow.

            **Merges**

            | setting | cases | clean | union | failed | nothing handed in | one patch alone | missing | naive conflicts |
            |---|---:|---:|---:|---:|---:|---:|---:|---:|
            | coop-comm | 2 | 2 | 0 | 0 | 0 | 0 | 0 | 0.0 % (0 of 2) |
            | coop-nocomm | 2 | 2 | 0 | 0 | 0 | 0 | 0 | 0.0 % (0 of 2) |

            What messages change, within 2 pairs: naive conflicts 0.0 pp; merged after naive 0.0 pp; after union 0.0 pp.

            **Judges:** No judge has read the runs; `./run.sh judge default --rubric symptoms --judge-model builtin:rules` lets one read them that needs no key and costs nothing.

            **Store:** 16 of 16 rules hold

            Left out: Communication errors and failure symptoms. The store holds no label of the rubrics communication-errors and symptoms.

            Left out: Cost against success. No run's cost is known: the model has no price, or the agent does not report it.

            """.ReplaceLineEndings("\n"));
    }
}
