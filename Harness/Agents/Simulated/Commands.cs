using System.Globalization;

namespace Tandem.Harness.Agents.Simulated;

/// <summary>What a simulated agent types.</summary>
internal static class Commands
{
    /// <summary>Bound of the library's own tests; those of a large library are not worth waiting for here.</summary>
    public static readonly TimeSpan TestTime = TimeSpan.FromSeconds(30);

    /// <summary>The library's own tests, by what lies in the repository.</summary>
    public const string Test = """
        if [ -f tests/run.sh ]; then sh tests/run.sh
        elif [ -f go.mod ]; then go test ./...
        elif [ -f Cargo.toml ]; then cargo test
        elif [ -f package.json ]; then npm test
        elif [ -d tests ]; then python3 -B -m unittest discover -s tests -t .
        else echo 'no tests found'
        fi
        """;

    private const int MostNames = 5;

    /// <summary>Looks for functions by name; for what was committed last, if none is known.</summary>
    public static string Search(IEnumerable<string> names)
    {
        string[] patterns = [.. names.Take(MostNames).Select(name => $"-e '{name}'")];
        return patterns.Length == 0 ? "git show --stat HEAD" : $"git grep -n -w {string.Join(' ', patterns)}";
    }

    /// <summary>Reads the place where most of the work is.</summary>
    public static string Read(PatchText work)
    {
        FilePatch? file = work.Files.Where(f => f is { IsNew: false, Hunks.Count: > 0 }).MaxBy(f => (!f.IsDocument, f.Added + f.Removed));
        return file is null ? "ls -l"
            : string.Create(CultureInfo.InvariantCulture,
            $"sed -n '{Math.Max(1, file.Edits[0].Line - 10)},{file.Edits[^1].Place.To + 10}p' "
            + $"'{file.Path.Replace("'", "'\\''", StringComparison.Ordinal)}'");
    }
}
