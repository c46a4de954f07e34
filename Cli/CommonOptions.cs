using System.CommandLine;
using System.Globalization;

namespace Tandem.Cli;

/// <summary>The options that verbs share. An option is one object: a verb adds those that apply to it, and reads them with
/// <c>parsed.GetValue(CommonOptions.Store)</c>.</summary>
internal static class CommonOptions
{
    public static readonly Option<string?> Store = new("--store")
    {
        Description = "The folder of the store, where records are kept [default: $TANDEM_STORE, else results]",
        HelpName = "dir",
    };

    public static readonly Option<string?> Experiment = new("--experiment", "-e")
    {
        Description = "An experiment in the folder experiments/, or the path of its file [default: $TANDEM_EXPERIMENT, else 'default']",
        HelpName = "name",
    };

    public static readonly Option<bool> InstallDocker = new("--install-docker")
    {
        Description = "If no engine answers, install and start the Docker package of Debian or Ubuntu (needs root). Root without a "
            + "terminal does this by default",
    };

    public static readonly Option<bool> NoInstallDocker = new("--no-install-docker")
    {
        Description = "Neither install nor start an engine",
    };

    public static readonly Option<bool> Verbose = new("--verbose", "-v")
    {
        Description = "Print more: what runs on the host, and where errors come from",
    };

    /// <summary>An option that takes a whole number.</summary>
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
}
