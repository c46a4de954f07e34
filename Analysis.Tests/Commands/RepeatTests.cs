using System.Security.Cryptography;
using FluentAssertions;
using Tandem.Analysis.Commands;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Analysis.Tests.Commands;

/// <summary>The analysis only looks: what experiments left is the same before and after, and the same question has the same answer, byte
/// for byte.</summary>
[Trait("Tier", "Slow")]
public sealed class RepeatTests : IDisposable
{
    private readonly StoreBuilder _store = StoreBuilder.Sound();
    private readonly TempFolder _elsewhere = new();

    public RepeatTests()
    {
        CaseId id = Sample.Case(Setting.CoopComm, seed: 1);
        // What verbs might be tempted to put right: an attempt lost, one asked for, a difficulty that is wrong, a torn end.
        _store.Add(Sample.Infra(id))
            .Add(Sample.Limited(id) with { Attempt = 2, AttemptId = "second", AttemptReason = AttemptReason.Force, Difficulty = 0.5 });
        File.AppendAllText(_store.RunFile(Setting.CoopNocomm), "{\"schema_ver");
        new StoreBuilder("other", _store.Layout.StoreFolder).Add(Sample.Run(Sample.Case(Setting.Solo)))
            .Add(Sample.Run(Sample.Case(Setting.CoopComm), passed: false));
    }

    public void Dispose()
    {
        _store.Dispose();
        _elsewhere.Dispose();
    }

    [Theory]
    [InlineData("collect")]
    [InlineData("collect --skip-difficulty")]
    [InlineData("collect --format csv")]
    [InlineData("collect --format parquet")]
    [InlineData("collect --validate")]
    [InlineData("collect default other --output OUT/all.json")]
    [InlineData("validate")]
    [InlineData("validate --deep --verbose")]
    [InlineData("validate --partial")]
    [InlineData("compare default other")]
    [InlineData("compare default other --format json")]
    [InlineData("report --draft --no-png")]
    [InlineData("export default --output OUT")]
    public void A_verb_leaves_the_run_files_alone_and_twice_gives_the_same_bytes(string arguments)
    {
        Dictionary<string, string> before = Hash(_store.Layout.StoreFolder);

        string first = Run(arguments, "first");
        Dictionary<string, string> written = Hash(_store.Layout.StoreFolder);
        string second = Run(arguments, "second");

        first.Should().StartWith(arguments.StartsWith("validate", StringComparison.Ordinal)
            || arguments.Contains("--validate", StringComparison.Ordinal) ? "1\n" : "0\n");
        second.Should().Be(first);
        Hash(_store.Layout.StoreFolder).Should().Equal(written);
        Hash(_elsewhere.File("second")).Should().Equal(Hash(_elsewhere.File("first")));
        written.Where(file => before.ContainsKey(file.Key)).Should().BeEquivalentTo(before);
        written.Keys.Except(before.Keys).Should().NotContain(path => path.Contains("/runs/", StringComparison.Ordinal)
            && path.EndsWith(".jsonl", StringComparison.Ordinal) || path.Contains("/artifacts/", StringComparison.Ordinal));
    }

    [Fact]
    public void Importing_twice_gives_the_same_experiment()
    {
        Run("export default --output OUT", "logs");
        foreach (string folder in (string[])["first", "second"])
            Run($"import --cooperbench-dir {_elsewhere.File("logs")} --name imported --store OUT", folder, withStore: false)
                .Should().StartWith("0\n");

        Hash(_elsewhere.File("first")).Should().NotBeEmpty().And.Equal(Hash(_elsewhere.File("second")));
    }

    [Fact]
    public void Validating_after_collecting_says_the_same_as_before_but_for_what_it_is_about()
    {
        string before = Run("validate --deep", "");
        Run("collect", "");

        Run("validate --deep", "").Should()
            .Be(before.Replace("not applicable, nothing was collected yet", "up to date", StringComparison.Ordinal));
    }

    private static Dictionary<string, string> Hash(string folder) => !Directory.Exists(folder) ? [] : Directory
        .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .ToDictionary(path => path[folder.Length..], path => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path))));

    /// <param name="arguments">What stands behind the program's name; OUT is a folder.</param>
    /// <param name="folder">The folder's name.</param>
    /// <param name="withStore">Whether to name the store too.</param>
    private string Run(string arguments, string folder, bool withStore = true)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] store = withStore ? ["--store", _store.Layout.StoreFolder] : [];
        string place = Directory.CreateDirectory(_elsewhere.File(folder)).FullName;
        int exitCode = AnalysisProgram.Run(
            [.. arguments.Replace("OUT", place, StringComparison.Ordinal).Split(' '), .. store],
                new CommandHost(output, error, _elsewhere.Path, _ => null));
        return $"{exitCode}\n{output}\n{error}".Replace(place, "OUT", StringComparison.Ordinal);
    }
}
