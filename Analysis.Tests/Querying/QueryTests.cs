using FluentAssertions;
using Tandem.Analysis.Commands;
using Tandem.Analysis.Querying;
using Tandem.Analysis.Tests.Stores;
using Tandem.Records.Cases;
using Xunit;

namespace Tandem.Analysis.Tests.Querying;

/// <summary>What queries answer. The first of these tests has DuckDB's library fetched, as the first query of a user does.</summary>
public sealed class QueryTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public QueryTests()
    {
        var store = new StoreBuilder("mine", _folder.File("store"));
        for (int seed = 0; seed < 3; seed++)
            store.Add(Sample.Run(Sample.Case(Setting.Solo, seed: seed), passed: seed == 0));
        store.Add(Sample.Run(Sample.Case(Setting.CoopComm)));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("nowhere.so", "nowhere.so, which TANDEM_DUCKDB names, is not there.")]
    [InlineData("text.so", "text.so, which TANDEM_DUCKDB names, cannot be loaded here: ")]
    public void A_library_of_ones_own_that_does_not_serve_is_named(string file, string message)
    {
        File.WriteAllText(_folder.File("text.so"), "no library");

        (int exitCode, _, string error) = Run(library: file, "query", "select 1", "--store", "store");

        exitCode.Should().Be(2);
        error.Should().Contain(message).And.Contain("  next: Name another, or unset TANDEM_DUCKDB: then NuGet fetches the library.");
    }

    [Fact]
    public void A_store_that_is_not_there_is_noticed_before_anything_is_loaded()
    {
        (int exitCode, _, string error) = Run(library: "nowhere.so", "query", "select 1", "--store", "none");

        exitCode.Should().Be(2);
        error.Should().StartWith("error: There is no store at ");
    }

    [Fact]
    public void Rows_are_printed_as_a_table()
    {
        Query("select setting, count(*) as n, sum(both_passed::int) as passed, null as nothing from records group by all order by n desc")
            .Should().Be(
            """
            setting    n  passed  nothing
            ---------  -  ------  -------
            solo       3       1     NULL
            coop-comm  1       1     NULL
            (2 rows)

            """.ReplaceLineEndings());
    }

    [Fact]
    public void Rows_are_printed_as_values_and_as_JSON()
    {
        Query("select case_id, features, difficulty, '' as e, null as n from records where seed = 1 -- one", "--format", "csv")
            .Should().Be("case_id,features,difficulty,e,n\nsolo/click_task/1/f1_f2/seed1,\"[1,2]\",0.6667,\"\",\n");
        Query("select case_id, features, both_passed, messages->0->>'message' as first from records where messages_count > 0;", "--format",
            "json")
            .Should().Be("[\n{\"case_id\":\"coop-comm/click_task/1/f1_f2/seed0\",\"features\":[1,2],\"both_passed\":true,\"first\":\"I "
            + "change core.py\"}\n]\n");
        Query("select 1 as a from records where false", "--format", "json").Should().Be("[\n]\n");
    }

    [Theory]
    [InlineData("copy records to 'out.csv'", "DuckDB: Parser Error")]
    [InlineData("select * from read_csv('/etc/passwd')", "file system operations are disabled by configuration")]
    [InlineData("select * from read_text('store/mine/experiment.json')", "file system operations are disabled by configuration")]
    [InlineData("attach 'out.db'", "DuckDB: Parser Error")]
    [InlineData("install httpfs", "DuckDB: Parser Error")]
    [InlineData("select 1) to 'out.csv' --", "DuckDB: Parser Error")]
    [InlineData("set enable_external_access = true", "DuckDB: Parser Error")]
    [InlineData("select 1; copy records to 'out.csv'", "The query holds 2 statements; it must be one.")]
    [InlineData("  ", "The query holds 0 statements; it must be one.")]
    [InlineData("select nope from records", "Referenced column \"nope\" not found")]
    public void Queries_read_the_records_and_nothing_else(string sql, string message)
    {
        (int exitCode, string output, string error) = Run(Library, "query", sql, "--store", "store");

        exitCode.Should().Be(2);
        output.Should().BeEmpty();
        error.Should().Contain(message).And.Contain("  next: ").And.NotContain("   at ");
        Directory.EnumerateFileSystemEntries(_folder.Path).Should().ContainSingle("only the store is there");
    }

    [Fact]
    public void Simulated_records_are_named_as_such_beside_the_rows() =>
        Run(Library, "query", "select 1", "--store", "store").Error.Should().Contain("SIMULATION");

    private static string? Library => Environment.GetEnvironmentVariable(DuckDbLibrary.Variable);

    private string Query(params string[] arguments)
    {
        (int exitCode, string output, string error) = Run(Library, ["query", .. arguments, "--store", "store"]);
        exitCode.Should().Be(0, error);
        return output;
    }

    private (int ExitCode, string Output, string Error) Run(string? library, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = AnalysisProgram.Run(arguments,
            new CommandHost(output, error, _folder.Path, name => name == DuckDbLibrary.Variable ? library : null));
        return (exitCode, output.ToString(), error.ToString());
    }
}
