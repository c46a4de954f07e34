using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Tandem.Records.Json;
using Tandem.Records.Runs;

namespace Tandem.Harness.Configuration;

/// <summary>An experiment cannot be read; every fault is listed.</summary>
public sealed class SettingsException(string source, IReadOnlyList<string> faults)
    : Exception($"{source} cannot be used:{string.Concat(faults.Select(fault => $"\n  - {fault}"))}")
{
    /// <summary>One sentence each.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}

/// <summary>
/// Reads an experiment: its file, then overrides (<c>TANDEM__Section__Key</c> variables, or the command line's). Unknown keys and values
/// out of range are faults, reported all at once.
/// </summary>
public static class ConfigurationReader
{
    /// <summary>Prefix of variables that override a value; sections and keys follow, joined by two underscores, in any casing.</summary>
    public const string OverridePrefix = "TANDEM__";

    /// <summary>Reads an experiment.</summary>
    /// <param name="file">The experiment's file.</param>
    /// <param name="environment">Variables of which those with <see cref="OverridePrefix"/> count; names in any casing.</param>
    /// <param name="further">Faults that only a caller can know, such as an agent that there is not; one sentence each.</param>
    /// <exception cref="SettingsException">The file or an override is not right; every fault is listed.</exception>
    public static ExperimentConfiguration Read(string file, IReadOnlyDictionary<string, string> environment,
        Func<ExperimentConfiguration, IEnumerable<string>>? further = null) => Read(file, ReadFile(file), environment, further);

    /// <summary>Reads an experiment as a store has kept it, for one that has no file: another agent gave it its name. The name stays,
    /// whatever is overridden.</summary>
    /// <param name="plan">The store's plan.</param>
    /// <param name="environment">As for a file.</param>
    /// <param name="further">As for a file.</param>
    /// <exception cref="SettingsException">An override is not right; every fault is listed.</exception>
    public static ExperimentConfiguration Read(ExperimentPlan plan, IReadOnlyDictionary<string, string> environment,
        Func<ExperimentConfiguration, IEnumerable<string>>? further = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        JsonObject settings = JsonObject.Create(plan.Settings)!;
        if (settings["model"] is JsonObject model)
            LeaveOutDefaults(model);
        return Read(plan.Experiment, settings, environment, further) with { Name = plan.Experiment };
    }

    /// <summary>A plan names its provider's own address and variable in full; another provider that overrides it has others.</summary>
    private static void LeaveOutDefaults(JsonObject model)
    {
        _ = EnumNames.TryParse((string?)model["provider"], out ProviderChoice provider);
        if ((string?)model["base_url"] == ProviderDefaults.BaseUrlOf(provider))
            model.Remove("base_url");
        if ((string?)model["key_variable"] == ProviderDefaults.KeyVariableOf(provider))
            model.Remove("key_variable");
    }

    private static ExperimentConfiguration Read(string file, JsonObject root, IReadOnlyDictionary<string, string> environment,
        Func<ExperimentConfiguration, IEnumerable<string>>? further)
    {
        if (root.ContainsKey("kind"))
            throw new SettingsException(file, ["It is an experiment of scenarios (it has a 'kind'), and what was asked for works with runs "
                + "of pairs. For scenarios there are run, status, regenerate, collect, validate, report and compare."]);
        JsonNode original = root.DeepClone();
        List<string> faults = Override(root, environment, ConfigurationJson.TypeInfo);
        if (faults.Count > 0)
            throw new SettingsException(file, faults);
        ExperimentConfiguration configuration = root.Deserialize(ConfigurationJson.TypeInfo)!;
        configuration = configuration with { Name = DerivedName(configuration, original) };
        faults.AddRange(SettingsRules.Faults(configuration));
        faults.AddRange(further?.Invoke(configuration) ?? []);
        return faults.Count > 0 ? throw new SettingsException(file, faults) : configuration;
    }

    /// <summary>Overrides values of a file, and checks the whole against the type that it is to become.</summary>
    /// <returns>The faults, one sentence each.</returns>
    internal static List<string> Override(JsonObject root, IReadOnlyDictionary<string, string> environment, JsonTypeInfo type)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var faults = new List<string>();
        // A schema reference serves editors; it is no setting.
        root.Remove("$schema");
        foreach ((string name, string value) in environment.Where(v => v.Key.StartsWith(OverridePrefix, StringComparison.OrdinalIgnoreCase))
            .OrderBy(v => v.Key, StringComparer.Ordinal))
            Override(root, name, value, type, faults);
        Check(root, type, "", faults);
        return faults;
    }

    /// <summary>Another agent, model or task set under an old name would mix what must stay apart, so the name says it; a name that is
    /// itself overridden stays as given.</summary>
    private static string DerivedName(ExperimentConfiguration configuration, JsonNode original)
    {
        if ((string?)original["name"] != configuration.Name)
            return configuration.Name;
        var defaults = new ExperimentConfiguration { Name = configuration.Name };
        string name = configuration.Name;
        if (((string?)original["tasks"]?["path"] ?? defaults.Tasks.Path) != configuration.Tasks.Path)
            name += "-" + Clean(Path.GetFileName(Path.TrimEndingDirectorySeparator(configuration.Tasks.Path)));
        if (((string?)original["agent"]?["kind"] ?? defaults.Agent.Kind) != configuration.Agent.Kind)
            name += "-" + Clean(configuration.Agent.Kind);
        if ((string?)original["model"]?["name"] != configuration.Model.Name && configuration.Model.Name is string model)
            name += OfModel(model);
        return name;
    }

    /// <summary>What a name gets where another model is asked.</summary>
    internal static string OfModel(string model) => "-" + Clean(model[(model.LastIndexOf('/') + 1)..]);

    private static string Clean(string text) =>
        string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' ? c : '-')).Trim('-', '.').ToLowerInvariant();

    private static JsonObject ReadFile(string file)
    {
        try
        {
            var options = new JsonDocumentOptions { AllowDuplicateProperties = false };
            return JsonNode.Parse(File.ReadAllBytes(file), documentOptions: options) as JsonObject
                ?? throw new SettingsException(file, ["The file must hold one JSON object."]);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SettingsException(file,
                ["There is no such file. Name an experiment of the folder experiments/ (without .json), or give a path."]);
        }
        catch (JsonException exception)
        {
            throw new SettingsException(file, [$"It is not JSON, {ConfigurationJson.Explain(exception)}."]);
        }
    }

    private static void Override(JsonObject root, string name, string value, JsonTypeInfo type, List<string> faults)
    {
        JsonObject at = root;
        string[] keys = name[OverridePrefix.Length..].Split("__");
        for (int i = 0; i < keys.Length; i++)
        {
            string? key = type.Kind == JsonTypeInfoKind.Dictionary
                ? keys[i].Replace('_', '-').ToLowerInvariant()
                : type.Properties.FirstOrDefault(p => Plain(p.Name) == Plain(keys[i]))?.Name;
            Type? member = type.Kind == JsonTypeInfoKind.Dictionary ? type.ElementType
                : type.Properties.FirstOrDefault(p => p.Name == key)?.PropertyType;
            if (key is null || member is null)
            {
                faults.Add($"{name}: there is no key '{keys[i]}'; there are {string.Join(", ", type.Properties.Select(p => p.Name))}.");
                return;
            }
            JsonTypeInfo next = ConfigurationJson.TypeInfoOf(member);
            if (i == keys.Length - 1)
            {
                at[key] = ToNode(value, next);
                return;
            }
            if (next.Kind is not (JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary))
            {
                faults.Add($"{name}: '{key}' is a value and has no parts.");
                return;
            }
            if (at[key] is not JsonObject section)
                at[key] = section = [];
            at = section;
            type = next;
        }
    }

    private static JsonNode? ToNode(string value, JsonTypeInfo type)
    {
        if (type.Kind == JsonTypeInfoKind.Enumerable && !value.TrimStart().StartsWith('['))
            return new JsonArray([.. value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(part => ToNode(part, ConfigurationJson.TypeInfoOf(type.ElementType!)))]);
        if (type.Type == typeof(string))
            return value == "null" ? null : JsonValue.Create(value);
        try
        {
            return JsonNode.Parse(value);
        }
        catch (JsonException)
        {
            return JsonValue.Create(value);
        }
    }

    private static string Plain(string key) =>
        key.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>Walks the configuration as the serializer will, so that all faults are found and not only the first.</summary>
    internal static void Check(JsonNode? node, JsonTypeInfo type, string path, List<string> faults)
    {
        if (type.Kind == JsonTypeInfoKind.Object && node is JsonObject section)
        {
            foreach ((string key, JsonNode? value) in section)
            {
                // Of a member that no file sets, a key would be passed over.
                JsonPropertyInfo? property = type.Properties.FirstOrDefault(p => p.Name == key && p.Set is not null);
                if (property is null)
                    faults.Add($"{path}{key}: there is no such key; there are "
                        + $"{string.Join(", ", type.Properties.Where(p => p.Set is not null).Select(p => p.Name))}.");
                else if (value is not null || !property.IsSetNullable)
                    Check(value, ConfigurationJson.TypeInfoOf(property.PropertyType), $"{path}{key}.", faults);
            }
            faults.AddRange(type.Properties.Where(p => p.IsRequired && !section.ContainsKey(p.Name))
                .Select(p => $"{path}{p.Name}: it is missing."));
            return;
        }
        if (node is JsonArray list && type.Kind == JsonTypeInfoKind.Enumerable
            && ConfigurationJson.TypeInfoOf(type.ElementType!) is { Kind: JsonTypeInfoKind.Object } element)
        {
            for (int i = 0; i < list.Count; i++)
                Check(list[i], element, string.Create(CultureInfo.InvariantCulture, $"{path.TrimEnd('.')}[{i}]."), faults);
            return;
        }
        try
        {
            if (node is null)
                throw new JsonException("it may not be null.");
            _ = node.Deserialize(type);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            string what = exception.Message.Split(" Path: ")[0];
            if (what.StartsWith("The JSON value could not be converted", StringComparison.Ordinal))
                what = $"{node?.ToJsonString() ?? "null"} is not of the right kind.";
            faults.Add($"{path.TrimEnd('.')}: {what}");
        }
    }
}
