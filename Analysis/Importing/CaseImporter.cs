using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Tandem.Analysis.Upstream;
using Tandem.Records.Cases;
using Tandem.Records.Json;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Importing;

/// <summary>Makes a record of what upstream left of one case. What its files do not say is null, or the word
/// <see cref="Provenance.Imported"/>.</summary>
/// <param name="experiment">The experiment that it goes into.</param>
/// <param name="clock">Reads times.</param>
/// <param name="warnings">Takes what cannot be taken as it stands.</param>
internal sealed class CaseImporter(string experiment, UpstreamClock clock, ImportWarnings warnings)
{
    /// <summary>Where the originals stand in the attempt's folder.</summary>
    public const string OriginalsFolder = "upstream";

    /// <param name="found">The case.</param>
    /// <param name="config">The run's <c>config.json</c>; null if it has none.</param>
    /// <returns>Null if it has no verdict or cannot be read, which gives a warning.</returns>
    public ImportedCase? Import(UpstreamCase found, UpstreamObject? config)
    {
        UpstreamFile resultFile = FileOf(found, UpstreamNames.Result);
        UpstreamFile evalFile = FileOf(found, UpstreamNames.Evaluation);
        if (ObjectOf(resultFile, "the case never came to its end", out byte[] resultBytes) is not UpstreamObject result
            || ObjectOf(evalFile, "the case was never evaluated", out byte[] evalBytes) is not UpstreamObject eval
            || !IsAbout(result, found.CaseId)
            || !IsAbout(eval, found.CaseId)
            || ImportedEvaluation.Of(eval, found.CaseId) is not ImportedEvaluation evaluation
            || TimesOf(result) is not (DateTimeOffset startedAt, double duration))
        {
            return null;
        }
        if (eval.Time("evaluated_at", clock) < startedAt)
            eval.Warn("evaluated_at",
                "is before the case began: this may be the verdict of an earlier run, which upstream keeps when it runs a case again");
        string framework = result.Text("agent_framework") ?? config?.Text("agent_framework") ?? Provenance.Imported;
        byte[]?[] patches = [.. PatchNames(found.CaseId)
            .Select(name => Bytes(FileOf(found, name), "is missing; upstream takes it for an empty one"))];
        ImportedAgents agents = ImportedAgents.Of(result, found.CaseId, framework, [.. patches.Select(patch => (long?)patch?.Length)]);
        UpstreamFile conversationFile = FileOf(found, UpstreamNames.Conversation);
        byte[]? conversation = found.CaseId.Setting == Setting.Solo
            ? null : Bytes(conversationFile, "is missing; what the agents wrote to each other is unknown");
        IReadOnlyList<MessageRecord> messages = conversation is null
            ? [] : MessagesOf(conversationFile, conversation, result, found.CaseId, agents, startedAt);
        RunRecord record = Record(found.CaseId, result, config, framework, agents, evaluation, messages, startedAt, duration);
        return new ImportedCase(record, [.. Files(record, evaluation, patches, hasConversation: conversation is not null),
            ($"{OriginalsFolder}/{UpstreamNames.Result}", resultBytes), ($"{OriginalsFolder}/{UpstreamNames.Evaluation}", evalBytes)]);
    }

