using System.Text.RegularExpressions;
using Tandem.Harness.Configuration;
using Tandem.Harness.Sandboxes;

namespace Tandem.Harness.TaskSets.Images;

/// <summary>
/// A registry that holds the images of tasks for several hosts, so that all of them run on the same ones: what its names begin with, as
/// <c>registry.example.org/team/tandem</c>. Where images come from belongs to the host, so it is no part of an experiment.
/// </summary>
/// <param name="Prefix">Without a slash at its end.</param>
internal sealed partial record ImageRegistry(string Prefix)
{
    /// <summary>Names the variable with the prefix; nothing in it is no registry.</summary>
    public const string Variable = "TANDEM_IMAGE_REGISTRY";

    /// <summary>The registry that the process's variables name; null if they name none.</summary>
    /// <exception cref="SettingsException">The value is no prefix of an image's name.</exception>
    public static ImageRegistry? OfEnvironment()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } text)
            return null;
        try
        {
            return Parse(text);
        }
        catch (FormatException exception)
        {
            throw new SettingsException("the environment", [$"{Variable}: {exception.Message}"]);
        }
    }

    /// <exception cref="FormatException">It is no prefix of an image's name; the message says what is expected.</exception>
    public static ImageRegistry Parse(string text)
    {
        string prefix = text.TrimEnd('/');
        return Form().IsMatch(prefix) ? new ImageRegistry(prefix) : throw new FormatException(
            $"'{text}' is no registry prefix. Name the host and the path without scheme and tag, in lower case, as in "
            + "registry.example.org/team/tandem.");
    }

    /// <summary>What a task's image is called there. Like its name on the hosts, it holds the digest of the build inputs and not that of
    /// the base images, which hosts may have made themselves. Null for an image that is asked for by its own digest: nobody can push
    /// under that.</summary>
    public ImageName? NameOf(SandboxImageSource source)
    {
        var name = ImageName.Parse(ImageName.SharedReferenceOf(source));
        return name.Tag.Contains(':', StringComparison.Ordinal) ? null
            // A port in the middle of a name is none.
            : new ImageName($"{Prefix}/{name.Name.Replace(':', '_')}", name.Tag);
    }

    // A host, with a port where its name alone could be a part of a path; then lower-case parts of a path.
    private const string FormPattern =
        @"\A(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[A-Za-z0-9-]+(?=:))(?::[0-9]{1,5})?"
        + @"(?:/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*\z";

    [GeneratedRegex(FormPattern, RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
