using System.Collections.Concurrent;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Harness.Evaluation.Verification;

/// <summary>
/// Checks a task set in sandboxes: each feature's tests fail at the base and pass with its gold patch, again and again, and so do all with
/// the combined patch; the history ends at the base commit; and the gold patches of each pair meet the fate that the set states, if it
/// states one.
/// </summary>
public sealed class TaskSetVerifier(ISandboxProvider provider, TimeProvider clock)
{
    private const string HistoryScript = """
        git rev-list --all --not HEAD | head -n 3
        git for-each-ref --format='%(refname)' | while read -r ref; do git merge-base --is-ancestor "$ref" HEAD 2>/dev/null || echo "$ref"; done | head -n 3
        git remote
        """;

    /// <summary>Verifies the tasks that the options' filter leaves.</summary>
    /// <exception cref="TaskSetException">The filter leaves nothing, or a file of expectations cannot be read.</exception>
    public async Task<VerificationReport> VerifyAsync(TaskSet taskSet, VerificationOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(taskSet);
        ArgumentNullException.ThrowIfNull(options);
        long started = clock.GetTimestamp();
        IReadOnlyList<TaskPair> pairs = taskSet.Select(options.Filter);
        CodingTask[] tasks = [.. pairs.Select(pair => pair.Task).Distinct()];
        Dictionary<string, Expectation> own = Fates.Read(taskSet.Folder, Fates.OwnFile);
        Dictionary<string, Expectation> upstream = Fates.Read(taskSet.Folder, Fates.UpstreamFile);
        var findings = new ConcurrentDictionary<int, IReadOnlyList<VerificationFinding>>();
        var merged = new ConcurrentDictionary<int, PairResult>();

        var usable = new List<CodingTask>();
        var checks = new List<(string Name, Func<int, CancellationToken, Task> Run)>();
        foreach (CodingTask task in tasks)
        {
            (bool isUsable, VerificationFinding? ofImage) = await ImageFindingAsync(task, cancellationToken);
            if (ofImage is not null)
            {
                findings[checks.Count] = [ofImage];
                checks.Add(($"{NameOf(task)} image", (_, _) => Task.CompletedTask));
            }
            if (!isUsable)
                continue;
            usable.Add(task);
            checks.Add(($"{NameOf(task)} combined", async (i, token) =>
                findings[i] = await CombinedAsync(taskSet, task, options.Repeats, token)));
            foreach (Feature feature in task.Features)
                checks.Add(($"{NameOf(task)}/f{feature.Id}", async (i, token) =>
                    findings[i] = await FeatureAsync(taskSet, task, feature, options.Repeats, token)));
        }
        foreach (TaskPair pair in pairs.Where(pair => usable.Contains(pair.Task)
            && pair.Features.All(id => File.Exists(pair.Task.Feature(id).GoldPatchFile))))
        {
            checks.Add(($"{NameOf(pair.Task)}/{pair.Features}", async (i, token) =>
                (merged[i], findings[i]) = await PairAsync(taskSet, pair, own, upstream, token)));
        }

        int done = 0;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, checks.Count),
            new ParallelOptions { MaxDegreeOfParallelism = options.Concurrency, CancellationToken = cancellationToken },
            async (i, token) =>
            {
                try
                {
                    await checks[i].Run(i, token);
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    findings[i] = [new VerificationFinding("UNREADABLE", checks[i].Name,
                        $"a file of it cannot be read: {exception.Message}")];
                }
                options.OnProgress?.Invoke(checks[i].Name, Interlocked.Increment(ref done), checks.Count);
            });

        HashSet<string> known = [.. taskSet.Pairs.Select(pair => pair.Case(Setting.Solo, 0).PairKey)];
        IEnumerable<VerificationFinding> strangers = own.Keys.Concat(upstream.Keys).Where(key => !known.Contains(key))
            .Select(key => new VerificationFinding("FATE-UNKNOWN", key, "the set gives the fate of a pair that is not there"));
        PairResult[] results = [.. merged.OrderBy(m => m.Key).Select(m => m.Value)];
        return new VerificationReport(
            [
                // The feature's own check reports a gold patch that is missing.
                .. taskSet.Faults.Where(fault => Path.GetFileName(fault.Path) != "feature.patch")
                .Select(fault => new VerificationFinding("LAYOUT", Path.GetRelativePath(taskSet.Folder, fault.Path), fault.What)),
                .. findings.OrderBy(f => f.Key).SelectMany(f => f.Value),
                .. strangers,
            ],
            usable.Sum(task => task.Features.Count), results.Length, ConflictReport.Write(results, clock.GetElapsedTime(started)));
    }

    /// <summary>Whether anything can be run in the task's image, and what is wrong with it.</summary>
    private async Task<(bool IsUsable, VerificationFinding? Finding)> ImageFindingAsync(CodingTask task,
        CancellationToken cancellationToken)
    {
        try
        {
            SandboxImage image = await provider.PrepareImageAsync(task.Image, cancellationToken);
            ISandbox sandbox = await provider.CreateAsync(SpecOf(task, image, "history", SandboxNetwork.None), cancellationToken);
            await using (sandbox)
            {
                ExecResult result = await sandbox.ExecAsync(ExecRequest.Shell(HistoryScript) with { Environment = HermeticGit.Environment },
                    cancellationToken);
                if (!result.Succeeded)
                    return (false, new VerificationFinding("IMAGE", NameOf(task), $"git does not work in it: {result.Stderr.Text.Trim()}"));
                string later = result.Stdout.Text.Trim().ReplaceLineEndings(", ");
                return (true, later.Length == 0 ? null
                    : new VerificationFinding("HISTORY", NameOf(task),
                    $"the repository holds more than the history of its base commit, where the answer may be found: {later}"));
            }
        }
        catch (Exception exception) when (exception is SandboxException or IOException or UnauthorizedAccessException)
        {
            return (false, new VerificationFinding("IMAGE", NameOf(task), exception.Message));
        }
    }

    private async Task<IReadOnlyList<VerificationFinding>> FeatureAsync(TaskSet taskSet, CodingTask task, Feature feature, int repeats,
        CancellationToken cancellationToken)
    {
        string where = $"{NameOf(task)}/f{feature.Id}";
        var features = FeatureSet.Create([feature.Id]);
        var findings = new List<VerificationFinding>();
        EvaluationResult atBase = await EvaluateAsync(taskSet, task, features, [default], cancellationToken);
        if (atBase.Error is null && atBase.Report.Tests[0].Passed == true)
            findings.Add(new VerificationFinding("BASE-PASSES", where,
                $"its tests pass without it ({atBase.Report.Tests[0].TestsPassed} passed at the base commit): they prove nothing"));
        if (!File.Exists(feature.GoldPatchFile))
            return [.. findings, new VerificationFinding("GOLD-MISSING", where, "there is no feature.patch to check its tests with")];

        byte[] gold = await File.ReadAllBytesAsync(feature.GoldPatchFile, cancellationToken);
        var verdicts = new List<(bool Passed, FeatureTestReport? Test, string Evidence)>();
        for (int i = 0; i < repeats; i++)
        {
            EvaluationResult result = await EvaluateAsync(taskSet, task, features, [gold], cancellationToken);
            FeatureTestReport? test = result.Report.Tests.Count > 0 ? result.Report.Tests[0] : null;
            verdicts.Add((test?.Passed == true && result.Report.ApplyStatus is [ApplyStatus.Applied], test, Evidence.Of(result)));
        }
        int passed = verdicts.Count(v => v.Passed);
        if (passed == 0)
            findings.Add(new VerificationFinding("GOLD-FAILS", where,
                $"its tests do not pass with its gold patch: {verdicts[0].Evidence}"));
        else if (passed < repeats)
            findings.Add(new VerificationFinding("FLAKY", where,
                $"its tests passed {passed} of {repeats} times with the same gold patch: {verdicts.First(v => !v.Passed).Evidence}"));
        else if (verdicts.Select(v => v.Test!.TestsPassed).Distinct().Count() > 1)
            findings.Add(new VerificationFinding("FLAKY", where,
                $"the number of tests differs between runs: {string.Join(", ", verdicts.Select(v => v.Test!.TestsPassed))}"));
        return findings;
    }

    private async Task<IReadOnlyList<VerificationFinding>> CombinedAsync(TaskSet taskSet, CodingTask task, int repeats,
        CancellationToken cancellationToken)
    {
        if (!File.Exists(task.CombinedPatchFile))
            return [new VerificationFinding("COMBINED-MISSING", NameOf(task),
                "there is no combined.patch: the solo oracle cannot do this task")];
        byte[] patch = await File.ReadAllBytesAsync(task.CombinedPatchFile, cancellationToken);
        var features = FeatureSet.Create([.. task.Features.Select(f => f.Id)]);
        var results = new List<EvaluationResult>();
        for (int i = 0; i < repeats; i++)
            results.Add(await EvaluateAsync(taskSet, task, features, [patch], cancellationToken));
        return CombinedFindings.Of(NameOf(task), features, results);
    }

    private async Task<(PairResult, IReadOnlyList<VerificationFinding>)> PairAsync(
        TaskSet taskSet, TaskPair pair, Dictionary<string, Expectation> own, Dictionary<string, Expectation> upstream,
            CancellationToken cancellationToken)
    {
        byte[][] golds = await Task.WhenAll(pair.Features
            .Select(id => File.ReadAllBytesAsync(pair.Task.Feature(id).GoldPatchFile, cancellationToken)));
        EvaluationResult result = await EvaluateAsync(taskSet, pair.Task, pair.Features,
            [.. golds.Select(gold => (ReadOnlyMemory<byte>)gold)], cancellationToken);
        var merged = new PairResult(pair, result.Report.NaiveConflict, result.Report.ApplyStatus, result.Error?.Message);
        var findings = new List<VerificationFinding>();
        if (result.Error is RunError error)
            findings.Add(new VerificationFinding("PAIR-ERROR", merged.Key, error.Message));
        else if (own.TryGetValue(merged.Key, out Expectation? fate))
            findings.AddRange(Differences(fate, result, merged.Key, Fates.OwnFile));
        else if (own.Count > 0)
            findings.Add(new VerificationFinding("FATE-MISSING", merged.Key,
                $"{Fates.OwnFile} has no fate for this pair; the merge gave: {Describe(result)}"));
        if (result.Error is null && upstream.TryGetValue(merged.Key, out Expectation? reported))
            findings.AddRange(Differences(reported, result, merged.Key, Fates.UpstreamFile));
        return (merged, findings);
    }

    private static IEnumerable<VerificationFinding> Differences(Expectation expected, EvaluationResult result, string key, string file)
    {
        if (expected.HasConflict is bool conflict && conflict != result.Report.NaiveConflict)
            yield return new VerificationFinding("FATE-DIFFERS", key,
                $"{file} says that the naive merge {(conflict ? "conflicts" : "is clean")}; seen was {Describe(result)}");
        if (expected.MergeOutcome is MergeOutcome outcome
            && (outcome, expected.Feature1Passed, expected.Feature2Passed) != (result.Report.MergeOutcome, result.Report.Tests[0].Passed,
            result.Report.Tests[1].Passed))
        {
            yield return new VerificationFinding("FATE-DIFFERS", key,
                $"{file} says {EnumNames.NameOf(outcome)}, {Word(expected.Feature1Passed)}, {Word(expected.Feature2Passed)}; seen was "
                + $"{Describe(result)}");
        }
    }

    private static string Describe(EvaluationResult result) =>
        string.Join(", ", result.Report.Tests.Select(test => Word(test.Passed))
            .Prepend(result.Report.MergeOutcome is MergeOutcome outcome ? EnumNames.NameOf(outcome) : "no merge"));

    private static string Word(bool? passed) => passed == true ? "passed" : "failed";

    private async Task<EvaluationResult> EvaluateAsync(TaskSet taskSet, CodingTask task, FeatureSet features,
        IReadOnlyList<ReadOnlyMemory<byte>> patches, CancellationToken cancellationToken)
    {
        SandboxImage image = await provider.PrepareImageAsync(task.Image, cancellationToken);
        return await new Evaluator(provider, clock).EvaluateAsync(
            new EvaluationRequest
            {
                CaseId = new CaseId(patches.Count > 1 ? Setting.CoopNocomm : Setting.Solo, task.Repo, task.TaskId, features, 0),
                Task = task,
                Patches = [.. patches.Select((patch, i) => new AgentPatch(patches.Count > 1 ? $"agent{i + 1}" : "solo", patch))],
                Sandbox = SpecOf(task, image, "evaluation", taskSet.Options.EvaluationNetwork),
                AsksGold = false,
                SandboxPerFeature = taskSet.Options.SandboxPerFeature,
                RunnerTimeLimit = TimeSpan.FromSeconds(taskSet.Options.Limits.RunnerSeconds),
            },
            cancellationToken);
    }

    private static SandboxSpec SpecOf(CodingTask task, SandboxImage image, string role, SandboxNetwork network)
    {
        string id = Guid.NewGuid().ToString("n")[..12];
        return new SandboxSpec
        {
            Image = image,
            Name = $"tandem-{id}-{role}",
            Owner = new SandboxOwner("verify", "verify", NameOf(task), id, role),
            Network = network,
        };
    }

    private static string NameOf(CodingTask task) => task.ToString();
}