    private RunRecord Record(
        CaseId caseId, UpstreamObject result, UpstreamObject? config, string framework, ImportedAgents agents,
            ImportedEvaluation evaluation, IReadOnlyList<MessageRecord> messages, DateTimeOffset startedAt, double duration)
    {
        string? crash = agents.CrashText;
        ErrorClass? infra = InfraOf(result, agents, crash);
        // Missing data has no verdict, whatever the tests made of what the agents left.
        IReadOnlyList<FeatureTestReport> tests = infra is null ? evaluation.Tests : [];
        UpstreamMerge? merge = infra is null ? evaluation.Merge : null;
        return new RunRecord
        {
            SchemaVersion = RunRecord.CurrentSchemaVersion,
            RunId = Provenance.Imported,
            Experiment = experiment,
            CaseId = caseId,
            Attempt = 1,
            AttemptId = AttemptIdOf(caseId, result.Text("run_id")),
            AttemptKind = AttemptKind.Run,
            AttemptReason = AttemptReason.Due,
            Revision = 1,
            Agent = framework,
            // Only our own exports say so; upstream has none such.
            Simulated = result.Flag("simulated") ?? false,
            Repo = caseId.Repo,
            TaskId = caseId.TaskId,
            Features = caseId.Features,
            Setting = caseId.Setting,
            Seed = caseId.Seed,
            RunName = RunName.For(experiment, caseId.Setting, caseId.Seed),
            Model = (result.Text("model") ?? config?.Text("model")) is { Length: > 0 } model ? model : null,
            StartedAt = startedAt,
            DurationSeconds = duration,
            TotalCost = agents.TotalCost,
            TotalSteps = agents.TotalSteps,
            AgentStatus = agents.Status,
            InfraError = infra is not null,
            BothPassed = infra is null && agents.Status == AgentStatus.LimitsExceeded ? false
                : tests.Count == 0 ? null
                : tests.All(test => test.Passed == true),
            Feature1Passed = tests.Count == 0 ? null : tests[0].Passed,
            Feature2Passed = tests.Count == 0 ? null : tests[1].Passed,
            MergeOutcome = merge?.Outcome,
            MergeStatus = merge?.Status,
            MergeStrategy = merge?.Strategy,
            // Our own exports repeat an agent's fault there: it left nothing to evaluate.
            EvalError = evaluation.Error is string error && crash?.Contains(error, StringComparison.Ordinal) != true ? error : null,
            Messages = messages,
            MessagesCount = messages.Count,
            Difficulty = null,
            Bucket = null,
            Interrupted = false,
            Language = CooperBenchRepos.Languages.GetValueOrDefault(caseId.Repo),
            Tokens = Totals.OfTokens(agents.Reports.Select(agent => agent.Tokens)),
            SunkCost = null,
            NaiveConflict = merge?.NaiveConflict,
            Agents = caseId.Setting == Setting.Solo ? agents.Reports
                : [.. agents.Reports.Zip(evaluation.ApplyStatus, (agent, applied) => agent with { ApplyStatus = applied })],
            Tests = tests,
            Time = new TimeBreakdown(null, null, null, null, null),
            Sandboxes = [],
            Error = infra is ErrorClass errorClass
                ? new RunError(errorClass, CasePhase.Agent, agents.IdleText ?? crash ?? evaluation.Error
                ?? "upstream's result.json says infra_error, and no more")
                : crash is not null ? new RunError(ErrorClass.Agent, CasePhase.Agent, crash)
                : null,
            Provenance = Nothing(),
            Artifacts = [],
        };
    }

    private static ErrorClass? InfraOf(UpstreamObject result, ImportedAgents agents, string? crash)
    {
        if (result.Flag("infra_error") is bool isInfra)
            return isInfra ? InfraPatterns.Of(crash ?? "") ?? ErrorClass.Harness : null;
        ErrorClass? byText = agents.Status == AgentStatus.Error && crash is not null ? InfraPatterns.Of(crash) : null;
        return byText ?? (agents.IdleText is null ? null : ErrorClass.ModelTransport);
    }

    private IReadOnlyList<MessageRecord> MessagesOf(UpstreamFile file, byte[] conversation, UpstreamObject result, CaseId caseId,
        ImportedAgents agents, DateTimeOffset startedAt)
    {
        IReadOnlyList<MessageRecord> messages = ImportedConversation.Of(file, conversation, caseId.Features, agents, startedAt, clock);
        if (result.Count("messages_sent") is int sent && sent != messages.Count)
            file.Warn($"gives {messages.Count} messages, though {UpstreamNames.Result} says {sent} were sent; those of this file stand");
        if (caseId.Setting == Setting.CoopComm || messages.Count == 0)
            return messages;
        file.Warn($"holds {messages.Count} messages, though the run is imported as {EnumNames.NameOf(caseId.Setting)}, whose agents "
            + $"cannot send any; they are left out (if they could, map the run to coop-comm)");
        return [];
    }

