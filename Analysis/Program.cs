using Tandem.Analysis.Commands;

var host = new CommandHost(Console.Out, Console.Error, Directory.GetCurrentDirectory(), Environment.GetEnvironmentVariable);
return AnalysisProgram.Run(args, host);
