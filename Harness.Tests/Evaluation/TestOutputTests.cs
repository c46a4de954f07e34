using FluentAssertions;
using Tandem.Harness.Evaluation.TestOutputs;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation;

public sealed class TestOutputTests
{
    [Theory]
    [InlineData("Ran 3 tests in 0.001s\n\nOK\n", 3, 0, 0)]
    [InlineData("Ran 1 test in 0s\n\nOK", 1, 0, 0)]
    [InlineData("Ran 3 tests in 0.001s\n\nOK (skipped=1)\n", 2, 0, 1)]
    [InlineData("Ran 6 tests in 0.002s\n\nFAILED (failures=1, errors=2)\n", 3, 3, 0)]
    [InlineData("Ran 6 tests in 0.001s\n\nFAILED (failures=1, errors=1, skipped=1, expected failures=1, unexpected successes=1)\n", 1,
        3, 1)]
    [InlineData("Ran 0 tests in 0.000s\n\nOK\n", 0, 0, 0)]
    [InlineData("Ran 0 tests in 0.000s\n\nNO TESTS RAN\n", 0, 0, 0)]
    [InlineData("Ran 2 tests in 0.000s\n\nNO TESTS RAN (skipped=2)\n", 0, 0, 2)]
    [InlineData("Ran 0 tests in 0.000s\n\nFAILED (errors=1)\n", 0, 1, 0)]
    public void Unittest_is_understood(string output, int passed, int failed, int skipped) =>
        Count("test_a (test_a.A.test_a) ... ok\n\n----------\n" + output).Should().Be(new TestCounts(passed, failed, skipped));

    [Theory]
    [InlineData("============================== 3 passed in 0.01s ===============================", 3, 0, 0)]
    [InlineData("============ 1 failed, 3 passed, 1 skipped, 2 warnings, 2 errors in 0.10s =============", 3, 3, 1)]
    [InlineData("= 3 passed, 1 failed, 2 errors, 1 skipped in 0.1s =", 3, 3, 1)]
    [InlineData("=============================== 1 error in 0.05s ===============================", 0, 1, 0)]
    [InlineData("=================== 2 passed, 1 xfailed, 1 xpassed, 4 deselected in 65.30s (0:01:05) ====================", 2, 0, 0)]
    [InlineData("============================ no tests ran in 0.00s =============================", 0, 0, 0)]
    [InlineData("=========== 12 passed in 0.12 seconds ===========", 12, 0, 0)]
    [InlineData("========= 10 passed, 1 rerun, 3 subtests passed in 1.20s =========", 10, 0, 0)]
    [InlineData("3 passed, 1 skipped in 0.04s", 3, 0, 1)]
    [InlineData("1 failed, 2 passed in 0.04s", 2, 1, 0)]
    [InlineData("no tests ran in 0.01s", 0, 0, 0)]
    public void Pytest_is_understood(string summary, int passed, int failed, int skipped) =>
        Count($"collected 3 items\n\ntests/test_a.py ...    [100%]\n\n{summary}\n").Should().Be(new TestCounts(passed, failed, skipped));

    [Theory]
    [InlineData("Test Suites: 1 passed, 1 total\nTests:       12 passed, 12 total", 12, 0, 0)]
    [InlineData("Test Suites: 1 failed, 2 passed, 3 total\nTests:       1 failed, 2 skipped, 1 todo, 5 passed, 9 total", 5, 1, 3)]
    [InlineData("Test Suites: 1 skipped, 15 passed, 15 of 16 total\nTests:       1 skipped, 240 passed, 241 total", 240, 0, 1)]
    [InlineData("Test Suites: 2 failed, 2 total\nTests:       0 total", 0, 2, 0)]
    public void Jest_is_understood(string summary, int passed, int failed, int skipped) =>
        Count($"PASS src/__tests__/useForm.test.tsx (5.4 s)\n  ✓ works (3 ms)\n\n{summary}\nSnapshots:   0 total\n"
            + "Time:        1.2 s\nRan "
            + $"all test suites.\n")
            .Should().Be(new TestCounts(passed, failed, skipped));

    [Theory]
    [InlineData(" Test Files  1 passed (1)\n      Tests  12 passed (12)", 12, 0, 0)]
    [InlineData(" Test Files  1 failed | 2 passed (3)\n      Tests  1 failed | 5 passed | 2 skipped | 1 todo (9)", 5, 1, 3)]
    [InlineData(" Test Files  2 failed (2)\n      Tests  no tests", 0, 2, 0)]
    [InlineData(" Test Files  2 failed | 1 passed (3)\n      Tests  4 passed (4)", 4, 2, 0)]
    [InlineData(" Test Files  3 skipped (3)\n      Tests  7 skipped (7)", 0, 0, 7)]
    [InlineData("\e[2m Test Files \e[22m \e[1m\e[32m1 passed\e[39m\e[22m\e[90m (1)\e[39m\n"
        + "\e[2m      Tests \e[22m \e[1m\e[32m3 passed\e[39m\e[22m\e[90m (3)\e[39m",
        3, 0, 0)]
    public void Vitest_is_understood(string summary, int passed, int failed, int skipped) =>
        Count($" ✓ src/a.test.ts (3 tests) 4ms\n\n{summary}\n   Start at  10:00:00\n   Duration  312ms (transform 20ms)\n")
            .Should().Be(new TestCounts(passed, failed, skipped));

