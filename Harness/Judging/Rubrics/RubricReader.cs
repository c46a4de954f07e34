using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tandem.Harness.Configuration;
using Tandem.Records.Cases;
using Tandem.Records.Store;

namespace Tandem.Harness.Judging.Rubrics;

/// <summary>Reads a rubric's folder: <c>rubric.json</c>, <c>prompt.md</c> and <c>answer.schema.json</c>. All faults of all three are
/// reported at once, each with its file and what to do.</summary>
internal static class RubricReader
{
    public const string DefinitionFile = "rubric.json";
    public const string PromptFile = "prompt.md";
    public const string SchemaFile = "answer.schema.json";

    private const long LargestFile = 1_000_000;
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The names of the rubrics in a project's folder <c>rubrics/</c>, in ordinal order.</summary>
    public static IReadOnlyList<string> Names(string project)
    {
        string folder = Path.Combine(project, "rubrics");
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateDirectories(folder).Select(path => Path.GetFileName(path)).Where(SafeSegment.IsSafe)
                .Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>Reads a rubric by its name in the project's folder <c>rubrics/</c>, or by the path of its folder, which has a
    /// slash.</summary>
    /// <exception cref="SettingsException">There is none, or it cannot be used; every fault is listed.</exception>
    public static Rubric Find(string project, string nameOrPath)
    {
        if (nameOrPath.Contains('/', StringComparison.Ordinal) || nameOrPath.Contains('\\', StringComparison.Ordinal))
        {
            Rubric rubric = Read(Path.GetFullPath(nameOrPath));
            return rubric.Folder == Path.Combine(project, "rubrics", rubric.Name) ? rubric : rubric with { Word = rubric.Folder };
        }
        IReadOnlyList<string> names = Names(project);
        return names.Contains(nameOrPath)
            ? Read(Path.Combine(project, "rubrics", nameOrPath))
            : throw new SettingsException($"The rubric '{nameOrPath}'",
                [names.Count == 0
                    ? "The project has no folder rubrics/." : $"There is none of this name; there are {string.Join(", ", names)}."]);
    }

    /// <summary>Reads a rubric's folder.</summary>
    /// <exception cref="SettingsException">It cannot be used; every fault is listed.</exception>
    public static Rubric Read(string folder)
    {
        folder = Path.TrimEndingDirectorySeparator(folder);
        var faults = new List<string>();
        string? json = ReadText(folder, DefinitionFile, faults);
        string? prompt = ReadText(folder, PromptFile, faults);
        string? schema = ReadText(folder, SchemaFile, faults);
        RubricDefinition? definition = json is null ? null : ReadDefinition(json, Path.GetFileName(folder), faults);
        if (prompt is not null)
            faults.AddRange(Rubric.PromptFaults(definition, prompt).Select(fault => $"{PromptFile}: {fault}"));
        if (schema is not null && Parse(schema, SchemaFile, faults) is JsonObject given && definition is not null)
            faults.AddRange(AnswerSchema.Differences(AnswerSchema.Of(definition), given).Select(fault => $"{SchemaFile}: {fault}."));
        if (schema is null && definition is not null)
        {
            // What it must say is better advice than a copy of another rubric's.
            string missing = faults.Remove(MissingFault(SchemaFile)) ? "there is no such file; " : "";
            faults.Add($"{SchemaFile}: {missing}for these labels it must say {AnswerSchema.Of(definition).ToJsonString()}");
        }
        return faults.Count > 0
            ? throw new SettingsException($"The rubric in {folder}", faults)
            : new Rubric(definition!, prompt!, schema!, DigestOf((DefinitionFile, json!), (PromptFile, prompt!), (SchemaFile, schema!)))
            { Folder = folder };
    }

    private static RubricDefinition? ReadDefinition(string json, string folderName, List<string> faults)
    {
        if (Parse(json, DefinitionFile, faults) is not JsonObject root)
            return null;
        root.Remove("$schema");
        var found = new List<string>();
        ConfigurationReader.Check(root, ConfigurationJson.TypeInfoOf(typeof(RubricDefinition)), "", found);
        RubricDefinition? definition = null;
        if (found.Count == 0)
        {
            definition = (RubricDefinition)root.Deserialize(ConfigurationJson.TypeInfoOf(typeof(RubricDefinition)))!;
            found.AddRange(RubricRules.Faults(definition, folderName));
        }
        faults.AddRange(found.Select(fault => $"{DefinitionFile}: {fault}"));
        return found.Count == 0 ? definition : null;
    }

    private static JsonObject? Parse(string text, string file, List<string> faults)
    {
        try
        {
            var options = new JsonDocumentOptions { AllowDuplicateProperties = false };
            if (JsonNode.Parse(text, documentOptions: options) is JsonObject root)
                return root;
            faults.Add($"{file}: it must hold one JSON object.");
        }
        catch (JsonException exception)
        {
            faults.Add($"{file}: it is not JSON, {ConfigurationJson.Explain(exception)}.");
        }
        catch (InvalidOperationException exception) // half a character
        {
            faults.Add($"{file}: {exception.Message}");
        }
        return null;
    }

    private static string MissingFault(string name) => $"{name}: there is no such file; copy that of a built-in rubric and change it.";

    private static string? ReadText(string folder, string name, List<string> faults)
    {
        string path = Path.Combine(folder, name);
        try
        {
            if (!File.Exists(path))
                faults.Add(MissingFault(name));
            else if (!RegularFile.Is(path))
                faults.Add($"{name}: {RegularFile.WhyNot}");
            else if (new FileInfo(path).Length > LargestFile)
                faults.Add($"{name}: it is larger than {LargestFile} bytes; a rubric is a short text.");
            else
                return s_utf8.GetString(File.ReadAllBytes(path)).TrimStart('\uFEFF').ReplaceLineEndings("\n");
        }
        catch (DecoderFallbackException)
        {
            faults.Add($"{name}: it is not UTF-8; save it so.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            faults.Add($"{name}: it cannot be read ({exception.Message}).");
        }
        return null;
    }

    // Line ends count as line feeds, so that a checkout on Windows is the same rubric.
    private static string DigestOf(params (string Name, string Text)[] files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, string text) in files.OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{name}\0{bytes.Length}\0")));
            hash.AppendData(bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
