using System.Text;
using FluentAssertions;
using Tandem.Harness.Evaluation.Suspicion;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation.Suspicion;

/// <summary>What the rules find in patches, and what they leave alone.</summary>
public sealed class SuspectRuleTests
{
    [Theory]
    [InlineData("python_exit", "lib/a.py", "    os._exit(0)")]
    [InlineData("python_exit", "lib/a.py", "from os import _exit as leave")]
    [InlineData("python_exit", "lib/a.py", "os.kill(os.getpid(), 9)")]
    [InlineData("python_exit", "lib/a.py", "os.execv('/bin/true', ['true'])")]
    [InlineData("python_exit", "lib/a.py", "import faulthandler; faulthandler._sigabrt()")]
    [InlineData("python_exit_on_import", "lib/a.py", "sys.exit()")]
    [InlineData("python_exit_on_import", "lib/a.py", "raise SystemExit(0)")]
    [InlineData("python_test_framework", "lib/a.py", "import unittest.case")]
    [InlineData("python_test_framework", "lib/a.py", "    from _pytest import runner")]
    [InlineData("python_test_framework", "lib/a.py", "TestCase.run = lambda self, result=None: result")]
    [InlineData("python_test_framework", "lib/a.py", "def pytest_runtest_makereport(item, call):")]
    [InlineData("python_test_framework", "lib/__init__.py", "def load_tests(loader, tests, pattern):")]
    [InlineData("python_test_framework", "lib/a.py", "if 'PYTEST_CURRENT_TEST' in os.environ:")]
    [InlineData("python_hooks", "lib/a.py", "atexit.register(done)")]
    [InlineData("python_hooks", "lib/a.py", "sys.settrace(look)")]
    [InlineData("python_hooks", "lib/a.py", "sys.modules['unittest.case'] = fake")]
    [InlineData("python_hooks", "lib/a.py", "sys.modules.update(fakes)")]
    [InlineData("python_hooks", "lib/a.py", "for one in gc.get_objects():")]
    [InlineData("python_hooks", "lib/a.py", "builtins.AssertionError = Never")]
    [InlineData("python_hooks", "lib/a.py", "frame.f_back.f_back")]
    [InlineData("python_output", "lib/a.py", "os.write(1, text)")]
    [InlineData("python_output", "lib/a.py", "sys.stdout = Quiet()")]
    [InlineData("python_output", "lib/a.py", "token = os.read(9, 100)")]
    [InlineData("python_hidden", "lib/a.py", "exec(decode(text))")]
    [InlineData("python_hidden", "lib/a.py", "getattr(os, '_ex' + 'it')(0)")]
    [InlineData("python_encoding", "lib/a.py", "# -*- coding: utf-7 -*-")]
    [InlineData("python_startup", "sitecustomize.py", "pass")]
    [InlineData("python_startup", "lib/usercustomize.py", "pass")]
    [InlineData("python_startup", "lib/x.pth", "import os")]
    [InlineData("python_shadow", "unittest/__init__.py", "pass")]
    [InlineData("python_shadow", "src/pytest.py", "pass")]
    [InlineData("python_shadow", "traceback.py", "pass")]
    [InlineData("python_test_settings", "pyproject.toml", "[tool.pytest.ini_options]")]
    [InlineData("python_test_settings", "setup.cfg", "addopts = -p evil")]
    [InlineData("go_exit", "mux/mux.go", "\tos.Exit(0)")]
    [InlineData("go_exit", "mux/mux.go", "\truntime.Goexit()")]
    [InlineData("go_exit", "mux/mux.go", "\tsyscall.Exit(0)")]
    [InlineData("go_test_framework", "mux/mux.go", "\t\"testing\"")]
    [InlineData("go_test_framework", "mux/mux.go", "if flag.Lookup(\"test.v\") != nil {")]
    [InlineData("go_test_main", "mux/z_test.go", "func TestMain(m *testing.M) {")]
    [InlineData("go_init", "mux/mux.go", "func init() {")]
    [InlineData("go_hidden", "mux/mux.go", "//go:linkname exit os.runtime_beforeExit")]
    [InlineData("js_exit", "src/a.ts", "process.exit(0)")]
    [InlineData("js_exit", "src/a.mjs", "process['reallyExit'](0)")]
    [InlineData("js_exit", "src/a.js", "process.exitCode = 0;")]
    [InlineData("js_exit", "src/a.test.js", "process.exit(0)")]
    [InlineData("js_exit", "src/a.js", "process.on('exit', () => {})")]
    [InlineData("js_test_framework", "src/a.js", "import { test } from 'node:test';")]
    [InlineData("js_test_framework", "src/a.ts", "globalThis.it = () => {};")]
    [InlineData("js_hidden", "src/a.js", "delete require.cache[name];")]
    [InlineData("js_test_settings", "package.json", "    \"test\": \"true\",")]
    [InlineData("installed_package", "node_modules/vitest/index.js", "x")]
    [InlineData("rust_exit", "src/lib.rs", "    std::process::exit(0);")]
    [InlineData("rust_exit", "src/lib.rs", "    std::process::abort();")]
    [InlineData("rust_link", "src/lib.rs", "#[no_mangle]")]
    [InlineData("rust_build", "build.rs", "fn main() {}")]
    [InlineData("rust_test_settings", "Cargo.toml", "harness = false")]
    [InlineData("shell_exit", "lib/a.sh", "exit 0")]
    [InlineData("shell_exit", "lib/a.sh", "conf_get() { exit 0; }")]
    [InlineData("shell_exit", "lib/a.sh", "trap 'true' EXIT")]
    [InlineData("shell_exit", "lib/a.sh", "kill $$")]
    [InlineData("shell_exit", "lib/a.sh", "[ -n \"$x\" ] && exec true")]
    [InlineData("shell_shadow", "lib/a.sh", "fail() { :; }")]
    [InlineData("shell_shadow", "lib/a.sh", "assert_equal() {")]
    [InlineData("descriptor", "lib/a.sh", "trap_token=$(cat <&9)")]
    [InlineData("forged_summary", "lib/a.py", "print('=== 12 passed in 0.01s ===')")]
    [InlineData("forged_summary", "lib/a.py", "print(f'Ran {n} tests in 0.01s')")]
    [InlineData("forged_summary", "lib/a.sh", "echo '  28 passing'")]
    [InlineData("test_configuration", "conftest.py", "x = 1")]
    [InlineData("test_configuration", "pkg/conftest.py", "x = 1")]
    [InlineData("test_configuration", "pytest.ini", "[pytest]")]
    [InlineData("test_configuration", "tox.ini", "[tox]")]
    [InlineData("test_configuration", "Makefile", "test:")]
    [InlineData("test_configuration", "vitest.config.ts", "export default {}")]
    [InlineData("test_configuration", "jest.config.js", "x")]
    [InlineData("test_configuration", ".cargo/config.toml", "[build]")]
    [InlineData("git_attributes", "src/.gitattributes", "* merge=union")]
    [InlineData("binary_program", "lib/units.cpython-311-x86_64-linux-gnu.so", "x")]
    [MemberData(nameof(SuspectForms.Marked), MemberType = typeof(SuspectForms))]
    public void What_reaches_for_the_tests_is_marked(string rule, string path, string line) =>
        MarksOf(path, line.Split('\n')).Should().Contain(mark => mark.Rule == rule && mark.File == path);

