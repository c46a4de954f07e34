namespace Tandem.Bench.Reporting;

/// <summary>
/// The page of results: prose by people, and between two markers for each benchmark what the last run found. Rewriting replaces what is
/// between the markers and nothing else.
/// </summary>
internal static class ResultsFile
{
    /// <summary>Replaces a benchmark's part; a benchmark that has none yet gets one at the end.</summary>
    public static string Replace(string page, string benchmark, string content)
    {
        (string begin, string end) = ($"<!-- begin {benchmark}: written by ./run.sh bench --write -->", $"<!-- end {benchmark} -->");
        string part = $"{begin}\n{content.Trim()}\n{end}";
        int from = page.IndexOf(begin, StringComparison.Ordinal);
        if (from < 0)
            return $"{page.TrimEnd()}\n\n## {benchmark}\n\n{part}\n";
        int to = page.IndexOf(end, from, StringComparison.Ordinal);
        return to < 0
            ? throw new InvalidDataException($"The page of results has '{begin}' without '{end}'. Put the end back, or remove the begin.")
            : page[..from] + part + page[(to + end.Length)..];
    }
}
