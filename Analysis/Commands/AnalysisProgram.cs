using System.CommandLine;
using System.CommandLine.Parsing;
using Tandem.Analysis.Data;
using Tandem.Records.Text;

namespace Tandem.Analysis.Commands;

/// <summary>The command line as a whole: verbs, exit codes, and errors without stack traces.</summary>
internal static class AnalysisProgram
{
    public static int Run(IReadOnlyList<string> args, CommandHost host)
    {
        host = host with { Output = new PrintableWriter(host.Output), Error = new PrintableWriter(host.Error) };
        var root = new RootCommand("Reads the records that Tandem's experiments left in a store, and says what they mean.");
        root.Subcommands.Add(CollectCommand.Create(host));
        root.Subcommands.Add(ValidateCommand.Create(host));
        root.Subcommands.Add(QueryCommand.Create(host));
        root.Subcommands.Add(ImportCommand.Create(host));
        root.Subcommands.Add(CompareCommand.Create(host));
        root.Subcommands.Add(ReportCommand.Create(host));
        root.Subcommands.Add(ExportCommand.Create(host));
        root.Subcommands.Add(AgreementCommand.Create(host));
        root.Subcommands.Add(LabelsCommand.Create(host));
        root.Subcommands.Add(StoreCommand.Create(host));
        ParseResult arguments = root.Parse(args);
        if (arguments.Errors.Count > 0)
        {
            foreach (ParseError error in arguments.Errors)
                host.Error.WriteLine($"error: {error.Message}");
            host.Error.WriteLine("  next: --help lists the verbs; --help after a verb lists its options.");
            return CommandHost.Unusable;
        }
        try
        {
            return arguments.Invoke(new InvocationConfiguration
            { Output = host.Output, Error = host.Error, EnableDefaultExceptionHandler = false });
        }
        catch (RefusedException exception)
        {
            host.Complain(exception.Message, exception.Next);
        }
        catch (AggregateException exception) when (exception.InnerException is RefusedException refused)
        {
            host.Complain(refused.Message, refused.Next);
        }
        catch (AggregateException exception) when (exception.InnerException is IOException or UnauthorizedAccessException)
        {
            ComplainOfFiles(host, exception.InnerException);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            ComplainOfFiles(host, exception);
        }
        return CommandHost.Unusable;
    }

    private static void ComplainOfFiles(CommandHost host, Exception exception) =>
        host.Complain(exception.Message, "Check that the path exists, that this user may use it, and that the disk has space left.");
}
