using System.Globalization;
using Tandem.Records.Cases;
using Tandem.Records.Json;

namespace Tandem.Harness.Configuration;

/// <summary>Ranges and relations of the values.</summary>
internal static class SettingsRules
{
    public static IEnumerable<string> Faults(ExperimentConfiguration configuration)
    {
        if (!SafeSegment.IsSafe(configuration.Name))
            yield return $"name: '{configuration.Name}' cannot name a folder ({SafeSegment.Rule}).";
        if (configuration.Settings.Count == 0)
            yield return "settings: at least one is needed.";
        if (configuration.Settings.Distinct().Count() != configuration.Settings.Count)
            yield return "settings: one is named twice.";
        foreach ((string setting, IReadOnlyList<int> seeds) in configuration.Seeds)
        {
            if (!EnumNames.TryParse(setting, out Setting _))
                yield return $"seeds.{setting}: there is no such setting; there are {string.Join(", ", EnumNames.AllNames<Setting>())}.";
            if (seeds.Count == 0 || seeds.Any(seed => seed < 0) || seeds.Distinct().Count() != seeds.Count)
                yield return $"seeds.{setting}: seeds are whole numbers from 0, at least one, none twice.";
        }
        if (configuration.Agent.Kind == "command" && string.IsNullOrWhiteSpace(configuration.Agent.Command?.Run))
            yield return "agent.command.run: the command agent needs a command, for example \"my-agent --task {task_file}\".";
        foreach (string value in CommandTemplate.UnknownValues(configuration.Agent.Command?.Run ?? "").Distinct())
            yield return $"agent.command.run: there is no value {{{value}}}; there are {string.Join(", ", CommandTemplate.Values)}.";
        if ((configuration.Agent.Command?.Run ?? "").Split([' ', '=', '"', '\'', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries)
            .Any(word => word.Length >= 20 && word.StartsWith("sk-", StringComparison.Ordinal)))
            yield return "agent.command.run: it seems to hold a key (it is not shown here), which would be written into the store. Name "
                + "the variable that holds it in agent.command.keys; the command finds it in its environment.";
        foreach (string code in (configuration.Agent.Command?.ExitCodes ?? new Dictionary<string, ExitMeaning>())
            .Where(c => !(byte.TryParse(c.Key, NumberStyles.None, CultureInfo.InvariantCulture, out byte code)
            && c.Key == code.ToString(CultureInfo.InvariantCulture))).Select(c => c.Key))
            yield return $"agent.command.exit_codes.{code}: a code is 0 to 255.";
        foreach (string key in (configuration.Agent.Command?.Keys ?? [])
            .Where(key => !ModelRules.IsName(key) || ModelRules.LooksLikeKey(key)))
            yield return "agent.command.keys: one of them is not the name of a variable (it is not shown here); the keys themselves never "
                + "stand in an experiment.";
        if (configuration.Agent.Kind == "replay" && configuration.Agent.Recording is null)
            yield return "agent.recording: the replay agent needs to know what to do again: an experiment's folder in a store, for "
                + "example results/my-experiment.";
        foreach ((string key, double value, double low, double high) in new (string, double, double, double)[]
        {
            ("agent.skill", configuration.Agent.Skill ?? 0, 0, 1),
            ("agent.output_characters", configuration.Agent.OutputCharacters, 200, 1_000_000),
            ("limits.steps", configuration.Limits.Steps, 1, 10_000),
            ("limits.agent_minutes", configuration.Limits.AgentMinutes, 0.001, 1440),
            ("limits.command_seconds", configuration.Limits.CommandSeconds, 0.001, 86_400),
            ("limits.case_cost_usd", (double)configuration.Limits.CaseCostUsd, 0.000001, 1e9),
            ("limits.tokens", configuration.Limits.Tokens ?? 1, 1, long.MaxValue),
            ("limits.unusable_answers", configuration.Limits.UnusableAnswers, 1, 10_000),
            ("sandbox.memory_mb", configuration.Sandbox.MemoryMb, 64, 1 << 20),
            ("sandbox.pids", configuration.Sandbox.Pids, 16, 100_000),
            ("sandbox.cpus", configuration.Sandbox.Cpus, 0.1, 1024),
            ("sandbox.disk_mb", configuration.Sandbox.DiskMb, 0, 1 << 24),
            ("judges.temperature", configuration.Judges.Temperature ?? 0, 0, 2),
            ("judges.max_output_tokens", configuration.Judges.MaxOutputTokens ?? 1, 1, 10_000_000),
            ("judges.judgement_cost_usd", (double)configuration.Judges.JudgementCostUsd, 0.000001, 1e9),
            ("run.concurrency", configuration.Run.Concurrency, 1, 256),
            ("run.attempts", configuration.Run.Attempts, 1, 10),
            ("run.pause_after", configuration.Run.PauseAfter, 1, 1000),
            ("run.patience_minutes", configuration.Run.PatienceMinutes, 0, 10_080),
            ("run.order_seed", configuration.Run.OrderSeed, 0, int.MaxValue),
            ("run.retry_pause_seconds", configuration.Run.RetryPauseSeconds, 0, 3600),
        })
        {
            if (!(value >= low && value <= high))
                yield return $"{key}: {value} is out of range; it may be {low} to {high}.";
        }
        foreach (string fault in ModelRules.RangeFaults(configuration.Model).Concat(ModelRules.Faults(configuration.Model))
            .Concat(JudgeFaults(configuration.Judges)))
            yield return fault;
    }

    private static IEnumerable<string> JudgeFaults(JudgeSettings judges)
    {
        if (judges.Default is string name && string.IsNullOrWhiteSpace(name))
            yield return "judges.default: it may not be blank; null is no judge.";
        if (judges.ReasoningEffort is string effort && string.IsNullOrWhiteSpace(effort))
            yield return "judges.reasoning_effort: it may not be blank.";
        foreach ((string alias, string model) in judges.Aliases)
        {
            if (string.IsNullOrWhiteSpace(alias) || string.IsNullOrWhiteSpace(model))
                yield return "judges.aliases: neither an alias nor its model may be blank.";
            else if (judges.Aliases.ContainsKey(model))
                yield return $"judges.aliases.{alias}: '{model}' is an alias itself; name the model that it stands for.";
            else if (alias.StartsWith("builtin:", StringComparison.Ordinal))
                yield return $"judges.aliases.{alias}: a name with 'builtin:' is a built-in judge's own.";
        }
    }
}