    [Theory]
    [InlineData("ℹ tests 4\nℹ suites 0\nℹ pass 3\nℹ fail 1\nℹ cancelled 0\nℹ skipped 0\nℹ todo 0\nℹ duration_ms 40.5", 3, 1, 0)]
    [InlineData("# tests 2\n# suites 0\n# pass 1\n# fail 0\n# cancelled 0\n# skipped 1\n# todo 0\n# duration_ms 40.5", 1, 0, 1)]
    public void Nodes_own_test_program_is_understood(string summary, int passed, int failed, int skipped) =>
        Count($"✔ reads (0.4ms)\nok 1 - reads\n{summary}\n").Should().Be(new TestCounts(passed, failed, skipped));

    [Theory]
    [InlineData("     Summary [   0.005s] 3 tests run: 3 passed, 0 skipped", 3, 0, 0)]
    [InlineData("     Summary [   1.2s] 5/9 tests run: 3 passed (1 slow), 2 failed, 4 skipped", 3, 2, 4)]
    public void Nextest_is_understood(string summary, int passed, int failed, int skipped) =>
        Count($"        PASS [   0.004s] a tests::one\n------------\n{summary}\n").Should().Be(new TestCounts(passed, failed, skipped));

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public void An_output_that_comes_in_pieces_is_counted_as_a_whole(int size)
    {
        string output = "progress é 50%\r\e[32mprogress\r" + new string('x', 3000)
            + "\r===== 2 passed in 0.10s =====\r\n" + new string('y', 5000)
            + "\nRan 2 tests in 0.001s\n\nOK\n ✓ é\n      Tests  3 passed (3)\n4 passed in 0.02s";
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(output);
        var count = new TestOutput();

        foreach (byte[] piece in bytes.Chunk(size))
            count.Read(piece);

        count.Finish().Should().Be(new TestCounts(11, 0, 0)).And.Be(Count(output));
    }

    [Theory]
    [InlineData("  3 passing (12ms)\n", 3, 0, 0)]
    [InlineData("  3 passing (1s)\n  2 pending\n  1 failing\n\n  1) parser\n", 3, 1, 2)]
    [InlineData("  0 passing (2ms)\n  4 failing\n", 0, 4, 0)]
    [InlineData("  12 passing\n  1 failing\n\n  1) read: takes a tab\n", 12, 1, 0)]
    public void Mocha_is_understood(string summary, int passed, int failed, int skipped) =>
        Count($"  parser\n    ✔ reads\n\n\n{summary}").Should().Be(new TestCounts(passed, failed, skipped));

    [Fact]
    public void Verbose_Go_is_counted_by_tests_with_their_subtests()
    {
        string output = """
            === RUN   TestMux
            === RUN   TestMux/a
            --- PASS: TestMux (0.00s)
                --- PASS: TestMux/a (0.00s)
                --- SKIP: TestMux/b (0.00s)
            --- FAIL: TestRoute (0.02s)
                mux_test.go:12: no
            FAIL
            FAIL	github.com/go-chi/chi/v5	0.031s
            ok  	github.com/go-chi/chi/v5/middleware	0.120s [no tests to run]
            FAIL
            """;

        Count(output).Should().Be(new TestCounts(2, 1, 1));
    }

    [Theory]
    [InlineData("ok  \tgithub.com/go-chi/chi/v5\t0.031s\nok  \tgithub.com/go-chi/chi/v5/middleware\t(cached)\n", 2, 0)]
    [InlineData("?   \tgithub.com/x/y\t[no test files]\nok  \tgithub.com/x\t0.031s\tcoverage: 80.1% of statements\n", 1, 0)]
    [InlineData("ok  \tgithub.com/go-chi/chi/v5\t0.031s [no tests to run]\n", 0, 0)]
    [InlineData("ok  \tx/y\t0.01s\tcoverage: 0.0% of statements [no tests to run]\n", 0, 0)]
    [InlineData("--- FAIL: TestA (0.00s)\n    a_test.go:3: no\nFAIL\nFAIL\tx/y\t0.01s\nok  \tx/z\t0.01s\nFAIL\nCleaning up repository...\n",
        1, 1)]
    [InlineData("# x/y [x/y.test]\n./a.go:3:1: undefined: B\nFAIL\tx/y [build failed]\nok  \tx/z\t0.01s\nFAIL\n", 1, 1)]
    [InlineData("panic: boom\n\ngoroutine 1 [running]:\nFAIL\tx/y\t0.01s\nFAIL\n", 0, 1)]
    public void Go_without_verbose_is_counted_by_packages(string output, int passed, int failed) =>
        Count(output).Should().Be(new TestCounts(passed, failed, null));

