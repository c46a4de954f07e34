namespace Tandem.Cli;

/// <summary>What the front door exits with, all verbs alike; the help ends with this list.</summary>
internal static class ExitCodes
{
    /// <summary>All is well.</summary>
    public const int Ok = 0;

    /// <summary>A fault of the harness, or cases without a verdict (infrastructure errors, skipped ones); for <c>test</c>: tests
    /// failed.</summary>
    public const int Red = 1;

    /// <summary>The command line, or a file that it names, cannot be used.</summary>
    public const int BadInput = 2;

    /// <summary>The store fails its validation.</summary>
    public const int InvalidStore = 3;

    /// <summary>The host lacks something that is needed.</summary>
    public const int HostLacks = 4;

    /// <summary>All went well, but a bound of the run (<c>--max-cost</c>, <c>--max-minutes</c>) left cases for the next.</summary>
    public const int BoundReached = 5;

    /// <summary>Ctrl-C or SIGTERM, as shells count it.</summary>
    public const int Interrupted = 130;

    /// <summary>The list as people read it.</summary>
    public const string Help = """
        Exit codes:
          0    all is well
          1    a fault of the harness, cases that are left without a verdict, or failed tests
          2    the command line, or a file that it names, cannot be used
          3    the store fails its validation
          4    the host lacks something that is needed
          5    all is well, but --max-cost or --max-minutes left cases for the next run
          130  interrupted
        """;
}
