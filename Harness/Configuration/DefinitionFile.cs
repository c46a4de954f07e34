using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Tandem.Records.Store;

namespace Tandem.Harness.Configuration;

/// <summary>One file of a definition while it is read: its text, its JSON, and its faults with their lines.</summary>
internal sealed class DefinitionFile
{
    private const long LargestFile = 20_000_000;
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string _name;
    private readonly string _example;
    private readonly List<string> _faults;
    private readonly JsonPlaces? _places;

    /// <param name="folder">The experiment's folder.</param>
    /// <param name="name">The file's path in it, with slashes.</param>
    /// <param name="faults">Gets what is wrong.</param>
    /// <param name="example">Where a file of this kind can be copied from, for the fault that there is none.</param>
    public DefinitionFile(string folder, string name, List<string> faults, string example)
    {
        (_name, _faults, _example) = (name, faults, example);
        if (ReadText(Path.Combine(folder, name)) is not string text)
            return;
        Digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        try
        {
            Root = JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject;
            if (Root is null)
                Add("", "it must hold one JSON object.");
            else
                _places = new JsonPlaces(text);
        }
        catch (JsonException exception)
        {
            faults.Add($"{name}({exception.LineNumber + 1}): it is not JSON: {ConfigurationJson.Explain(exception).Split(": ", 2)[^1]}.");
        }
        catch (InvalidOperationException exception)
        {
            // Half a character.
            faults.Add($"{name}: {exception.Message}");
        }
    }

    /// <summary>Null if the file cannot be read.</summary>
    public JsonObject? Root { get; }

    /// <summary>SHA-256 of the text with line feeds as line ends, so that a checkout on Windows is the same definition; empty if the file
    /// cannot be read.</summary>
    public string Digest { get; } = "";

    /// <summary>Adds a fault.</summary>
    /// <param name="path">Of the value, as <see cref="JsonPlaces"/> knows it.</param>
    /// <param name="what">One sentence.</param>
    public void Add(string path, string what) => _faults.Add(string.Create(CultureInfo.InvariantCulture,
        $"{_name}({_places?.LineOf(path) ?? 1}): {(path.Length == 0 ? "" : path + ": ")}{what}"));

    /// <summary>Adds faults that begin with their path: <c>limits.max_turns: it is missing.</c></summary>
    public void AddAll(IEnumerable<string> faults)
    {
        foreach (string fault in faults)
        {
            int colon = fault.IndexOf(": ", StringComparison.Ordinal);
            if (colon < 0 || fault.StartsWith(ConfigurationReader.OverridePrefix, StringComparison.OrdinalIgnoreCase))
                _faults.Add(fault);
            else
                Add(fault[..colon], fault[(colon + 2)..]);
        }
    }

    /// <summary>Whether the file has no fault of shape: nothing was left out of what <see cref="Read{T}"/> gave.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>The file's value without what has a fault of shape, which is reported: elements of lists are null in its place, so that the
    /// others keep their numbers. Null if not even that can be read.</summary>
    public T? Read<T>()
        where T : class
    {
        if (Root is null)
            return null;
        Root.Remove("$schema");
        var found = new List<string>();
        JsonTypeInfo type = ConfigurationJson.TypeInfoOf(typeof(T));
        ConfigurationReader.Check(Root, type, "", found);
        AddAll(found);
        IsWhole = found.Count == 0;
        return ShapeRepair.TryRead<T>(Root);
    }

    private string? ReadText(string path)
    {
        try
        {
            if (!File.Exists(path))
                _faults.Add($"{_name}: there is no such file; {_example} has one to copy.");
            else if (!RegularFile.Is(path))
                _faults.Add($"{_name}: {RegularFile.WhyNot}");
            else if (new FileInfo(path).Length > LargestFile)
                _faults.Add($"{_name}: it is larger than {LargestFile} bytes.");
            else
                return s_utf8.GetString(File.ReadAllBytes(path)).TrimStart('\uFEFF').ReplaceLineEndings("\n");
        }
        catch (DecoderFallbackException)
        {
            _faults.Add($"{_name}: it is not UTF-8; save it so.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _faults.Add($"{_name}: it cannot be read ({exception.Message}).");
        }
        return null;
    }
}
