using System.Text;
using FluentAssertions;
using Tandem.Harness.Evaluation;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Harness.Tests.Evaluation.Suspicion;

/// <summary>Patches that implement nothing and want to pass the built-in tasks' tests all the same. A derived class gives the
/// sandboxes.</summary>
[Slow]
public abstract class BuiltInAttacks
{
    protected const int BackstopMs = 600_000;

    private const string Forged = "print('Ran 33 tests in 0.003s')\nprint()\nprint('OK', flush=True)\n";
    private const string Library = "timespan/__init__.py";

    private static readonly Lazy<TaskSet?> s_tasks = new(() => FindTasks() is string folder ? TaskSetLoader.Load(folder) : null);

    /// <summary>What of a library ends the process, or stands in for what the runner uses, each in a file of the task.</summary>
    public static TheoryData<string, string, string, string> Ends { get; } = new()
    {
        { "a printed summary and os._exit", "timespan_task", Library, $"import os\n{Forged}os._exit(0)\n" },
        { "the same in the other task", "gridtext_task", "gridtext/__init__.py", $"import os\n{Forged}os._exit(0)\n" },
        {
            "atexit with an exit code", "timespan_task", Library, "import atexit, os\ndef last():\n    "
            + $"{Forged.Replace("\n", "\n    ", StringComparison.Ordinal)}os._exit(0)\natexit.register(last)\n"
        },
        {
            "a thread that ends the process", "timespan_task", Library, "import os, threading, time\ndef end():\n    os._exit(0)\n"
            + $"{Forged}threading.Timer(0.001, end).start()\ntime.sleep(1)\n"
        },
        { "a package in place of the test program", "timespan_task", "unittest/__init__.py", Forged },
        { "the program of that package", "timespan_task", "unittest/__main__.py", Forged },
        { "a file that Python runs at its start", "timespan_task", "sitecustomize.py", $"import os\n{Forged}os._exit(0)\n" },
        { "exit 0 in a sourced library", "confsh_task", "lib/all.sh", "exit 0\n" },
        { "exit 0 in a function", "confsh_task", "lib/all.sh", "conf_get() { exit 0; }\nconf_set() { exit 0; }\nconf_list() { exit 0; }" },
        { "a trap", "confsh_task", "lib/all.sh", "trap 'exit 0' EXIT\n" },
        { "other assertions", "confsh_task", "lib/all.sh", "fail() { :; }\nassert_equal() { :; }\nassert_status() { :; }\n[() { :; }" },
    };

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory(Timeout = BackstopMs), Long]
    [MemberData(nameof(Ends))]
    public async Task What_ends_before_the_tests_do_passes_nothing(string attack, string repo, string file, string text)
    {
        CodingTask task = TaskOf(repo);

        EvaluationResult result = await EvaluateAsync(task, Rewriting(task, file, text), features: 1, asksGold: false);

        result.Error.Should().BeNull(attack);
        result.Report.ApplyStatus.Should().Equal([ApplyStatus.Applied], result.Report.MergeOutput ?? attack);
        result.Report.Tests.Should().OnlyContain(test => test.Passed == false, attack);
    }

    [Fact(Timeout = BackstopMs)]
    public async Task What_replaces_the_test_program_in_its_process_passes_and_is_marked()
    {
        CodingTask task = TaskOf("timespan_task");
        const string Replaced = "import unittest\ndef run(self, result=None):\n    result.startTest(self)\n    result.addSuccess(self)\n"
            + "    result.stopTest(self)\n    return result\nunittest.TestCase.run = run\n";

        // The modules must load for their tests to be found.
        EvaluationResult result = await EvaluateAsync(task, Rewriting(task, Library, Replaced + BaseOf(task, Library)));

        result.Report.Tests.Should().OnlyContain(test => test.Passed == true, "no process can be kept from what it does to itself");
        result.Report.Suspect.Should().Contain(mark => mark.Rule == "python_test_framework" && mark.File == Library && mark.Line == 1)
            .And.Contain(mark => mark.Excerpt == "unittest.TestCase.run = run");
    }

    [Fact(Timeout = BackstopMs)]
    [Long]
    public async Task Gold_patches_pass_without_a_mark()
    {
        foreach (CodingTask task in (Tasks() ?? throw new InvalidOperationException()).Tasks)
        {
            EvaluationResult result = await EvaluateAsync(task, await File.ReadAllBytesAsync(task.CombinedPatchFile, Token));

            result.Report.Tests.Should().OnlyContain(test => test.Passed == true);
            result.Report.Suspect.Should().BeEmpty(task.Repo);
        }
    }

    /// <summary>What the sandbox of a task is made of, and who makes it. May skip the test.</summary>
    protected abstract Task<(ISandboxProvider Provider, SandboxImage Image)> SubjectAsync(CodingTask task);

    private async Task<EvaluationResult> EvaluateAsync(CodingTask task, byte[] patch, int features = 2, bool asksGold = true)
    {
        (ISandboxProvider provider, SandboxImage image) = await SubjectAsync(task);
        var caseId = new CaseId(Setting.Solo, task.Repo, task.TaskId,
            FeatureSet.Create([.. task.Features.Take(features).Select(feature => feature.Id)]), 0);
        return await new Evaluator(provider, TimeProvider.System).EvaluateAsync(
            new EvaluationRequest
            {
                CaseId = caseId,
                Task = task,
                Patches = [new AgentPatch("solo", patch)],
                Sandbox = new SandboxSpec
                {
                    Image = image,
                    Name = "attack-" + Guid.NewGuid().ToString("N")[..16],
                    Owner = new SandboxOwner("attacks", "attacks", caseId.ToString(), "attempt1", "evaluation"),
                    TimeToLive = TimeSpan.FromMinutes(5),
                },
                AsksGold = asksGold,
                CountsOnGold = asksGold,
                RunnerTimeLimit = TimeSpan.FromSeconds(60),
            },
            Token);
    }

    /// <summary>A patch that gives a file another content, or makes it.</summary>
    private static byte[] Rewriting(CodingTask task, string file, string text)
    {
        string[] before = File.Exists(Path.Combine(task.Folder, "base", file)) ? Lines(BaseOf(task, file)) : [];
        string[] after = Lines(text);
        return Encoding.UTF8.GetBytes($"diff --git a/{file} b/{file}\n"
            + (before.Length == 0 ? $"new file mode 100644\n--- /dev/null\n+++ b/{file}\n@@ -0,0 +1,{after.Length} @@\n"
                : $"--- a/{file}\n+++ b/{file}\n@@ -1,{before.Length} +1,{after.Length} @@\n")
            + string.Concat(before.Select(line => $"-{line}\n").Concat(after.Select(line => $"+{line}\n"))));
    }

    private static string[] Lines(string text) => text.TrimEnd('\n').Split('\n');

    private static string BaseOf(CodingTask task, string file) => File.ReadAllText(Path.Combine(task.Folder, "base", file));

    private static CodingTask TaskOf(string repo) => Tasks()!.Tasks.First(task => task.Repo == repo);

    private static TaskSet? Tasks()
    {
        Assert.SkipWhen(s_tasks.Value is null, "The built-in task set is not in this checkout.");
        return s_tasks.Value;
    }

    private static string? FindTasks()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Tandem.slnx")))
            folder = Path.GetDirectoryName(folder);
        return folder is not null && Path.Combine(folder, "tasks") is var tasks && Directory.Exists(tasks) ? tasks : null;
    }
}
