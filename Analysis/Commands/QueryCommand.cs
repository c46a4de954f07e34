using System.CommandLine;
using Tandem.Analysis.Data;
using Tandem.Analysis.Querying;
using Tandem.Records.Store;

namespace Tandem.Analysis.Commands;

/// <summary><c>query</c>: SQL over the records, answered by DuckDB.</summary>
internal static class QueryCommand
{
    private const string Table = "table";
    private const string Csv = "csv";
    private const string Json = "json";

    public static Command Create(CommandHost host)
    {
        var sql = new Argument<string>("sql")
        {
            Description = "One statement over the table records: \"select setting, count(*) from records group by all\". "
                + "\"describe records\" names the columns.",
        };
        var selection = new StoreSelection(host);
        Option<string> format = new Option<string>("--format")
        {
            Description = "How to print the rows. Default: table.",
            HelpName = "table|csv|json",
            DefaultValueFactory = _ => Table,
        }.AcceptOnlyFromAmong(Table, Csv, Json);
        var command = new Command(
            "query",
            "Ask SQL of the record that stands for each case, as collect would write it. "
                + $"DuckDB answers: NuGet fetches its library at the first query, unless {DuckDbLibrary.Variable} names one.");
        command.Arguments.Add(sql);
        selection.AddTo(command);
        command.Options.Add(format);
        command.SetAction((arguments, cancellationToken) =>
            RunAsync(host, arguments.GetRequiredValue(sql), () => selection.ResolvePairRuns(arguments, "query"),
                arguments.GetRequiredValue(format), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        CommandHost host, string sql, Func<IReadOnlyList<StoreLayout>> layouts, string format, CancellationToken cancellationToken)
    {
        // A store that cannot be read is noticed before anything is fetched.
        Dataset[] datasets = [.. layouts().Select(Dataset.Read)];
        string? named = host.Variable(DuckDbLibrary.Variable);
        string library = string.IsNullOrEmpty(named)
            ? await DuckDbProject.OfThisProgram().LibraryAsync(host.Error, cancellationToken)
            : Path.GetFullPath(named, host.WorkingDirectory);
        DuckDbLibrary.Load(library, isNamed: !string.IsNullOrEmpty(named));
        QueryResult result = RecordQuery.Run(sql, datasets, asJson: format == Json);
        foreach (string label in datasets.Select(dataset => dataset.SimulationLabel).OfType<string>())
            host.Error.WriteLine(label);
        switch (format)
        {
            case Csv:
                QueryText.WriteCsv(host.Output, result);
                break;
            case Json:
                QueryText.WriteJson(host.Output, result);
                break;
            default:
                QueryText.WriteTable(host.Output, result);
                break;
        }
        return CommandHost.Ok;
    }
}
