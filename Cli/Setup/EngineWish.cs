namespace Tandem.Cli.Setup;

/// <summary>What the command line wants done about a missing engine.</summary>
internal enum EngineWish
{
    /// <summary>Nothing said: start one that is installed; install one only where there is no terminal.</summary>
    Unsaid,

    /// <summary><c>--install-docker</c>: install and start one.</summary>
    Install,

    /// <summary><c>--no-install-docker</c>: leave the machine as it is.</summary>
    Leave,

    /// <summary>The verb only looks, and nothing else was said.</summary>
    Look,
}
