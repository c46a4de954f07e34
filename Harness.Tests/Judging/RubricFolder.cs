using Tandem.Harness.Configuration;
using Tandem.Harness.Judging.Rubrics;

namespace Tandem.Harness.Tests.Judging;

/// <summary>A rubric of its own, copied from a built-in one as a user would do it.</summary>
internal sealed class RubricFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tandem-rubric-");

    /// <param name="builtIn">What is copied.</param>
    /// <param name="name">The copy's name; null is that of the original.</param>
    public RubricFolder(string builtIn, string? name = null)
    {
        Folder = Path.Combine(_folder.FullName, name ?? builtIn);
        Directory.CreateDirectory(Folder);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(ProjectFolder.Find(), "rubrics", builtIn)))
            File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)));
    }

    public string Folder { get; }

    /// <summary>A rubric of scores from 0 to 10.</summary>
    public static RubricFolder OfScores()
    {
        var folder = new RubricFolder("communication-errors");
        folder.Write(RubricReader.DefinitionFile, """
            {
              "name": "communication-errors", "version": 1, "title": "How clear they wrote", "scale": "interval", "answer": "score",
              "score": { "min": 0, "max": 10 }, "quotes": 1, "evidence": { "conversation": 20000 }
            }
            """);
        folder.Write(RubricReader.PromptFile, "How clear did they write, from {{min}} to {{max}}?");
        folder.Write(RubricReader.SchemaFile, """
            { "type": "object", "additionalProperties": false, "required": ["score", "quotes", "reason"],
              "properties": { "score": { "type": "number", "minimum": 0, "maximum": 10 },
                "quotes": { "type": "array", "items": { "type": "string" } }, "reason": { "type": "string" } } }
            """);
        return folder;
    }

    public void Write(string name, string text) => File.WriteAllText(Path.Combine(Folder, name), text);

    public void Change(string name, string part, string by)
    {
        string text = File.ReadAllText(Path.Combine(Folder, name));
        if (!text.Contains(part, StringComparison.Ordinal))
            throw new InvalidOperationException($"{name} does not hold {part}");
        Write(name, text.Replace(part, by, StringComparison.Ordinal));
    }

    public Rubric Read() => RubricReader.Read(Folder);

    public void Dispose() => _folder.Delete(recursive: true);
}