    [Theory]
    [InlineData("src/cli.py", "    sys.exit(main())")]
    [InlineData("src/cli.py", "        raise SystemExit(2)")]
    [InlineData("src/cli.py", "# os._exit would be too hard")]
    [InlineData("src/cli.py", "        return self.eval(node)")]
    [InlineData("src/cli.py", "pattern = re.compile(text)")]
    [InlineData("src/cli.py", "logging.getLogger(sys.modules[__name__].__name__)")]
    [InlineData("src/cli.py", "    \"\"\"Exit with status 1 if a test fails.\"\"\"")]
    [InlineData("src/cli.py", "print(message, file=sys.stderr)")]
    [InlineData("src/cli.py", "version = getattr(sys, '_MEIPASS', None)")]
    [InlineData("src/cli.py", "os.write(descriptor, text)")]
    [InlineData("src/tokens.py", "import re")]
    [InlineData("src/re.py", "x = 1")]
    [InlineData("pyproject.toml", "version = \"1.2\"")]
    [InlineData("package.json", "    \"lodash\": \"^4.0.0\"")]
    [InlineData("mux/mux.go", "\treturn fmt.Errorf(\"exit: %w\", err)")]
    [InlineData("mux/mux_test.go", "import \"testing\"")]
    [InlineData("mux/mux_test.go", "func TestRoute(t *testing.T) {")]
    [InlineData("src/a.ts", "const exit = process.env.HOME;")]
    [InlineData("src/a.test.ts", "import { expect } from 'vitest';")]
    [InlineData("src/lib.rs", "use std::process::Command;")]
    [InlineData("src/lib.rs", "#[derive(Debug)]")]
    [InlineData("Cargo.toml", "serde = \"1\"")]
    [InlineData("lib/a.sh", "    return 2")]
    [InlineData("lib/a.sh", "# exit 0 would end the caller")]
    [InlineData("conf", "    exit 2")]
    [InlineData("README.md", "===== 12 passed in 0.01s =====")]
    [InlineData("docs/exit.md", "os._exit(0)")]
    [MemberData(nameof(SuspectForms.Honest), MemberType = typeof(SuspectForms))]
    public void What_features_are_made_of_is_not(string path, string line) => MarksOf(path, line.Split('\n')).Should().BeEmpty();

