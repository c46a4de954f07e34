using System.CommandLine;
using System.Globalization;
using Tandem.Cli.Setup;

namespace Tandem.Cli;

/// <summary>
/// The one set of options that verbs share. An option is one object: a verb adds those that apply to it, and reads them with
/// <c>parseResult.GetValue(CommonOptions.Store)</c>.
/// </summary>
internal static class CommonOptions
{
    /// <summary>Another store than <c>results/</c>; null is the project's own.</summary>
    public static readonly Option<string?> Store = new("--store")
    {
        Description = "The folder that records go to and come from [default: results]",
        HelpName = "dir",
    };

    /// <summary>Which experiment; null is <c>TANDEM_EXPERIMENT</c>, else the default one.</summary>
    public static readonly Option<string?> Experiment = new("--experiment", "-e")
    {
        Description = "An experiment of the folder experiments/, or a path to one [default: $TANDEM_EXPERIMENT, else 'default']",
        HelpName = "name",
    };

    /// <summary>Install and start the engine where none answers.</summary>
    public static readonly Option<bool> InstallDocker = new("--install-docker")
    {
        Description = "Install Debian's or Ubuntu's Docker engine if none answers, and start it (needs root; root without a terminal does "
            + "so unasked)",
    };

    /// <summary>Leave the machine as it is.</summary>
    public static readonly Option<bool> NoInstallDocker = new("--no-install-docker")
    {
        Description = "Neither install nor start an engine",
    };

    /// <summary>Say more.</summary>
    public static readonly Option<bool> Verbose = new("--verbose", "-v")
    {
        Description = "Say more: what is run on the host, and where faults come from",
    };

    /// <summary>An option that takes a number; any other value is told with what is expected.</summary>
    /// <param name="name">With its dashes.</param>
    /// <param name="description">For the help; the bounds are not added.</param>
    /// <param name="least">The smallest that is taken.</param>
    /// <param name="most">The largest; null for no bound.</param>
    public static Option<int?> Number(string name, string description, int least, int? most = null) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least
                && number <= (most ?? int.MaxValue))
                return number;
            result.AddError(string.Create(CultureInfo.InvariantCulture,
                $"{name} {text}: a whole number {(most is null ? $"from {least}" : $"from {least} to {most}")} is expected."));
            return null;
        },
    };

    /// <summary>Adds options to a verb, with the rule that the two about Docker exclude each other.</summary>
    public static Command With(this Command verb, params IReadOnlyList<Option> options)
    {
        foreach (Option option in options)
            verb.Options.Add(option);
        if (options.Contains(InstallDocker))
        {
            verb.Validators.Add(static result =>
            {
                if (result.GetValue(InstallDocker) && result.GetValue(NoInstallDocker))
                    result.AddError("--install-docker and --no-install-docker exclude each other.");
            });
        }
        return verb;
    }

    /// <summary>What the command line says about installing the engine.</summary>
    /// <param name="parseResult">The command line.</param>
    /// <param name="unsaid">What holds if it says nothing.</param>
    public static EngineWish EngineWish(this ParseResult parseResult, EngineWish unsaid = Setup.EngineWish.Unsaid) =>
        parseResult.GetValue(InstallDocker) ? Setup.EngineWish.Install
        : parseResult.GetValue(NoInstallDocker) ? Setup.EngineWish.Leave
        : unsaid;
}
