using System.Security.Cryptography;
using Tandem.Analysis.Commands;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Tandem.Records.Store;

namespace Tandem.Analysis.Tests.Merging;

/// <summary>Stores in a folder of a test's own, and the command that merges them.</summary>
internal sealed class MergeStores : IDisposable
{
    /// <summary>All cases that the stores plan.</summary>
    public static readonly CaseId[] Cases = [.. Enumerable.Range(1, 4).Select(task => Sample.Case(Setting.Solo, task))];

    private readonly TempFolder _folder = new();

    public string this[params string[] parts] => _folder.File(parts);

    /// <summary>A store of a shard: it plans all cases and has run some of them.</summary>
    /// <param name="name">The store's folder.</param>
    /// <param name="tasks">The tasks of the cases that were run.</param>
    public StoreBuilder Shard(string name, params int[] tasks)
    {
        StoreBuilder store = new StoreBuilder("default", this[name]).Plan(Cases);
        foreach (int task in tasks)
            Add(store, name, Sample.Run(Sample.Case(Setting.Solo, task)));
        return store;
    }

    /// <summary>Appends a record to the run file of a shard, which has a name of its own.</summary>
    public static StoreBuilder Add(StoreBuilder store, string shard, RunRecord record)
    {
        string own = OwnFile(store, shard);
        string usual = store.RunFile(Setting.Solo);
        if (File.Exists(own))
            File.Move(own, usual);
        store.Add(record);
        File.Move(usual, own);
        return store;
    }

    public static string OwnFile(StoreBuilder store, string shard) => Path.Combine(store.Layout.RunsFolder, $"solo_seed0_{shard}.jsonl");

    public (int ExitCode, string Output, string Error) Merge(params IEnumerable<string> arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int exitCode = AnalysisProgram.Run(["store", "merge", .. arguments],
            new CommandHost(output, error, _folder.Path, _ => null) { Clock = new FixedClock() });
        return (exitCode, output.ToString(), error.ToString());
    }

    /// <summary>The files of a store with their digests, but for the lock of merges.</summary>
    public string[] Tree(string store) => !Directory.Exists(this[store]) ? []
        : [.. Directory.EnumerateFiles(this[store], "*", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) != ".merge.lock")
            .Select(path =>
                $"{Path.GetRelativePath(this[store], path)} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))}")
            .Order(StringComparer.Ordinal)];

    public StoreLayout Into(string store = "all", string experiment = "default") => new(this[store], experiment);

    public void Dispose() => _folder.Dispose();
}
