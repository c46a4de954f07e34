using System.Security.Cryptography;
using FluentAssertions;
using Tandem.Analysis.Commands;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Tandem.Records.Runs;
using Xunit;

namespace Tandem.Analysis.Tests.Commands;

/// <summary>The analysis only looks: what experiments left is the same before and after, and the same question has the same answer, byte for byte.</summary>
public sealed class RepeatTests : IDisposable
{
    private readonly StoreBuilder _store = StoreBuilder.Sound();
    private readonly TempFolder _elsewhere = new();

    public RepeatTests()
    {
        CaseId id = Sample.Case(Setting.CoopComm, seed: 1);
        // What verbs might be tempted to put right: an attempt lost, one asked for, a difficulty that is wrong, a torn end.
        _store.Add(Sample.Infra(id)).Add(Sample.Limited(id) with { Attempt = 2, AttemptId = "second", AttemptReason = AttemptReason.Force, Difficulty = 0.5 });
        File.AppendAllText(_store.RunFile(Setting.CoopNocomm), "{\"schema_ver");
    }

    public void Dispose()
    {
        _store.Dispose();
        _elsewhere.Dispose();
    }

    [Theory]
    [InlineData("collect")]
    [InlineData("collect --skip-difficulty")]
    [InlineData("collect default --output OUT/all.json")]
    [InlineData("collect --validate")]
    [InlineData("validate")]
    [InlineData("validate --deep --verbose")]
    [InlineData("validate --partial")]
    public void A_verb_leaves_the_run_files_alone_and_twice_gives_the_same_bytes(string arguments)
    {
        Dictionary<string, string> before = Hash(_store.Layout.StoreFolder);

        string first = Run(arguments);
        Dictionary<string, string> written = Written();
        string second = Run(arguments);

        second.Should().Be(first);
        Written().Should().Equal(written);
        Hash(_store.Layout.StoreFolder).Where(file => before.ContainsKey(file.Key)).Should().BeEquivalentTo(before);
        written.Keys.Except(before.Keys).Should().NotContain(path => path.Contains("/runs/", StringComparison.Ordinal) || path.Contains("/artifacts/", StringComparison.Ordinal));
    }

    [Fact]
    public void Validating_after_collecting_says_the_same_as_before_but_for_what_it_is_about()
    {
        string before = Run("validate --deep");
        Run("collect");

        Run("validate --deep").Should().Be(before.Replace("not applicable, nothing was collected yet", "up to date", StringComparison.Ordinal));
    }

    private Dictionary<string, string> Written() => Hash(_store.Layout.StoreFolder).Concat(Hash(_elsewhere.Path)).ToDictionary();

    private static Dictionary<string, string> Hash(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(path => path, path => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path))));

    private string Run(string arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = AnalysisProgram.Run(
            [.. arguments.Replace("OUT", _elsewhere.Path, StringComparison.Ordinal).Split(' '), "--store", _store.Layout.StoreFolder], new CommandHost(output, error, _elsewhere.Path, _ => null));
        return $"{exitCode}\n{output}\n{error}";
    }
}
