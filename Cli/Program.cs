using Tandem.Cli.Verbs;

return await CommandLine.RunAsync(args, Console.Out, Console.Error);