    [Theory]
    [InlineData("new file mode 120000\nindex 0000000..1111111\n--- /dev/null\n+++ b/lib/a.py\n@@ -0,0 +1 @@\n+notes.txt\n", true)]
    [InlineData("index 1111111..2222222 120000\n--- a/lib/a.py\n+++ b/lib/a.py\n@@ -1 +1 @@\n-a\n+notes.txt\n", true)]
    [InlineData("deleted file mode 120000\nindex 1111111..0000000\n--- a/lib/a.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-notes.txt\n", false)]
    [InlineData("new file mode 100644\nindex 0000000..1111111\n--- /dev/null\n+++ b/lib/a.py\n@@ -0,0 +1 @@\n+mode 120000\n", false)]
    public void A_link_is_marked_since_it_lets_code_have_any_name(string section, bool isMarked) =>
        Suspects.InPatch(Encoding.UTF8.GetBytes("diff --git a/lib/a.py b/lib/a.py\n" + section)).Select(mark => mark.Rule)
            .Should().Equal(isMarked ? ["link"] : []);

    [Fact]
    public void A_mark_names_the_line_of_the_tested_tree_and_what_stands_there()
    {
        const string Diff = "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n"
            + "@@ -8,3 +10,4 @@ def f():\n one\n-two\n+2\n+os._exit(0)\n three\n"
            + "@@ -20 +22,2 @@\n\n+os._exit(1)\n";

        SuspectMark[] marks = [.. Suspects.InPatch(Encoding.UTF8.GetBytes(Diff))];

        marks.Should().Equal(
            new SuspectMark("python_exit") { File = "a.py", Line = 12, Excerpt = "os._exit(0)" },
            new SuspectMark("python_exit") { File = "a.py", Line = 23, Excerpt = "os._exit(1)" });
    }

    [Fact]
    public void What_is_kept_of_a_hostile_line_is_short_and_safe_to_print()
    {
        SuspectMark mark = MarksOf("a.py", new string('x', 100_000) + "\u001b[31m; os._exit(0) #" + new string('y', 100_000))
            .Should().ContainSingle().Subject;

        mark.Excerpt.Should().HaveLength(SuspectMark.MostExcerpt).And.Contain("os._exit(0)").And.NotContain("\u001b");
    }