    [Theory]
    [InlineData("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 12 filtered out; finished in 0.01s", 3, 0, 1)]
    [InlineData("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out", 3, 2, 0)]
    [InlineData("4 passed, 0 failed, 2210 skipped", 4, 0, 2210)]
    public void Cargo_is_understood(string summary, int passed, int failed, int skipped) =>
        Count($"running 3 tests\ntest a::b ... ok\n\n{summary}\n\n").Should().Be(new TestCounts(passed, failed, skipped));

    [Fact]
    public void Several_sessions_are_added_up()
    {
        string output = """
            ===== 2 passed, 1 skipped in 0.10s =====
            ===== 1 failed, 3 passed in 0.10s =====
            4 passed in 0.02s
            Ran 2 tests in 0.001s

            OK
            Ran 2 tests in 0.001s

            FAILED (failures=1)
            test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
            test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
            """;

        Count(output).Should().Be(new TestCounts(17, 2, 1));
    }

    [Theory]
    [InlineData("\e[32m=====\e[0m \e[32m\e[1m3 passed\e[0m\e[32m in 0.01s\e[0m\e[32m =====\e[0m")]
    [InlineData("\e[1mTests:       \e[22m\e[1m\e[32m3 passed\e[39m\e[22m, 3 total")]
    [InlineData("===== 3 passed in 0.01s =====\r")]
    [InlineData("progress 50%\rprogress 99%\r===== 3 passed in 0.01s =====")]
    [InlineData("\e]0;title\a===== 3 passed in 0.01s =====\e[K")]
    public void Colours_and_carriage_returns_do_not_hide_a_summary(string output) => Count(output)!.Passed.Should().Be(3);

    [Theory]
    [InlineData("Successfully installed pytest-8.0.0 attrs-23 1 passed")]
    [InlineData("Collecting 3 passed in 0.1s")]
    [InlineData("INFO root: 2 passed in 0.1s")]
    [InlineData("2 passed")]
    [InlineData("2 passed, 1 failed")]
    [InlineData("E       assert '2 passed in 0.1s' in ''")]
    [InlineData("===== short test summary info =====")]
    [InlineData("===== 2 passed in 0.1s")]
    [InlineData("2 passed in 0.1s =====")]
    [InlineData("Ran 3 tests in 0.001s")]
    [InlineData("The log: Ran 3 tests in 0.001s\n\nOK")]
    [InlineData("Ran 3 tests in 0.001s\n\nOKAY")]
    [InlineData("OK\nFAILED (failures=1)")]
    [InlineData("  Tests: 3 passed, 3 total")]
    [InlineData("Test Suites: 1 passed, 1 total")]
    [InlineData("Tests 3 passed (3)")]
    [InlineData("  Tests  3 passed")]
    [InlineData(" Test Files  1 passed (1)")]
    [InlineData("# pass 3")]
    [InlineData("ℹ pass 3\nℹ fail 0")]
    [InlineData("Summary [ 0.005s] 3 tests run")]
    [InlineData("3 passing tests")]
    [InlineData("passing: 3 passing")]
    [InlineData("  1 failing")]
    [InlineData("ok 1 - reads a line\nnot ok 2 - writes")]
    [InlineData("FAIL src/a.test.ts (5.1 s)")]
    [InlineData("FAIL")]
    [InlineData("?   \tgithub.com/x/y\t[no test files]")]
    [InlineData("test result: maybe. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out")]
    [InlineData("99999999999 passed in 0.1s")]
    [InlineData("")]
    public void What_is_no_summary_line_counts_for_nothing(string output) => Count(output).Should().BeNull();

    [Fact]
    public void Numbers_that_would_overflow_stop_at_the_largest()
    {
        string output = string.Join('\n', Enumerable.Repeat("9999999 passed in 0.1s", 300));

        Count(output)!.Passed.Should().Be(int.MaxValue);
    }

    [Fact]
    public void A_long_output_is_read_in_little_time()
    {
        string output = string.Concat(
            Enumerable.Repeat("=== 1 passed, 2 passed, 3 passed, 4 passed, 5 passed, 6 passed, 7 passed, 8 nothing\n", 25_000))
            + new string('=', 1_000_000) + "\n== 1 passed in 0.1s ==\n";

        var watch = System.Diagnostics.Stopwatch.StartNew();
        Count(output).Should().Be(new TestCounts(1, 0, 0));
        // A second, or minutes if it went back over what it has read; a busy machine is slow at both.
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(30));
    }

    private static TestCounts? Count(string output) => TestOutput.Count(output);
}
