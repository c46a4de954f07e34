using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Tandem.Harness.Configuration;
using Tandem.Harness.Models;
using Tandem.Records.Cases;
using Tandem.Records.Scenarios;

namespace Tandem.Harness.Scenarios.Definitions;

/// <summary>Reads the folder of a scenario experiment: <c>experiment.json</c>, <c>scenarios.json</c> and <c>variants/*.json</c>. All faults
/// of all files are reported at once, each with its file and line.</summary>
public static class ScenarioExperimentReader
{
    private const string ScenariosFile = "scenarios.json";
    private const string VariantsFolder = "variants";
    private const string ExtendsKey = "extends";
    private const string Example = "experiments/assistant-tools";

    /// <summary>Whether a file defines an experiment of scenarios. A file that cannot be read does not; the reader of pairs says what is
    /// wrong with it.</summary>
    /// <param name="file">As <see cref="ProjectFolder.ExperimentFile"/> names it.</param>
    public static bool IsScenarios(string file)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(file)) is JsonObject root && root.ContainsKey("kind");
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            return Path.GetFileName(file) == ProjectFolder.FolderFile
                && Directory.Exists(Path.Combine(Path.GetDirectoryName(file)!, VariantsFolder));
        }
    }

    /// <summary>The model that a definition names itself; null if it names none, or cannot be read.</summary>
    /// <param name="file">As <see cref="ProjectFolder.ExperimentFile"/> names it.</param>
    public static string? ModelOf(string file)
    {
        try
        {
            return (JsonNode.Parse(File.ReadAllBytes(file))?["model"]?["name"] as JsonValue)?.TryGetValue(out string? name) == true ? name
                : null;
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException
            or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Reads a definition.</summary>
    /// <param name="file">The file <c>experiment.json</c> of its folder.</param>
    /// <param name="environment">Variables of which those with <see cref="ConfigurationReader.OverridePrefix"/> override the file.</param>
    /// <exception cref="SettingsException">It cannot be used; every fault of every file is listed.</exception>
    public static ScenarioExperiment Read(string file, IReadOnlyDictionary<string, string> environment)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        var faults = new List<string>();
        var digests = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var main = new DefinitionFile(folder, Path.GetFileName(file), faults, Example);
        digests[Path.GetFileName(file)] = main.Digest;
        ScenarioConfiguration? configuration = ReadConfiguration(main, folder, environment);

        (SortedDictionary<string, VariantDefinition> variants, IReadOnlyList<string> names, bool areWhole) =
            ReadVariants(folder, digests, faults);
        if (configuration?.Reference is string reference && names.Count > 0 && !names.Contains(reference))
            main.Add("reference", $"there is no variant '{reference}'; there are {string.Join(", ", names)}.");

        var setFile = new DefinitionFile(folder, ScenariosFile, faults, Example);
        digests[ScenariosFile] = setFile.Digest;
        ScenarioSet? set = setFile.Read<ScenarioSet>();
        if (set is not null)
            DefinitionRules.CheckScenarios(set, variants, areWhole, setFile);
        return faults.Count > 0 || configuration is null || set is null ? throw new SettingsException(folder, faults)
            : new ScenarioExperiment(folder, configuration, set, variants, digests);
    }

    private static ScenarioConfiguration? ReadConfiguration(DefinitionFile file, string folder,
        IReadOnlyDictionary<string, string> environment)
    {
        if (file.Root is not JsonObject root)
            return null;
        root.TryAdd("name", JsonValue.Create(Path.GetFileName(folder)));
        JsonNode original = root.DeepClone();
        JsonTypeInfo type = ConfigurationJson.TypeInfoOf(typeof(ScenarioConfiguration));
        file.AddAll(ConfigurationReader.Override(root, environment, type));
        if (ShapeRepair.TryRead<ScenarioConfiguration>(root) is not ScenarioConfiguration configuration)
            return null;
        // Answers of two models must not stand under one name; a name that is itself overridden stays as given.
        if ((string?)original["name"] == configuration.Name && configuration.Model.Name is string model
            && (string?)original["model"]?["name"] != model)
            configuration = configuration with { Name = configuration.Name + ConfigurationReader.OfModel(model) };
        file.AddAll(Faults(configuration));
        return configuration;
    }

    private static IEnumerable<string> Faults(ScenarioConfiguration configuration)
    {
        if (configuration.Kind != ScenarioPlan.ScenariosKind)
            yield return $"kind: '{configuration.Kind}' is not known; an experiment of scenarios says '{ScenarioPlan.ScenariosKind}', "
                + "one of pairs has no kind.";
        if (!SafeSegment.IsSafe(configuration.Name))
            yield return $"name: '{configuration.Name}' cannot name a folder ({SafeSegment.Rule}).";
        if (configuration.Model.Name is null)
            yield return $"model.name: no model is named. Name one, or {EchoModel.Name}, which needs no key.";
        else if (EchoModel.IsUnknown(configuration.Model.Name))
            yield return $"model.name: there is one built-in model, {EchoModel.Name}; name it, or a model of the endpoint.";
        if (configuration.Model.Temperature is not null)
            yield return "model.temperature: it stands beside the model here, as temperature.";
        foreach ((string key, double value, double low, double high) in new (string, double, double, double)[]
        {
            ("temperature", configuration.Temperature ?? 0, 0, 2),
            ("repetitions", configuration.Repetitions, 1, 1000),
            ("limits.max_turns", configuration.Limits.MaxTurns, 1, DefinitionRules.MostTurns),
            ("limits.case_cost_usd", (double)configuration.Limits.CaseCostUsd, 0.000001, 1e9),
            ("run.concurrency", configuration.Run.Concurrency, 1, 256),
            ("run.reruns", configuration.Run.Reruns, 0, 10),
            ("run.rerun_pause_seconds", configuration.Run.RerunPauseSeconds, 0, 3600),
            ("run.pause_after", configuration.Run.PauseAfter, 1, 1000),
            ("run.patience_minutes", configuration.Run.PatienceMinutes, 0, 10_080),
        })
        {
            if (!(value >= low && value <= high))
                yield return string.Create(CultureInfo.InvariantCulture, $"{key}: {value} is out of range; it may be {low} to {high}.");
        }
        foreach (string fault in ModelRules.RangeFaults(configuration.Model).Concat(ModelRules.Faults(configuration.Model)))
            yield return fault;
    }

    private static (SortedDictionary<string, VariantDefinition> Variants, IReadOnlyList<string> Names, bool AreWhole) ReadVariants(
        string folder, SortedDictionary<string, string> digests, List<string> faults)
    {
        var files = new SortedDictionary<string, DefinitionFile>(StringComparer.Ordinal);
        foreach (string name in VariantNames(folder, faults))
        {
            string path = $"{VariantsFolder}/{name}.json";
            files[name] = new DefinitionFile(folder, path, faults, Example);
            digests[path] = files[name].Digest;
        }
        // All before one is joined with another: what a file says itself decides if others may extend it.
        string[] extending = [.. files.Where(file => file.Value.Root?.ContainsKey(ExtendsKey) == true).Select(file => file.Key)];
        foreach (string name in extending)
            Join(files, files[name], extending);
        var variants = new SortedDictionary<string, VariantDefinition>(StringComparer.Ordinal);
        foreach ((string name, DefinitionFile file) in files)
        {
            if (file.Read<VariantDefinition>() is not VariantDefinition variant)
                continue;
            DefinitionRules.CheckVariant(variant, file);
            variants[name] = variant with { Names = variant.Extends is null ? [name] : [name, variant.Extends] };
        }
        return (variants, [.. files.Keys], files.Count > 0 && files.Values.All(file => file.IsWhole));
    }

    /// <summary>Gives a variant what it does not say itself from the one that it extends; tools are joined by name.</summary>
    private static void Join(SortedDictionary<string, DefinitionFile> files, DefinitionFile file, string[] extending)
    {
        if ((file.Root![ExtendsKey] as JsonValue)?.TryGetValue(out string? named) != true)
            return;
        if (!files.TryGetValue(named!, out DefinitionFile? other) || other == file)
            file.Add(ExtendsKey, $"there is no other variant '{named}'; there are {string.Join(", ", files.Keys)}.");
        else if (extending.Contains(named))
            file.Add(ExtendsKey, $"'{named}' extends a variant itself; extend that one.");
        if (other?.Root is not JsonObject root || extending.Contains(named))
            return;
        foreach ((string key, JsonNode? value) in root.Where(member => !file.Root.ContainsKey(member.Key)).ToArray())
            file.Root[key] = value?.DeepClone();
        if (file.Root["tools"] is JsonArray own && root["tools"] is JsonArray theirs && !ReferenceEquals(own, theirs))
        {
            HashSet<string?> names = [.. own.Select(tool => (tool as JsonObject)?["name"]?.ToString())];
            foreach (JsonNode? tool in theirs.Where(tool => !names.Contains((tool as JsonObject)?["name"]?.ToString())))
                own.Add(tool?.DeepClone());
        }
    }

    private static IReadOnlyList<string> VariantNames(string folder, List<string> faults)
    {
        string variants = Path.Combine(folder, VariantsFolder);
        string[] names = Directory.Exists(variants)
            ? [.. Directory.EnumerateFiles(variants, "*.json").Select(path => Path.GetFileNameWithoutExtension(path))
                .Order(StringComparer.Ordinal)] : [];
        if (names.Length == 0)
            faults.Add($"{VariantsFolder}/: there is no variant; each is a file of its own, for example {VariantsFolder}/baseline.json.");
        foreach (string name in names.Where(name => !SafeSegment.IsSafe(name)))
            faults.Add($"{VariantsFolder}/{name}.json: its name cannot name a variant: {SafeSegment.Rule}.");
        foreach (string name in names.Where((name, i) => names.Take(i).Contains(name, StringComparer.OrdinalIgnoreCase)))
            faults.Add($"{VariantsFolder}/{name}.json: another variant has this name in another casing; their results would be mixed where "
                + "casing does not count.");
        return [.. names.Where(SafeSegment.IsSafe)];
    }
}