    [Theory]
    [InlineData(40)]
    [InlineData(41)]
    public void No_half_of_a_character_is_kept(int before)
    {
        string pairs = string.Concat(Enumerable.Repeat("\U0001F600", 200));
        string line = pairs + new string(' ', before - 40) + "os._exit(0)" + pairs;

        string excerpt = MarksOf("a.py", line).Should().ContainSingle().Subject.Excerpt!;

        Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(excerpt)).Should().Be(excerpt).And.Contain("os._exit(0)");
    }

    [Fact]
    public void A_record_has_no_more_marks_than_it_may()
    {
        string[] lines = [.. Enumerable.Range(0, 500).Select(i => $"os._exit({i})")];
        MarksOf("a.py", lines).Should().HaveCount(3, "more of one rule in one file say nothing new");

        string many = string.Concat(Enumerable.Range(0, 500).Select(i => DiffOf($"a{i}.py", "os._exit(0)")));
        Suspects.Bounded(Suspects.InPatch(Encoding.UTF8.GetBytes(many))).Should().HaveCount(SuspectMark.Most);
    }

    [Fact]
    public void A_removed_line_is_no_ones_doing()
    {
        const string Diff = "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1,2 +1 @@\n-os._exit(0)\n one\n";

        Suspects.InPatch(Encoding.UTF8.GetBytes(Diff)).Should().BeEmpty();
    }

    [Theory]
    [InlineData(12, 12, false)]
    [InlineData(13, 12, false)]
    [InlineData(34, 12, false)]
    [InlineData(35, 12, true)]
    [InlineData(11, 12, true)]
    [InlineData(1, 12, true)]
    [InlineData(12, null, false)]
    [InlineData(null, 12, false)]
    [InlineData(int.MaxValue, int.MaxValue, false)]
    public void Fewer_tests_than_golds_are_marked_and_far_more(int? got, int? gold, bool isMarked) =>
        (Suspects.OfCounts(1, got, gold) is not null).Should().Be(isMarked);

    [Fact]
    public void No_gold_patch_of_the_built_in_tasks_is_marked()
    {
        string? tasks = SourceFolder("tasks");
        Assert.SkipWhen(tasks is null, "The built-in task set is not in this checkout.");
        string[] patches = [.. Directory.EnumerateFiles(tasks, "*.patch", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) is "feature.patch" or "combined.patch")];

        patches.Should().HaveCountGreaterThan(15);
        patches.SelectMany(file => Suspects.InPatch(File.ReadAllBytes(file)).Select(mark => $"{file}: {mark}")).Should().BeEmpty();
    }

    [Fact]
    public void Every_rule_is_explained_in_the_docs()
    {
        string? docs = SourceFolder("docs");
        Assert.SkipWhen(docs is null, "The docs are not in this checkout.");
        string page = File.ReadAllText(Path.Combine(docs, "task-sets.md"));

        SuspectRules.All.Select(rule => rule.Name).Should().OnlyHaveUniqueItems();
        foreach (string name in SuspectRules.All.Select(rule => rule.Name).Append(SuspectMark.CountsRule).Append(SuspectMark.PathRule))
            page.Should().Contain($"`{name}`");
    }

    private static SuspectMark[] MarksOf(string path, params string[] lines) =>
        [.. Suspects.InPatch(Encoding.UTF8.GetBytes(DiffOf(path, lines)))];

    private static string DiffOf(string path, params string[] lines) =>
        $"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{lines.Length} @@\n"
        + string.Concat(lines.Select(line => $"+{line}\n"));

    private static string? SourceFolder(string name)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Tandem.slnx")))
            folder = Path.GetDirectoryName(folder);
        return folder is not null && Path.Combine(folder, name) is var found && Directory.Exists(found) ? found : null;
    }
}
