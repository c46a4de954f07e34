namespace Tandem.Cli;

/// <summary>The front door's exit codes, the same for all verbs; <see cref="Help"/> explains them.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;
    public const int Red = 1;
    public const int BadInput = 2;
    public const int InvalidStore = 3;
    public const int HostLacks = 4;
    public const int BoundReached = 5;

    /// <summary>Ctrl-C or SIGTERM, as shells count it.</summary>
    public const int Interrupted = 130;

    public const string Help = """
        Exit codes:
          0    all is well
          1    the harness failed, cases have no verdict, or tests failed
          2    the command line, or a file that it names, cannot be used
          3    the store fails its validation
          4    the host lacks something that is needed
          5    all is well, but --max-cost or --max-minutes left cases for the next run
          130  interrupted
        """;
}