    private static IEnumerable<(string, byte[])> Files(RunRecord record, ImportedEvaluation evaluation, byte[]?[] patches,
        bool hasConversation)
    {
        foreach ((AgentReport agent, byte[]? patch) in record.Agents.Zip(patches))
        {
            if (patch is not null)
                yield return (StoreLayout.RawPatch(agent.AgentId), patch);
        }
        if (hasConversation && record.Setting == Setting.CoopComm)
            yield return (StoreLayout.ConversationFile, StoreJson.ToFile(record.Messages));
        foreach ((int feature, string? output) in record.Features.Zip(evaluation.Outputs))
        {
            if (output is not null)
                yield return (string.Create(CultureInfo.InvariantCulture, $"tests_f{feature}.log"), Encoding.UTF8.GetBytes(output));
        }
        if (evaluation.MergedDiff is string diff)
            yield return ("merged.patch", Encoding.UTF8.GetBytes(diff));
    }

    private (DateTimeOffset StartedAt, double Duration)? TimesOf(UpstreamObject result)
    {
        DateTimeOffset? started = result.Time("started_at", clock);
        DateTimeOffset? ended = result.Time("ended_at", clock);
        decimal? duration = result.Amount("duration_seconds") ?? (ended >= started ? (decimal)(ended - started).Value.TotalSeconds : null);
        started ??= duration is decimal lasted ? ended?.AddTicks(-(long)(lasted * TimeSpan.TicksPerSecond)) : null;
        if (started is DateTimeOffset start && duration is decimal seconds)
            return (start, (double)seconds);
        result.File.Warn("does not say when the case began and how long it took (started_at, ended_at, duration_seconds); left out");
        return null;
    }

    /// <summary>A file that was copied to the wrong place must not speak for another case.</summary>
    private static bool IsAbout(UpstreamObject file, CaseId caseId)
    {
        string? other =
            file.Text("repo") is string repo && repo != caseId.Repo ? $"repo is '{repo}'"
            : file.Whole("task_id") is long task && task != caseId.TaskId ? $"task_id is {task}"
            : file.Wholes("features") is { } features && !features.Order().SequenceEqual(caseId.Features)
            ? $"features is [{string.Join(", ", features)}]"
            : file.Text("setting") is string setting && setting != UpstreamRun.FolderOf(caseId.Setting) ? $"setting is '{setting}'"
            : null;
        if (other is not null)
            file.File.Warn($"is of another case than its folder says: {other}; left out");
        return other is null;
    }

    private UpstreamFile FileOf(UpstreamCase found, string name) => new(Path.Combine(found.Folder, name), $"{found.Name}/{name}", warnings);

    private static byte[]? Bytes(UpstreamFile file, string ifMissing)
    {
        if (IsMissing(file))
            file.Warn(ifMissing);
        return file.TryRead();
    }

    /// <summary>What a case cannot do without.</summary>
    private static UpstreamObject? ObjectOf(UpstreamFile file, string ifMissing, out byte[] utf8)
    {
        utf8 = [];
        if (IsMissing(file))
        {
            file.Warn($"is missing: {ifMissing}; left out");
            return null;
        }
        UpstreamObject? parsed = file.TryRead() is byte[] read ? file.TryParseObject(utf8 = read) : null;
        if (parsed is null)
            file.Warn("cannot be used; the case is left out");
        return parsed;
    }

    private static bool IsMissing(UpstreamFile file) => !Path.Exists(file.Path) && new FileInfo(file.Path).LinkTarget is null;

    private static IEnumerable<string> PatchNames(CaseId caseId) => caseId.Setting == Setting.Solo
        ? [UpstreamNames.SoloPatch]
        : caseId.Features.Select(UpstreamNames.AgentPatch);

    // Upstream's own id is random and may be anything; what comes after it makes the whole unique and the same each time.
    private static string AttemptIdOf(CaseId caseId, string? runId)
    {
        string own = runId is not null && SafeSegment.IsSafe(runId) && runId.Length <= 40 ? runId : "none";
        return $"{Provenance.Imported}-{own}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(caseId.ToString())))[..12]}";
    }

    private static Provenance Nothing() => new()
    {
        Harness = Provenance.Imported,
        TaskSet = Provenance.Imported,
        TaskDigest = Provenance.Imported,
        Image = null,
        ImageId = null,
        BaseCommit = null,
        Engine = Provenance.Imported,
        Host = Provenance.Imported,
        SettingsHash = Provenance.Imported,
        PromptDigest = null,
        PriceTableDigest = null,
    };
}
