using Tandem.Records.Store;

namespace Tandem.Analysis.Data;

/// <summary>How an experiment's <c>results.json</c> compares with what <c>collect</c> would write now.</summary>
internal sealed class ResultsState
{
    private ResultsState()
    {
    }

    public required bool Exists { get; init; }

    /// <summary>The first line that differs, from 1; null if none does.</summary>
    public required int? FirstDifference { get; init; }

    /// <summary>The file's records, if it differs; a file that does not is right whenever the run files are, and is not read
    /// twice.</summary>
    public IReadOnlyList<AttemptResult> Records { get; private init; } = [];

    /// <summary>What could not be read of a file that differs.</summary>
    public IReadOnlyList<StoreFault> Faults { get; private init; } = [];

    /// <summary>It was written a moment ago, from the dataset at hand.</summary>
    public static ResultsState Current { get; } = new() { Exists = true, FirstDifference = null };

    public static ResultsState Of(Dataset dataset)
    {
        string path = dataset.Layout.ResultsFile;
        if (!File.Exists(path))
            return new ResultsState { Exists = false, FirstDifference = null };
        if (FirstDifferenceOf(path, dataset) is not int line)
            return new ResultsState { Exists = true, FirstDifference = null };
        var file = new ResultsFile(path);
        AttemptResult[] records = [.. file.Read()
            .Select(run => AttemptResult.Of(run.Record, new RecordPlace(run.File, run.Line, run.Offset, run.Length)))];
        return new ResultsState { Exists = true, FirstDifference = line, Records = records, Faults = file.Faults };
    }

    private static int? FirstDifferenceOf(string path, Dataset dataset)
    {
        using FileStream file = RegularFile.OpenOwn(path, bufferSize: 128 * 1024);
        using var comparing = new ComparingStream(file);
        new Collector().Write(comparing, [dataset]);
        comparing.Finish();
        return comparing.FirstDifference;
    }
}
