using System.Globalization;
using Tandem.FakeModel;
using Tandem.Harness.Agents;
using Tandem.Harness.Agents.Definitions;
using Tandem.Harness.Cases;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;
using Tandem.Harness.TaskSets;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Cli.Agents;

/// <summary>Tries a definition: one case of a task set, against a scripted model that asks for two commands and says a last word. Nothing
/// is paid, and nothing is kept.</summary>
/// <param name="taskSet">Whose smallest task is taken.</param>
/// <param name="output">Where what was seen goes, a line each.</param>
internal sealed class AgentCheck(TaskSet taskSet, TextWriter output)
{
    private const string Written = "tandem-check.txt";
    private static readonly FakeTokens s_tokens = new(1000, 800, 0, 50, 7);

    /// <summary>Runs the case and prints what each of the promises came to.</summary>
    /// <returns>Whether all hold.</returns>
    public async Task<bool> RunAsync(AgentDefinition definition, ISandboxProvider provider, CancellationToken cancellationToken)
    {
        await using FakeModelServer model = await FakeModelServer.StartAsync(Script);
        string store = Directory.CreateTempSubdirectory("tandem-check-").FullName;
        try
        {
            TaskPair pair = taskSet.Pairs.First();
            CaseId caseId = pair.Case(Setting.Solo, 0);
            var configuration = new ExperimentConfiguration
            {
                Name = "check",
                Settings = [Setting.Solo],
                Agent = new AgentSettings { Kind = definition.Name },
                Model = new ModelSettings { Name = ModelSettings.FakeName, BaseUrl = model.BaseUrl.ToString().TrimEnd('/'), Retries = 1 },
                Run = new RunSettings { Attempts = 1, PatienceMinutes = 0 },
            };
            await using var environment = new RunEnvironment(configuration, taskSet, AgentCatalog.Find(definition.Name)!,
                new Borrowed(provider), store, "check", TimeProvider.System)
            { OnNotice = output.WriteLine };
            CaseResult result = await new CaseRunner(environment).RunAsync(caseId, AttemptReason.Due, TimeSpan.Zero, cancellationToken);
            if (result is not CaseResult.Ran { Record: RunRecord record })
            {
                await output.WriteLineAsync($"FAIL  {definition.Name}: the case was not run: {result}");
                return false;
            }
            return await ReportAsync(definition.Name, record, model,
                Path.Combine(environment.Layout.AttemptFolder(caseId, record.Attempt), StoreLayout.RawPatch("solo")), cancellationToken);
        }
        finally
        {
            Directory.Delete(store, recursive: true);
        }
    }

    private static FakeAnswer Script(FakeRequest request) => !request.HasTools ? new FakeAnswer.Says("A title.") { Tokens = s_tokens }
        : request.Turn switch
        {
            0 => new FakeAnswer.Says("I look around.", [FakeToolCall.Bash("ls")]) { Tokens = s_tokens },
            1 => new FakeAnswer.Says("I write a file.", [FakeToolCall.Bash($"echo checked > {Written}")]) { Tokens = s_tokens },
            _ => new FakeAnswer.Says("I am done.") { Tokens = s_tokens },
        };

    private async Task<bool> ReportAsync(string name, RunRecord record, FakeModelServer model, string patchFile,
        CancellationToken cancellationToken)
    {
        AgentReport agent = record.Agents[0];
        string patch = File.Exists(patchFile) ? await File.ReadAllTextAsync(patchFile, cancellationToken) : "";
        int calls = model.Requests.Count;
        (bool IsRight, string What)[] seen =
        [
            (agent.Status == AgentStatus.Submitted, $"it ended as {agent.Status}{(agent.Error is null ? "" : $": {agent.Error}")}"
                + (record.Error is null ? "" : $" ({record.Error.Message})")),
            (calls >= 3 && agent.ModelCalls == calls, $"the model answered {calls} calls, and {agent.ModelCalls ?? 0} were booked"),
            (agent.Tokens is { } tokens && tokens.Input == 1000 * calls && tokens.Output == 50 * calls,
                string.Create(CultureInfo.InvariantCulture,
                    $"{agent.Tokens?.Input ?? 0} tokens in and {agent.Tokens?.Output ?? 0} out were booked")),
            (patch.Contains(Written, StringComparison.Ordinal) && patch.Split("diff --git ").Length == 2,
                patch.Length == 0 ? "its patch is empty" : $"its patch has {patch.Split("diff --git ").Length - 1} files"),
            (agent.Gateway is { Refusals: 0 }, agent.Gateway is null ? "it never reached its gateway"
                : $"the gateway refused {agent.Gateway.Refusals} requests"),
            (model.Others.Count == 0, model.Others.Count == 0 ? "it asked for nothing else"
                : $"it also asked for {string.Join(", ", model.Others)}"),
        ];
        foreach ((bool isRight, string what) in seen)
            await output.WriteLineAsync($"{(isRight ? "ok  " : "FAIL")}  {name}: {what}");
        return seen.All(one => one.IsRight);
    }

    /// <summary>The environment closes its provider; this one serves further checks.</summary>
    private sealed class Borrowed(ISandboxProvider provider) : ISandboxProvider
    {
        public string Kind => provider.Kind;

        public SandboxAbilities Abilities => provider.Abilities;

        public string Description => provider.Description;

        public Task<SandboxImage> PrepareImageAsync(SandboxImageSource source, CancellationToken cancellationToken) =>
            provider.PrepareImageAsync(source, cancellationToken);

        public Task<ProgramVolume> PrepareProgramsAsync(ProgramRecipe recipe, CancellationToken cancellationToken) =>
            provider.PrepareProgramsAsync(recipe, cancellationToken);

        public Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken) =>
            provider.CreateAsync(spec, cancellationToken);

        public Task<IReadOnlyList<SweptSandbox>> SweepAsync(string? store, CancellationToken cancellationToken) =>
            provider.SweepAsync(store, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
